/*
 * Geodesics under a metric that is pulled back by a map: on the unit sphere with F(x, y, z) =
 * (x, y, H z) they are those of an ellipsoid of revolution. Meridians have the length of an
 * integral that Simpson's rule gives here; any geodesic keeps Clairaut's product, radius times the
 * cosine of its angle with the parallel.
 */
#include "geometry_support.h"

#include <math.h>
#include <string.h>

#include <lowbend/geometry.h>

enum { L = 3, K = 64 };

#define HEIGHT 2.5

static enum lb_status to_sphere(void *user, const double *codes, size_t n, double *projected)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        const double norm = sqrt(dot(codes + L * i, codes + L * i, L));
        for (size_t j = 0; j < L; j++) {
            projected[L * i + j] = codes[L * i + j] / norm;
        }
    }
    return LB_OK;
}

/* Maps to R^4; one of the coordinates is constant. */
static enum lb_status to_ellipsoid(void *user, const double *codes, size_t n, double *points)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        const double image[4] = {codes[L * i], codes[L * i + 1], HEIGHT * codes[L * i + 2], 7.0};
        memcpy(points + 4 * i, image, sizeof image);
    }
    return LB_OK;
}

static const struct lb_metric ellipsoid = {.map = to_ellipsoid, .size = 4};

static void open_geometry(struct lb_context *ctx, struct lb_geometry **geometry)
{
    const struct lb_projection sphere = {.project = to_sphere, .latent = L, .dimension = 2};
    assert_int_equal(lb_geometry_create(geometry, ctx, &sphere), LB_OK);
    assert_int_equal(lb_geometry_set_metric(*geometry, &ellipsoid), LB_OK);
}

static void fill(double latitude, double longitude, double *point)
{
    point[0] = cos(latitude) * cos(longitude);
    point[1] = cos(latitude) * sin(longitude);
    point[2] = sin(latitude);
}

static double speed(double latitude)
{
    return hypot(sin(latitude), HEIGHT * cos(latitude));
}

/* Integrates the speed along a meridian over the latitude by Simpson's rule. */
static double meridian(double from, double to)
{
    enum { N = 200 };
    const double h = (to - from) / N;
    double sum = speed(from) + speed(to);
    for (int i = 1; i < N; i++) {
        sum += (i % 2 == 1 ? 4.0 : 2.0) * speed(from + i * h);
    }
    return sum * h / 3.0;
}

static void meridians_have_the_ellipsoids_length(void **state)
{
    static const double ends[][2] = {{-0.4, 0.5}, {0.2, 1.3}, {-1.2, 1.0}};
    struct lb_geometry *geometry;
    struct lb_context *ctx = ((const struct device_fixture *)*state)->ctx;
    open_geometry(ctx, &geometry);
    for (size_t i = 0; i < LB_COUNT(ends); i++) {
        double from[L];
        double to[L];
        double curve[(K + 1) * L];
        struct lb_curve_info info;
        fill(ends[i][0], 0.7, from);
        fill(ends[i][1], 0.7, to);
        assert_int_equal(lb_geometry_geodesic(geometry, from, to, K, curve, &info), LB_OK);
        const double length = meridian(ends[i][0], ends[i][1]);
        check_near("length", i, info.length / length, 1.0, 1e-3);
        check_near("energy", i, info.energy / (length * length), 1.0, 2e-3);
        assert_true(info.converged);
        for (size_t k = 0; k <= K; k++) { // equally long segments, all on the meridian
            check_near("plane", k, curve[L * k + 1] * cos(0.7) - curve[L * k] * sin(0.7), 0.0,
                       1e-5);
        }
    }
    lb_geometry_destroy(&geometry);
}

/* Clairaut's product, radius times cosine, at the middle of segment k. */
static double clairaut(const double *curve, size_t k)
{
    double a[4];
    double b[4];
    double middle[4];
    double along[4];
    to_ellipsoid(NULL, curve + L * k, 1, a);
    to_ellipsoid(NULL, curve + L * (k + 1), 1, b);
    for (size_t j = 0; j < 4; j++) {
        middle[j] = 0.5 * (a[j] + b[j]);
        along[j] = b[j] - a[j];
    }
    return (middle[0] * along[1] - middle[1] * along[0]) / sqrt(dot(along, along, 4));
}

static void slanted_geodesics_keep_clairauts_product(void **state)
{
    struct lb_geometry *geometry;
    double from[L];
    double to[L];
    double curve[(K + 1) * L];
    struct lb_curve_info info;
    struct lb_curve_info round;
    struct lb_context *ctx = ((const struct device_fixture *)*state)->ctx;
    open_geometry(ctx, &geometry);
    fill(-0.5, 0.0, from);
    fill(0.9, 1.4, to);
    assert_int_equal(lb_geometry_geodesic(geometry, from, to, K, curve, &info), LB_OK);
    assert_true(info.converged);
    for (size_t k = 1; k < K; k++) {
        check_near("product", k, clairaut(curve, k) / clairaut(curve, 0), 1.0, 3e-3);
    }
    /* The sphere's geodesic is longer in this metric. */
    assert_int_equal(lb_geometry_set_metric(geometry, NULL), LB_OK);
    assert_int_equal(lb_geometry_geodesic(geometry, from, to, K, curve, &round), LB_OK);
    check_near("great circle", 0, round.length, acos(dot(from, to, L)), 1e-3);
    assert_true(fabs(clairaut(curve, K - 1) / clairaut(curve, 0) - 1.0) > 0.05);
    assert_int_equal(lb_geometry_set_metric(geometry, &ellipsoid), LB_OK);
    assert_int_equal(lb_geometry_measure(geometry, curve, K, &round), LB_OK);
    assert_true(round.length > 1.0005 * info.length);
    lb_geometry_destroy(&geometry);
}

static void what_is_euclidean_alone_says_so(void **state)
{
    static const double from[L] = {1.0, 0.0, 0.0};
    static const double to[L] = {0.0, 1.0, 0.0};
    const struct lb_metric wrong[] = {{.map = NULL, .size = 4},
                                      {.map = to_ellipsoid, .size = 0},
                                      {.map = to_ellipsoid, .size = 4, .step = -1.0},
                                      {.map = to_ellipsoid, .size = 4, .noise = nan("")}};
    struct lb_geometry *geometry;
    double curve[(K + 1) * L];
    double vector[L];
    struct lb_context *ctx = ((const struct device_fixture *)*state)->ctx;
    open_geometry(ctx, &geometry);
    assert_int_equal(lb_geometry_exponential(geometry, from, to, K, curve), LB_ERR_UNSUPPORTED);
    assert_non_null(strstr(lb_context_error(ctx), "exponential"));
    assert_int_equal(lb_geometry_logarithm(geometry, from, to, K, vector), LB_ERR_UNSUPPORTED);
    assert_int_equal(lb_geometry_mean(geometry, from, NULL, 1, K, vector, NULL),
                     LB_ERR_UNSUPPORTED);
    for (size_t i = 0; i < LB_COUNT(wrong); i++) {
        assert_int_equal(lb_geometry_set_metric(geometry, &wrong[i]), LB_ERR_ARGUMENT);
    }
    lb_geometry_destroy(&geometry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meridians_have_the_ellipsoids_length),
        cmocka_unit_test(slanted_geodesics_keep_clairauts_product),
        cmocka_unit_test(what_is_euclidean_alone_says_so),
    };
    return cmocka_run_group_tests_name("geometry metric", tests, open_context_fixture,
                                       close_context_fixture);
}
