/*
 * The analytic embeddings: quotients of the reference pairs, an independent implementation of the
 * datasets' formulas, and the limits of method.md.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/convergence.h"
#include "geometry/analytic.h"
#include "manifold_reference.h"

enum { SEED = 1 };

static const struct {
    const char *manifold; ///< in the reference files
    const char *dataset;
} subjects[] = {
    {"sphere", "sphere"},  {"so3", "so3-points"},     {"torus", "torus-points"},
    {"rp2", "rp2-points"}, {"klein", "klein-points"}, {"bures", "bures-points"},
};

/* The embedding by formulas of the tests. */
static void embed(const char *manifold, const double *x, double *phi)
{
    if (strcmp(manifold, "sphere") == 0) {
        memcpy(phi, x, 3 * sizeof *phi);
        return;
    }
    for (size_t i = 0; i < manifold_reference_count; i++) {
        if (strcmp(manifold_references[i].name, manifold) == 0) {
            manifold_references[i].embed(x, phi);
            return;
        }
    }
    fail_msg("no reference of %s", manifold);
}

/*
 * Codes of size 1 have rounding errors of 2^-53 from a few operations each, amplified by 8 / d^2 in
 * the plain second quotient. The bound is relative to the quotient's size, which is up to 6 (Klein
 * bottle).
 */
static void check_pair(const char *manifold, const struct lb_analytic *analytic, const json_t *pair,
                       size_t row)
{
    double x[LB_ANALYTIC_MAX_CHANNELS];
    double y[LB_ANALYTIC_MAX_CHANNELS];
    double middle[LB_ANALYTIC_MAX_CHANNELS];
    double v[LB_ANALYTIC_MAX_POINT];
    struct lb_quotients quotients;
    double first = 0.0;
    double second = 0.0;
    const size_t p = (size_t)analytic->point_size;
    double *const points[] = {numbers_at(pair, "x", p), numbers_at(pair, "y", p),
                              numbers_at(pair, "midpoint", p)};
    const double d = number_at(pair, "distance");
    const bool far = strncmp(json_string_value(json_object_get(pair, "kind")), "near_", 5) == 0;
    const double found = analytic->logarithm(points[0], points[1], v);
    check_near("distance", row, found, d, far ? 1e-7 : 1e-14 + 1e-12 * d);
    if (d > 1e-3 && !far) {
        embed(manifold, points[0], x);
        embed(manifold, points[1], y);
        embed(manifold, points[2], middle);
        for (int k = 0; k < analytic->channels; k++) {
            const double bend = 8.0 * (0.5 * (x[k] + y[k]) - middle[k]) / (d * d);
            first += (y[k] - x[k]) * (y[k] - x[k]) / (d * d);
            second += bend * bend;
        }
        analytic->quotients(points[0], v, d, &quotients);
        const double scale = fmax(1.0, sqrt(second));
        check_near("|first|^2 - 1", row, quotients.excess, first - 1.0, 1e-14 / d + 1e-13);
        check_near("|second|^2", row, quotients.bending, second,
                   scale * (2e-14 / (d * d) + 1e-13 * scale));
    }
    for (size_t i = 0; i < LB_COUNT(points); i++) {
        free(points[i]);
    }
}

static void quotients_are_those_of_the_reference_pairs(void **state)
{
    (void)state;
    json_t *file = load_reference("manifolds.json");
    for (size_t i = 0; i < LB_COUNT(subjects); i++) {
        char key[32];
        snprintf(key, sizeof key, "%s_pairs", subjects[i].manifold);
        const struct lb_analytic *analytic = lb_analytic_find(subjects[i].dataset);
        const json_t *pairs = json_object_get(file, key);
        assert_non_null(analytic);
        assert_int_equal(json_array_size(pairs), 40);
        for (size_t row = 0; row < json_array_size(pairs); row++) {
            check_pair(subjects[i].manifold, analytic, json_array_get(pairs, row), row);
        }
    }
    json_decref(file);
}

static void embeddings_are_those_of_the_datasets(void **state)
{
    (void)state;
    for (size_t i = 0; i < LB_COUNT(subjects); i++) {
        const struct lb_analytic *analytic = lb_analytic_find(subjects[i].dataset);
        for (uint32_t n = 0; n < 50; n++) {
            double x[LB_ANALYTIC_MAX_POINT];
            double phi[LB_ANALYTIC_MAX_CHANNELS];
            double want[LB_ANALYTIC_MAX_CHANNELS];
            struct lb_random random = lb_random_start(SEED, LB_STREAM_ANALYTIC_POINTS, 0, n);
            analytic->draw(&random, x);
            analytic->embed(x, phi);
            embed(subjects[i].manifold, x, want);
            for (int k = 0; k < analytic->channels; k++) {
                check_near(subjects[i].manifold, n, phi[k], want[k], 1e-14);
            }
        }
    }
}

/* The mean of |Hess phi(v,v)|^2 over random tangents is the limit; |D phi v| = 1 for all. `change`,
 * the bending minus |Hess phi|^2 at the midpoint, is 0 at distance 0. */
