/* Calculus on spheres with an analytic projection, in double, against closed forms. */
#include "geometry_support.h"

#include <math.h>
#include <string.h>

#include "latent/geometry.h"

static const double pi = 3.14159265358979323846;

/* ---- the sphere of radius r in the first m + 1 of l coordinates ------------------------------ */

struct sphere {
    double radius;
    size_t m;
    size_t l;
};

static enum lb_status project_on_sphere(void *user, const double *codes, size_t n,
                                        double *projected)
{
    const struct sphere *sphere = user;
    for (size_t i = 0; i < n; i++) {
        const double *code = codes + i * sphere->l;
        const double norm = sqrt(dot(code, code, sphere->m + 1));
        for (size_t j = 0; j < sphere->l; j++) {
            projected[i * sphere->l + j] = j <= sphere->m ? sphere->radius * code[j] / norm : 0.0;
        }
    }
    return LB_OK;
}

static struct lb_geometry *sphere_geometry(const struct device_fixture *fixture,
                                           struct sphere *sphere)
{
    struct lb_geometry *geometry = NULL;
    const struct lb_projection projection = {
        .project = project_on_sphere, .user = sphere, .latent = sphere->l, .dimension = sphere->m};
    require_ok(fixture, lb_geometry_create(&geometry, fixture->ctx, &projection));
    return geometry;
}

static void draw_on_sphere(struct sphere *sphere, size_t place, double *point)
{
    for (size_t j = 0; j < sphere->l; j++) {
        point[j] = j <= sphere->m ? (double)draw(31, place * MAX_L + j) : 0.0;
    }
    project_on_sphere(sphere, point, 1, point);
}

static double angle_between(const double *a, const double *b, size_t l)
{
    double sum[MAX_L];
    double difference[MAX_L];
    for (size_t j = 0; j < l; j++) {
        sum[j] = a[j] + b[j];
        difference[j] = a[j] - b[j];
    }
    return 2.0 * atan2(sqrt(dot(difference, difference, l)), sqrt(dot(sum, sum, l)));
}

/* The point of the great circle at t. */
static void great_circle(const double *a, const double *b, size_t l, double t, double *point)
{
    const double angle = angle_between(a, b, l);
    for (size_t j = 0; j < l; j++) {
        point[j] = (sin((1.0 - t) * angle) * a[j] + sin(t * angle) * b[j]) / sin(angle);
    }
}

static struct sphere spheres[] = {{1.0, 1, 2}, {1.3, 2, 3}, {0.7, 3, 5}};

static void test_sphere_geodesic(void **state)
{
    const struct device_fixture *fixture = *state;
    const size_t segments[] = {1, 2, 3, 9, 16, 49};
    for (size_t s = 0; s < LB_COUNT(spheres); s++) {
        struct sphere *sphere = &spheres[s];
        struct lb_geometry *geometry = sphere_geometry(fixture, sphere);
        for (size_t i = 0; i < 6 * LB_COUNT(segments); i++) {
            const size_t k = segments[i % LB_COUNT(segments)];
            double a[MAX_L];
            double b[MAX_L];
            double want[MAX_L];
            double curve[(MAX_K + 1) * MAX_L];
            struct lb_curve_info info;
            draw_on_sphere(sphere, 2 * i, a);
            draw_on_sphere(sphere, 2 * i + 1, b);
            const double angle = angle_between(a, b, sphere->l);
            require_ok(fixture, lb_geometry_geodesic(geometry, a, b, k, curve, &info));
            /* The codes of the discrete geodesic are on the great circle, at equal distances. */
            const double chord = 2.0 * sphere->radius * sin(angle / 2.0 / (double)k);
            assert_true(info.converged);
            check_near("length", i, info.length, (double)k * chord, 1e-7);
            check_near("energy", i, info.energy, (double)(k * k) * chord * chord, 1e-7);
            check_near("residual", i, info.residual, 0.0, 1e-10);
            for (size_t n = 0; n <= k; n++) {
                great_circle(a, b, sphere->l, (double)n / (double)k, want);
                check_near("distance to the great circle", i,
                           gap(curve + n * sphere->l, want, sphere->l), 0.0, 1e-6);
            }
            assert_memory_equal(curve, a, sphere->l * sizeof *a);
            assert_memory_equal(curve + k * sphere->l, b, sphere->l * sizeof *b);
        }
        lb_geometry_destroy(&geometry);
    }
}

