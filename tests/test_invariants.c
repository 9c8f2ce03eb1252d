/*
 * Invariants of every manifold of cl/manifold/, through its NAME-points dataset: the kernels
 * against the logarithms of manifold_reference.c in double. u = 2^-24.
 *
 * A point that the kernels compute is off by some u, row by row in `rounding`; a step of length r
 * by some u r more. Chi-square tests have fixed seeds (check_uniform() in support.c).
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/query.h"
#include "manifold_reference.h"
#include "tangent_support.h"

enum { BINS = 32 };

/* A manifold to test. */
struct subject {
    const struct device_fixture *fixture;
    const struct manifold_reference *m;
    struct lb_dataset *dataset;
    size_t p;
    size_t t;
};

static struct subject open_subject(const struct device_fixture *fixture, size_t row)
{
    struct subject s = {fixture, &manifold_references[row], NULL, 0, 0};
    char name[64];
    snprintf(name, sizeof name, "%s-points", s.m->name);
    const struct lb_dataset_params params = {.name = name};
    require_ok(fixture, lb_dataset_open(&s.dataset, fixture->device, &params));
    const struct lb_dataset_info *info = lb_dataset_get_info(s.dataset);
    assert_string_equal(info->manifold, s.m->name);
    assert_int_equal(info->dimension, s.m->dimension);
    assert_int_equal(info->point_size, s.m->point_size);
    s.p = (size_t)s.m->point_size;
    s.t = (size_t)s.m->tangent_size;
    return s;
}

static void close_subject(struct subject *s)
{
    lb_dataset_close(&s->dataset);
}

static void widen_point(const struct subject *s, const float *points, size_t i, double *out)
{
    widen(points + i * s->p, s->m->point_size, out);
}