static void limits_are_means_over_unit_tangents(void **state)
{
    enum { DRAWS = 40000 };
    (void)state;
    for (size_t i = 0; i < LB_COUNT(subjects); i++) {
        const struct lb_analytic *analytic = lb_analytic_find(subjects[i].dataset);
        struct lb_running_mean mean = {0};
        for (uint32_t n = 0; n < DRAWS; n++) {
            double x[LB_ANALYTIC_MAX_POINT];
            double u[LB_ANALYTIC_MAX_POINT];
            double v[LB_ANALYTIC_MAX_POINT];
            struct lb_quotients at = {0};
            struct lb_random random = lb_random_start(SEED, LB_STREAM_ANALYTIC_POINTS, 0, n);
            analytic->draw(&random, x);
            lb_random_direction(&random, analytic->dimension, u);
            analytic->tangent(x, u, v);
            analytic->quotients(x, v, 0.0, &at);
            check_near("speed", n, at.excess, 0.0, 1e-13);
            check_near("change", n, at.change, 0.0, 1e-13);
            lb_running_mean_add(&mean, at.bending);
        }
        const struct lb_estimate found = lb_running_mean_finish(&mean);
        check_near(subjects[i].dataset, 0, found.mean, analytic->limit_bending,
                   4.0 * found.standard_error + 1e-12);
    }
}

/* Two steps equal one long step; its length agrees with logarithm(), and quotients further along
 * the geodesic equal those of the points there. */
static void geodesics_go_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < LB_COUNT(subjects); i++) {
        const struct lb_analytic *analytic = lb_analytic_find(subjects[i].dataset);
        for (uint32_t n = 0; n < 50; n++) {
            const double t = analytic->epsilon * 0.01 * (double)(n + 1);
            const double d = 0.5 * analytic->epsilon;
            double x[LB_ANALYTIC_MAX_POINT];
            double u[LB_ANALYTIC_MAX_POINT];
            double y[LB_ANALYTIC_MAX_POINT];
            double far[LB_ANALYTIC_MAX_POINT];
            double v[LB_ANALYTIC_MAX_POINT];
            double w[LB_ANALYTIC_MAX_POINT];
            double unused[LB_ANALYTIC_MAX_POINT];
            double at_y[LB_ANALYTIC_MAX_CHANNELS];
            double at_far[LB_ANALYTIC_MAX_CHANNELS];
            double at_sum[LB_ANALYTIC_MAX_CHANNELS];
            struct lb_quotients quotients;
            struct lb_random random = lb_random_start(SEED, LB_STREAM_ANALYTIC_POINTS, 0, n);
            analytic->draw(&random, x);
            lb_random_direction(&random, analytic->dimension, u);
            analytic->tangent(x, u, v);
            analytic->advance(x, v, t, y, w);
            analytic->embed(y, at_y);
            analytic->advance(y, w, d, far, unused);
            analytic->embed(far, at_far);
            analytic->advance(x, v, t + d, far, unused);
            analytic->embed(far, at_sum);
            double squared = 0.0;
            for (int k = 0; k < analytic->channels; k++) {
                check_near("two steps", n, at_far[k], at_sum[k], 1e-13);
                squared += (at_sum[k] - at_y[k]) * (at_sum[k] - at_y[k]);
            }
            analytic->quotients(y, w, d, &quotients);
            check_near("|first|^2 - 1", n, quotients.excess, squared / (d * d) - 1.0, 1e-11);
            if (strcmp(subjects[i].manifold, "klein") != 0) { // in the unit square
                check_near("distance", n, analytic->logarithm(x, y, unused), t, 1e-7 * t);
            }
        }
    }
}

/* In double the plain formula loses digits in proportion to d^-2; the other two must not. */
static void small_distances_lose_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < LB_COUNT(subjects) - 1; i++) {
        const struct lb_analytic *analytic = lb_analytic_find(subjects[i].dataset);
        struct lb_random random = lb_random_start(SEED, LB_STREAM_ANALYTIC_POINTS, 0, 0);
        double x[LB_ANALYTIC_MAX_POINT];
        double u[LB_ANALYTIC_MAX_POINT];
        double v[LB_ANALYTIC_MAX_POINT];
        struct lb_quotients large;
        struct lb_quotients small;
        analytic->draw(&random, x);
        lb_random_direction(&random, analytic->dimension, u);
        analytic->tangent(x, u, v);
        analytic->quotients(x, v, 1e-4, &large);
        analytic->quotients(x, v, 1e-8, &small);
        /* Both are proportional to d^2 up to a relative O(d), here at most 1e-3. */
        check_near("excess", i, small.excess / large.excess * 1e8, 1.0, 5e-3);
        check_near("change", i, small.change / large.change * 1e8, 1.0, 5e-3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotients_are_those_of_the_reference_pairs),
        cmocka_unit_test(embeddings_are_those_of_the_datasets),
        cmocka_unit_test(limits_are_means_over_unit_tangents),
        cmocka_unit_test(geodesics_go_on),
        cmocka_unit_test(small_distances_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