static void test_sphere_exponential(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t s = 0; s < LB_COUNT(spheres); s++) {
        struct sphere *sphere = &spheres[s];
        const size_t l = sphere->l;
        struct lb_geometry *geometry = sphere_geometry(fixture, sphere);
        for (size_t i = 0; i < 8; i++) {
            double a[MAX_L];
            double b[MAX_L];
            double velocity[MAX_L];
            double curve[(MAX_K + 1) * MAX_L];
            double error[3];
            draw_on_sphere(sphere, 2 * i, a);
            draw_on_sphere(sphere, 2 * i + 1, b);
            const double angle = angle_between(a, b, l);
            require_ok(fixture, lb_geometry_logarithm(geometry, a, b, 12, velocity));
            check_near("tangential", i, dot(velocity, a, l), 0.0, 1e-9);
            check_near("length of the logarithm", i, sqrt(dot(velocity, velocity, l)),
                       12.0 * sphere->radius * sin(angle / 12.0), 1e-6);
            require_ok(fixture, lb_geometry_exponential(geometry, a, velocity, 12, curve));
            check_near("inverse of the logarithm", i, gap(curve + 12 * l, b, l), 0.0, 1e-6);
            /* exp of the exact velocity, which ends at b. */
            for (size_t j = 0; j < l; j++) {
                velocity[j] = (b[j] - cos(angle) * a[j]) * angle / sin(angle);
            }
            for (size_t n = 0; n < 3; n++) {
                const size_t k = (size_t)16 << n;
                require_ok(fixture, lb_geometry_exponential(geometry, a, velocity, k, curve));
                error[n] = gap(curve + k * l, b, l);
                check_near("true exponential", i, error[n], 0.0,
                           sphere->radius * pow(angle, 3.0) / (double)(k * k));
            }
            check_near("its order", i, log2(error[0] / error[2]) / 2.0, 2.0, 0.1);
        }
        lb_geometry_destroy(&geometry);
    }
}

/* If the manifold's dimension is not given, the rank of D Pi determines it. */
static void test_rank(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t s = 0; s < LB_COUNT(spheres); s++) {
        struct lb_geometry *geometry = sphere_geometry(fixture, &spheres[s]);
        double codes[3 * MAX_L];
        size_t rank = 0;
        for (size_t i = 0; i < 3; i++) {
            draw_on_sphere(&spheres[s], i, codes + i * spheres[s].l);
        }
        require_ok(fixture, lb_geometry_find_rank(geometry, codes, 3, &rank));
        assert_int_equal(rank, spheres[s].m);
        lb_geometry_destroy(&geometry);
    }
}

/* ---- parallel transport on the sphere -------------------------------------------------------- */

static double triple(const double *a, const double *b, const double *c)
{
    return a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
           a[2] * (b[0] * c[1] - b[1] * c[0]);
}

/* From `from` to `to` by the right-hand rule around `axis`. */
static double turn(const double *axis, const double *from, const double *to)
{
    return atan2(triple(axis, from, to) / sqrt(dot(axis, axis, 3)), dot(from, to, 3));
}

/* Around a geodesic triangle a vector rotates by the triangle's area: van Oosterom and Strackee's
 * formula tan(area / 2) = <a, b x c> / (1 + <a,b> + <b,c> + <c,a>) for unit vectors. */
static void test_holonomy_of_triangles(void **state)
{
    const struct device_fixture *fixture = *state;
    struct sphere sphere = {1.0, 2, 3};
    struct lb_geometry *geometry = sphere_geometry(fixture, &sphere);
    const enum lb_transport ways[] = {LB_TRANSPORT_PROJECTION, LB_TRANSPORT_POLE_LADDER};
    for (size_t i = 0; i < 6; i++) {
        double corner[3][3];
        double curve[(MAX_K + 1) * 3];
        double start[3] = {0.3, -0.4, 0.9};
        double away = 0.0;
        for (size_t c = 0; c < 3; c++) {
            draw_on_sphere(&sphere, 3 * i + c, corner[c]);
        }
        away = dot(start, corner[0], 3);
        for (size_t j = 0; j < 3; j++) {
            start[j] -= away * corner[0][j];
        }
        const double area =
            2.0 * atan2(triple(corner[0], corner[1], corner[2]),
                        1.0 + dot(corner[0], corner[1], 3) + dot(corner[1], corner[2], 3) +
                            dot(corner[2], corner[0], 3));
        for (size_t w = 0; w < 2; w++) {
            double vector[3];
            memcpy(vector, start, sizeof vector);
            for (size_t c = 0; c < 3; c++) {
                require_ok(fixture, lb_geometry_geodesic(geometry, corner[c], corner[(c + 1) % 3],
                                                         12, curve, NULL));
                require_ok(fixture,
                           lb_geometry_transport(geometry, curve, 12, ways[w], vector, vector));
            }
            check_near("length kept", i, dot(vector, vector, 3), dot(start, start, 3), 1e-9);
            check_near("holonomy", i, remainder(turn(corner[0], start, vector) - area, 2.0 * pi),
                       0.0, 1e-5);
        }
    }
    lb_geometry_destroy(&geometry);
}

/* Around a circle at polar angle t, which is not a geodesic, a vector rotates by the cap's area 2
 * pi (1 - cos t). */