/* Adds one number in [0, 1] to its bin. */
static void count(int *counts, double u)
{
    const int bin = (int)(u * BINS);
    counts[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
}

/* ---- frames and exponential map -------------------------------------------------------------- */

static void frames_are_orthonormal(void **state)
{
    enum { N = 300 };
    for (size_t row = 0; row < manifold_reference_count; row++) {
        struct subject s = open_subject(*state, row);
        const size_t dimension = (size_t)s.m->dimension;
        float x[N * MAX_POINT];
        require_ok(s.fixture, lb_dataset_points(s.dataset, 3, N, x));
        float *frames = frames_of(s.fixture, s.dataset, x, s.t, N);
        for (size_t i = 0; i < N; i++) {
            double point[MAX_POINT];
            double vectors[MAX_DIMENSION][MAX_DIMENSION];
            widen_point(&s, x, i, point);
            for (size_t j = 0; j < dimension; j++) {
                double v[MAX_DIMENSION];
                widen(frames + (i * dimension + j) * s.t, s.m->tangent_size, v);
                s.m->coordinates(point, v, vectors[j]);
            }
            for (size_t j = 0; j < dimension; j++) {
                for (size_t k = 0; k <= j; k++) {
                    double product = 0.0;
                    for (size_t c = 0; c < dimension; c++) {
                        product += vectors[j][c] * vectors[k][c];
                    }
                    check_near(s.m->name, i, product, j == k, 24.0 * UNIT);
                }
            }
        }
        free(frames);
        close_subject(&s);
    }
}

/* A tangent vector of this length at x; its direction depends on i. */
static void make_tangent(const struct subject *s, const double *x, size_t i, double length,
                         float *tangent)
{
    double v[MAX_DIMENSION];
    double coordinates[MAX_DIMENSION];
    for (size_t k = 0; k < s->t; k++) {
        v[k] = (double)draw(7, MAX_DIMENSION * i + k);
    }
    if (strcmp(s->m->name, "rp2") == 0) { // perpendicular to x
        const double normal = v[0] * x[0] + v[1] * x[1] + v[2] * x[2];
        for (size_t k = 0; k < s->t; k++) {
            v[k] -= normal * x[k];
        }
    }
    s->m->coordinates(x, v, coordinates);
    for (size_t k = 0; k < s->t; k++) {
        tangent[k] = (float)(length / length_of(coordinates, s->m->dimension) * v[k]);
    }
}

/* log_x(exp_x(v)) = v, down to v = 0 and on both sides of the kernels' switches to series. */
static void exponential_inverts_the_logarithm(void **state)
{
    static const double lengths[] = {0.0,    1e-30,  1e-20, 1e-8, 1e-4, 0.9999e-3, 1.0001e-3,
                                     1.9e-3, 2.1e-3, 0.01,  0.1,  0.3,  0.45};
    enum { N = sizeof lengths / sizeof lengths[0] };
    for (size_t row = 0; row < manifold_reference_count; row++) {
        struct subject s = open_subject(*state, row);
        float x[N * MAX_POINT];
        float y[N * MAX_POINT];
        float tangent[N * MAX_DIMENSION];
        double point[MAX_POINT];
        require_ok(s.fixture, lb_dataset_points(s.dataset, 5, N, x));
        for (size_t i = 0; i < N; i++) {
            widen_point(&s, x, i, point);
            make_tangent(&s, point, i, lengths[i], tangent + i * s.t);
        }
        exponentials_of(s.fixture, s.dataset, x, tangent, s.t, N, y);
        for (size_t i = 0; i < N; i++) {
            double end[MAX_POINT];
            double v[MAX_DIMENSION];
            double want[MAX_DIMENSION];
            double got[MAX_DIMENSION];
            widen_point(&s, x, i, point);
            widen_point(&s, y, i, end);
            widen(tangent + i * s.t, s.m->tangent_size, v);
            s.m->coordinates(point, v, want);
            s.m->logarithm(point, end, got);
            for (size_t k = 0; k < (size_t)s.m->dimension; k++) {
                check_near(s.m->name, i * MAX_DIMENSION + k, got[k], want[k],
                           (s.m->rounding + 4.0 * lengths[i]) * UNIT);
            }
        }
        close_subject(&s);
    }
}

/* ---- points ---------------------------------------------------------------------------------- */

static void check_point(const struct subject *s, size_t i, const double *x)
{
    check_near(s->m->name, i, s->m->defect(x), 0.0, 6.0 * UNIT);
    if (!(s->m->clearance(x) >= -8.0 * UNIT)) {
        fail_msg("%s [%zu]: outside by %.3g", s->m->name, i, -s->m->clearance(x));
    }
}

/* Each of the m numbers is uniform and independent of the previous one. */
static void check_volume(const struct subject *s, const float *points, size_t n)
{
    const size_t dimension = (size_t)s->m->dimension;
    int counts[MAX_DIMENSION][BINS] = {{0}};
    int both[MAX_DIMENSION][BINS] = {{0}};
    for (size_t i = 0; i < n; i++) {
        double x[MAX_POINT];
        double u[MAX_DIMENSION];
        widen_point(s, points, i, x);
        s->m->uniform(x, u);
        for (size_t k = 0; k < dimension; k++) {
            const double last = u[(k + dimension - 1) % dimension];
            count(counts[k], u[k]);
            count(both[k], (floor(fmin(fmax(u[k], 0.0), 0.999) * 4.0) + fmin(last, 0.999)) / 4.0);
        }
    }
    for (size_t k = 0; k < dimension; k++) {
        check_uniform(s->m->name, counts[k], BINS);
        check_uniform(s->m->name, both[k], BINS);
    }
}

static void points_follow_the_volume(void **state)
{
    enum { N = 40000 };
    float *x = allocate(N * MAX_POINT, sizeof *x);
    for (size_t row = 0; row < manifold_reference_count; row++) {
        struct subject s = open_subject(*state, row);
        require_ok(s.fixture, lb_dataset_points(s.dataset, 4, N, x));
        for (size_t i = 0; i < N; i++) {
            double point[MAX_POINT];
            widen_point(&s, x, i, point);
            check_point(&s, i, point);
        }
        check_volume(&s, x, N);
        close_subject(&s);
    }
    free(x);
}

/* ---- pairs ----------------------------------------------------------------------------------- */

enum { PAIRS = 20000 };

struct pairs {
    float *x;
    float *y;
    float *average;
    float *distance;
    float *found;    ///< from manifold_distance
    float *midpoint; ///< from manifold_midpoint
};

/* Counts the direction of `way` in bins of equal measure on the sphere S^(m-1). */
static void count_direction(const struct subject *s, const double *way, int counts[2][BINS])
{
    const double pi = 3.14159265358979323846;
    count(counts[0], 0.5 + atan2(way[1], way[0]) / (2.0 * pi));
    if (s->m->dimension == 3) {
        count(counts[1], 0.5 * (1.0 + way[2] / length_of(way, 3)));
    }
}

/* The drawn radius is the length of the step and the average is half way; the kernels' distance and
 * midpoint agree. All points are inside. */
static void check_pair(const struct subject *s, const struct pairs *pairs, size_t i)
{
    double x[MAX_POINT];
    double y[MAX_POINT];
    double average[MAX_POINT];
    double midpoint[MAX_POINT];
    const double r = (double)pairs->distance[i];
    const double tolerance = (s->m->rounding + 4.0 * r) * UNIT;
    widen_point(s, pairs->x, i, x);
    widen_point(s, pairs->y, i, y);
    widen_point(s, pairs->average, i, average);
    widen_point(s, pairs->midpoint, i, midpoint);
    check_point(s, i, x);
    check_point(s, i, y);
    check_point(s, i, average);
    check_point(s, i, midpoint);
    const double exact = reference_distance(s->m, x, y);
    check_near(s->m->name, i, exact, r, tolerance);
    check_near("to the average", i, reference_distance(s->m, x, average), 0.5 * r, tolerance);
    check_near("from the average", i, reference_distance(s->m, average, y), 0.5 * r,
               2.0 * tolerance);
    check_near("average", i, reference_midpoint_error(s->m, x, y, average), 0.0, 2.0 * tolerance);
    check_near("midpoint", i, reference_midpoint_error(s->m, x, y, midpoint), 0.0, tolerance);
    /* Chords of unit vectors also include rounding errors of their lengths. */
    const double lengths = s->m->defect(x) + s->m->defect(y);
    check_near("distance", i, (double)pairs->found[i], exact, 8.0 * UNIT * exact + lengths);
}

/* Radius and direction of the pairs whose whole ball is inside; on closed manifolds of all
   pairs. */
static void check_ball(const struct subject *s, const struct pairs *pairs, double r_min,
                       double r_max)
{
    int radii[BINS] = {0};
    int directions[2][BINS] = {{0}};
    size_t used = 0;
    const double low = s->m->volume(r_min);
    const double high = s->m->volume(r_max);
    for (size_t i = 0; i < PAIRS; i++) {
        double x[MAX_POINT];
        double y[MAX_POINT];
        double way[MAX_DIMENSION];
        const double r = (double)pairs->distance[i];
        if (!(r >= (double)(float)r_min && r <= (double)(float)r_max)) {
            fail_msg("%s [%zu]: radius %.9g outside [%.9g, %.9g]", s->m->name, i, r, r_min, r_max);
        }
        widen_point(s, pairs->x, i, x);
        if (s->m->clearance(x) > r_max) {
            widen_point(s, pairs->y, i, y);
            s->m->logarithm(x, y, way);
            count(radii, (s->m->volume(r) - low) / (high - low));
            count_direction(s, way, directions);
            used++;
        }
    }
    if (used < 20 * BINS) {
        fail_msg("%s: only %zu pairs have their whole ball inside", s->m->name, used);
    }
    check_uniform(s->m->name, radii, BINS);
    if (r_max > 1e-3) { // rounding hides the directions of tiny steps
        check_uniform("directions", directions[0], BINS);
        if (s->m->dimension == 3) {
            check_uniform("directions", directions[1], BINS);
        }
    }
}

/* The same points with the opposite sign. */
static void negate_every_other(const struct subject *s, float *points)
{
    for (size_t i = 0; i < PAIRS * s->p; i++) {
        points[i] = i / s->p % 2 == 0 ? points[i] : -points[i];
    }
}

static void pairs_follow_the_laws(void **state)
{
    /* Fractions of the injectivity radius, or of 1 if it is infinite. */
    static const double radii[][2] = {{1e-5, 1e-4}, {0.03, 0.3}, {0.9, 0.999}};
    struct pairs pairs = {allocate(PAIRS * MAX_POINT, sizeof(float)),
                          allocate(PAIRS * MAX_POINT, sizeof(float)),
                          allocate(PAIRS * MAX_POINT, sizeof(float)),
                          allocate(PAIRS, sizeof(float)),
                          allocate(PAIRS, sizeof(float)),
                          allocate(PAIRS * MAX_POINT, sizeof(float))};
    const struct lb_pairs arrays = {.point_x = pairs.x,
                                    .point_y = pairs.y,
                                    .point_average = pairs.average,
                                    .distance = pairs.distance};
    for (size_t row = 0; row < manifold_reference_count; row++) {
        struct subject s = open_subject(*state, row);
        const bool closed = isinf(s.m->clearance((const double[MAX_POINT]){1.0, 0.0, 1.0, 0.0}));
        const double unit = isinf(s.m->injectivity_radius) ? 1.0 : s.m->injectivity_radius;
        for (size_t i = 0; i < LB_COUNT(radii); i++) {
            const double r_min = radii[i][0] * unit;
            const double r_max = radii[i][1] * unit;
            const struct lb_pairs_params params = {
                .epsilon = r_max, .min_distance = r_min, .seed = 11 + i};
            require_ok(s.fixture, lb_dataset_pairs(s.dataset, &params, PAIRS, &arrays));
            if (s.m->signless) {
                negate_every_other(&s, pairs.y);
            }
            require_ok(s.fixture,
                       lb_dataset_distances(s.dataset, pairs.x, pairs.y, PAIRS, pairs.found));
            require_ok(s.fixture,
                       lb_dataset_midpoints(s.dataset, pairs.x, pairs.y, PAIRS, pairs.midpoint));
            for (size_t j = 0; j < PAIRS; j++) {
                check_pair(&s, &pairs, j);
            }
            check_volume(&s, pairs.x, PAIRS);
            if (closed) {
                check_volume(&s, pairs.y, PAIRS);
                check_volume(&s, pairs.average, PAIRS);
            }
            if (closed || r_max < 0.5 * unit) { // no large ball is inside a boundary
                check_ball(&s, &pairs, r_min, r_max);
            }
        }
        close_subject(&s);
    }
    free(pairs.x);
    free(pairs.y);
    free(pairs.average);
    free(pairs.distance);
    free(pairs.found);
    free(pairs.midpoint);
}

/* ---- embeddings ------------------------------------------------------------------------------ */

/* Pixels are the embedding's values, and the embedding is isometric: the chord of a curve of
 * curvature k is shorter than its length d by at most k^2 d^3 / 24. */
static void points_are_embedded_isometrically(void **state)
{
    enum { N = 1000 };
    float *x = allocate(N * MAX_POINT, sizeof *x);
    float *y = allocate(N * MAX_POINT, sizeof *y);
    float *pixels = allocate(N * MAX_CHANNELS, sizeof *pixels);
    float *distance = allocate(N, sizeof *distance);
    for (size_t row = 0; row < manifold_reference_count; row++) {
        struct subject s = open_subject(*state, row);
        const size_t channels = (size_t)s.m->channels;
        const struct lb_pairs_params params = {.epsilon = 0.1, .min_distance = 0.01, .seed = 2};
        const struct lb_pairs arrays = {.point_x = x, .point_y = y, .distance = distance};
        assert_int_equal((size_t)lb_dataset_get_info(s.dataset)->channels, channels);
        require_ok(s.fixture, lb_dataset_pairs(s.dataset, &params, N, &arrays));
        require_ok(s.fixture, lb_dataset_render(s.dataset, x, N, pixels));
        for (size_t i = 0; i < N; i++) {
            double points[2][MAX_POINT];
            double images[2][MAX_CHANNELS];
            double chord[MAX_CHANNELS];
            widen_point(&s, x, i, points[0]);
            widen_point(&s, y, i, points[1]);
            s.m->embed(points[0], images[0]);
            s.m->embed(points[1], images[1]);
            for (size_t k = 0; k < channels; k++) {
                check_near(s.m->name, i * channels + k, (double)pixels[i * channels + k],
                           images[0][k], 6.0 * UNIT);
                chord[k] = images[1][k] - images[0][k];
            }
            const double d = (double)distance[i];
            const double ratio = length_of(chord, s.m->channels) / d;
            const double shortest = 1.0 - s.m->bending * d * d / 24.0;
            check_near("chord over distance", i, ratio, 0.5 * (1.0 + shortest),
                       0.5 * (1.0 - shortest) + 2.0 * s.m->rounding * UNIT / d);
        }
        close_subject(&s);
    }
    free(x);
    free(y);
    free(pixels);
    free(distance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_orthonormal),
        cmocka_unit_test(exponential_inverts_the_logarithm),
        cmocka_unit_test(points_follow_the_volume),
        cmocka_unit_test(pairs_follow_the_laws),
        cmocka_unit_test(points_are_embedded_isometrically),
    };
    return cmocka_run_group_tests_name("invariants", tests, open_device_fixture,
                                       close_device_fixture);
}