static void test_holonomy_of_circles(void **state)
{
    const struct device_fixture *fixture = *state;
    struct sphere sphere = {1.0, 2, 3};
    struct lb_geometry *geometry = sphere_geometry(fixture, &sphere);
    const enum lb_transport ways[] = {LB_TRANSPORT_PROJECTION, LB_TRANSPORT_POLE_LADDER};
    for (size_t w = 0; w < 2; w++) {
        double error[2];
        for (size_t n = 0; n < 2; n++) {
            const size_t k = (size_t)32 << n;
            const double t = 1.1;
            double curve[(MAX_K + 1) * 3];
            double vector[3] = {0.0, 1.0, 0.0};
            const double start[3] = {0.0, 1.0, 0.0};
            for (size_t i = 0; i <= k; i++) {
                const double a = 2.0 * pi * (double)i / (double)k;
                curve[3 * i] = sin(t) * cos(a);
                curve[3 * i + 1] = sin(t) * sin(a);
                curve[3 * i + 2] = cos(t);
            }
            require_ok(fixture, lb_geometry_transport(geometry, curve, k, ways[w], vector, vector));
            error[n] =
                fabs(remainder(turn(curve, start, vector) - 2.0 * pi * (1.0 - cos(t)), 2.0 * pi));
            check_near("holonomy of a circle", k, error[n], 0.0, 20.0 / (double)(k * k));
        }
        check_near("its order", w, log2(error[0] / error[1]), 2.0, 0.2);
    }
    lb_geometry_destroy(&geometry);
}

/* ---- means on the sphere --------------------------------------------------------------------- */

/* Principal directions are eigenvectors of the second moments of the closed-form logarithms. */
static void check_principal(const struct device_fixture *fixture, struct lb_geometry *geometry,
                            const double *codes, const double *weights, const double *mean,
                            double variance)
{
    const size_t l = lb_geometry_latent(geometry);
    const size_t m = lb_geometry_dimension(geometry);
    double directions[MAX_L * MAX_L];
    double variances[MAX_L];
    double total = 0.0;
    require_ok(fixture,
               lb_geometry_principal(geometry, codes, weights, 5, mean, 32, directions, variances));
    for (size_t k = 0; k < m; k++) {
        const double *direction = directions + k * l;
        double image[MAX_L] = {0.0};
        for (size_t i = 0; i < 5; i++) {
            const double *code = codes + i * l;
            const double a = angle_between(mean, code, l);
            double log[MAX_L];
            for (size_t j = 0; j < l; j++) {
                log[j] = a / sin(a) * (code[j] - cos(a) * mean[j]);
            }
            const double along = weights[i] / 5.5 * dot(log, direction, l);
            for (size_t j = 0; j < l; j++) {
                image[j] += along * log[j];
            }
        }
        for (size_t j = 0; j < l; j++) {
            check_near("eigenvector", k * l + j, image[j], variances[k] * direction[j],
                       3e-3 * variance);
        }
        for (size_t i = 0; i <= k; i++) {
            check_near("orthonormal", i, dot(direction, directions + i * l, l), i == k, 1e-9);
        }
        assert_true(k == 0 || variances[k] <= variances[k - 1]);
        total += variances[k];
    }
    check_near("sum of variances", 0, total, variance, 1e-9 * variance);
}

static void test_mean(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t s = 0; s < LB_COUNT(spheres); s++) {
        struct sphere *sphere = &spheres[s];
        const size_t l = sphere->l;
        struct lb_geometry *geometry = sphere_geometry(fixture, sphere);
        double codes[5 * MAX_L];
        double mean[MAX_L];
        double want[MAX_L];
        double sum[MAX_L] = {0.0};
        const double weights[] = {3.0, 1.0, 0.0};
        const double uneven[] = {0.5, 1.0, 2.0, 0.7, 1.3};
        struct lb_mean_info info;
        for (size_t i = 0; i < 5; i++) { // all within one hemisphere
            draw_on_sphere(sphere, i, codes + i * l);
            codes[i * l] += 1.5 * sphere->radius;
            project_on_sphere(sphere, codes + i * l, 1, codes + i * l);
        }
        /* The mean of two codes is on the great circle, closer to the heavier one. */
        require_ok(fixture, lb_geometry_mean(geometry, codes, weights, 3, 32, mean, &info));
        great_circle(codes, codes + l, l, 0.25, want);
        check_near("mean of two", s, gap(mean, want, l), 0.0, 2e-3 * sphere->radius);
        const double angle = angle_between(codes, codes + l, l);
        check_near("their variance", s, info.variance,
                   0.75 * 0.25 * sphere->radius * sphere->radius * angle * angle, 1e-3);
        /* At the mean of many codes the weighted closed-form logarithms sum to 0. */
        require_ok(fixture, lb_geometry_mean(geometry, codes, uneven, 5, 32, mean, &info));
        for (size_t i = 0; i < 5; i++) {
            const double *code = codes + i * l;
            const double a = angle_between(mean, code, l);
            for (size_t j = 0; j < l; j++) {
                sum[j] += uneven[i] * a / sin(a) * (code[j] - cos(a) * mean[j]);
            }
        }
        check_near("gradient at the mean", s, sqrt(dot(sum, sum, l)), 0.0, 2e-3);
        check_near("gradient that it states", s, info.gradient, 0.0, 1e-6);
        check_principal(fixture, geometry, codes, uneven, mean, info.variance);
        require_ok(fixture, lb_geometry_mean(geometry, codes, NULL, 1, 4, mean, NULL));
        check_near("mean of one", s, gap(mean, codes, l), 0.0, 1e-12);
        lb_geometry_destroy(&geometry);
    }
}

/* ---- errors ---------------------------------------------------------------------------------- */

static enum lb_status give_up(void *user, const double *codes, size_t n, double *projected)
{
    (void)codes;
    for (size_t i = 0; i < 3 * n; i++) {
        projected[i] = (double)NAN;
    }
    return *(const enum lb_status *)user;
}

static void test_failures(void **state)
{
    const struct device_fixture *fixture = *state;
    struct sphere sphere = {1.0, 2, 3};
    struct lb_geometry *geometry = sphere_geometry(fixture, &sphere);
    enum lb_status answer = LB_ERR_UNSUPPORTED;
    const struct lb_projection wrong[] = {
        {.project = give_up, .latent = 3, .dimension = 4},
        {.project = give_up, .latent = 3, .dimension = 0},
        {.project = give_up, .latent = 0, .dimension = 0},
        {.project = give_up, .latent = 3, .dimension = 2, .step = -1.0},
        {.project = give_up, .latent = 3, .dimension = 2, .noise = (double)NAN},
    };
    const double a[3] = {1.0, 0.0, 0.0};
    const double b[3] = {0.0, 1.0, 0.0};
    const double bad[3] = {0.0, (double)INFINITY, 0.0};
    const double weights[2][2] = {{1.0, -1.0}, {0.0, 0.0}};
    double curve[9];
    require_error(fixture, lb_geometry_geodesic(geometry, a, b, 0, curve, NULL), LB_ERR_ARGUMENT,
                  "segments");
    require_error(fixture, lb_geometry_geodesic(geometry, a, bad, 2, curve, NULL), LB_ERR_NUMERIC,
                  "end");
    require_error(fixture, lb_geometry_exponential(geometry, a, bad, 2, curve), LB_ERR_NUMERIC,
                  "velocity");
    require_error(fixture,
                  lb_geometry_transport(geometry, bad, 1, LB_TRANSPORT_PROJECTION, a, curve),
                  LB_ERR_NUMERIC, "code");
    require_error(fixture, lb_geometry_mean(geometry, curve, NULL, 0, 2, curve, NULL),
                  LB_ERR_ARGUMENT, "no codes");
    for (size_t i = 0; i < 2; i++) {
        require_error(fixture,
                      lb_geometry_mean(geometry, (double[6]){1.0, 0.0, 0.0, 0.0, 1.0, 0.0},
                                       weights[i], 2, 2, curve, NULL),
                      LB_ERR_ARGUMENT, "weight");
    }
    /* A geodesic with equal ends has length 0. */
    struct lb_curve_info info;
    require_ok(fixture, lb_geometry_geodesic(geometry, a, a, 2, curve, &info));
    check_near("length of a standstill", 0, info.length, 0.0, 0.0);
    lb_geometry_destroy(&geometry);
    for (size_t i = 0; i < LB_COUNT(wrong); i++) {
        require_error(fixture, lb_geometry_create(&geometry, fixture->ctx, &wrong[i]),
                      LB_ERR_ARGUMENT, "geometry");
        assert_null(geometry);
    }
    const struct lb_projection failing = {
        .project = give_up, .user = &answer, .latent = 3, .dimension = 2};
    require_ok(fixture, lb_geometry_create(&geometry, fixture->ctx, &failing));
    require_error(fixture, lb_geometry_geodesic(geometry, a, b, 2, curve, NULL), LB_ERR_UNSUPPORTED,
                  "projection");
    answer = LB_OK;
    require_error(fixture, lb_geometry_geodesic(geometry, a, b, 2, curve, NULL), LB_ERR_NUMERIC,
                  "not finite");
    lb_geometry_destroy(&geometry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sphere_geodesic),
        cmocka_unit_test(test_sphere_exponential),
        cmocka_unit_test(test_rank),
        cmocka_unit_test(test_holonomy_of_triangles),
        cmocka_unit_test(test_holonomy_of_circles),
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, open_context_fixture, close_context_fixture);
}
