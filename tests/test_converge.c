/*
 * E_epsilon of the analytic embeddings: the reference's expectations over balls by both strategies
 * and by quadrature, slopes, and the errors that samples claim.
 */
#include "support.h"

#include <math.h>
#include <string.h>

#include <lowbend/converge.h>

#include "eval/converge_analytic.h"
#include "eval/convergence.h"
#include "eval/pair_list.h"
#include "geometry/analytic.h"

enum { SEED = 1 };

static const struct {
    const char *manifold; ///< in the reference files
    const char *dataset;
} subjects[] = {
    {"sphere", "sphere"},  {"so3", "so3-points"},     {"torus", "torus-points"},
    {"rp2", "rp2-points"}, {"klein", "klein-points"}, {"bures", "bures-points"},
};

static const enum lb_pair_strategy strategies[] = {LB_PAIRS_BALL, LB_PAIRS_SAMPLE, LB_PAIRS_CHAIN};

static const char *dataset_of(const char *manifold)
{
    for (size_t i = 0; i < LB_COUNT(subjects); i++) {
        if (strcmp(subjects[i].manifold, manifold) == 0) {
            return subjects[i].dataset;
        }
    }
    return NULL;
}

static struct lb_convergence converge(const struct device_fixture *fixture, const char *dataset,
                                      const struct lb_converge_params *params)
{
    struct lb_convergence out;
    require_ok(fixture, lb_analytic_converge(fixture->ctx, dataset, params, &out));
    return out;
}

static struct lb_converge_params defaults(void)
{
    struct lb_converge_params params;
    lb_converge_params_default(&params);
    params.seed = SEED;
    return params;
}

/* ---- expectations ---------------------------------------------------------------------------- */

static void check_within(const char *what, size_t row, struct lb_estimate found, double want)
{
    assert_true(found.standard_error > 0.0);
    check_near(what, row, found.mean, want, 3.0 * found.standard_error);
}

/* The error must be small enough to show mistakes: 16384 pairs whose spread is at most the mean. */
static void check_expectations(const struct device_fixture *fixture, const json_t *row, size_t i)
{
    struct lb_converge_params params = defaults();
    params.epsilon = number_at(row, "epsilon");
    params.c = number_at(row, "c");
    params.levels = 1;
    params.pairs = 16384;
    params.min_distance = 0.0;
    const char *dataset = dataset_of(json_string_value(json_object_get(row, "manifold")));
    const double distortion = number_at(row, "mean_gamma_of_first");
    const double bending = number_at(row, "mean_squared_norm_of_second");
    const enum lb_pair_strategy of_pairs[] = {LB_PAIRS_BALL, LB_PAIRS_SAMPLE};
    for (size_t s = 0; s < LB_COUNT(of_pairs); s++) {
        params.strategy = of_pairs[s];
        const struct lb_convergence out = converge(fixture, dataset, &params);
        const struct lb_converge_level *level = &out.levels[0];
        check_near("exact distortion", i, level->exact_distortion, distortion, 1e-9 * distortion);
        check_near("exact bending", i, level->exact_bending, bending, 1e-12);
        check_within("distortion", i, level->distortion, distortion);
        check_within("bending", i, level->bending, bending);
        assert_uint_in_range(level->pairs, 14000, 17000);
        assert_true(level->distortion.standard_error < 0.02 * distortion);
        assert_true(level->bending.standard_error < 0.01 * fabs(bending - out.limit_bending));
    }
}

static void expectations_are_the_closed_forms(void **state)
{
    json_t *file = load_reference("closed_forms.json");
    const json_t *rows = json_object_get(file, "finite_epsilon_expectations");
    assert_true(json_array_size(rows) > 100);
    for (size_t i = 0; i < json_array_size(rows); i++) {
        check_expectations(*state, json_array_get(rows, i), i);
    }
    json_decref(file);
}

static void bending_approaches_its_limit_with_slope_two(void **state)
{
    for (size_t i = 0; i < LB_COUNT(subjects); i++) {
        const struct lb_analytic *analytic = lb_analytic_find(subjects[i].dataset);
        for (size_t s = 0; s < LB_COUNT(strategies); s++) {
            struct lb_converge_params params = defaults();
            params.strategy = strategies[s];
            params.pairs = 32768;
            const struct lb_convergence out = converge(*state, subjects[i].dataset, &params);
            assert_int_equal(out.count, 6);
            assert_true(out.limit_exact);
            assert_true(out.limit_distortion == 0.0);
            check_near("limit", i, out.limit_bending, analytic->limit_bending, 0.0);
            if (!analytic->bounded) { // a boundary adds an error of order epsilon
                check_near(subjects[i].dataset, i, out.slope_bending, 2.0, 0.1);
            }
        }
    }
}

/* In float32 the mean of |second|^2 on the sphere is 1082 at epsilon = 0.003. */
static void every_radius_is_right(void **state)
{
    const double radii[] = {0.003, 1e-4, 1e-8, 1e-12};
    for (size_t i = 0; i < LB_COUNT(radii); i++) {
        for (size_t j = 0; j < LB_COUNT(subjects) - 1; j++) {
            const struct lb_analytic *analytic = lb_analytic_find(subjects[j].dataset);
            struct lb_converge_params params = defaults();
            params.epsilon = radii[i];
            params.min_distance = 0.0;
            params.levels = 2;
            params.pairs = 4096;
            const struct lb_convergence out = converge(*state, subjects[j].dataset, &params);
            const struct lb_converge_level *level = &out.levels[0];
            check_near("limit", j, level->bending.mean, analytic->limit_bending,
                       200.0 * radii[i] * radii[i] * analytic->limit_bending + 1e-15);
            check_within("bending", j, level->bending, level->exact_bending);
            check_within("distortion", j, level->distortion, level->exact_distortion);
            assert_true(level->bending.standard_error < 1e-5 * analytic->limit_bending);
            if (radii[i] > 1e-5) {
                check_near("slope", j, out.slope_bending, 2.0, 1e-2);
            }
        }
    }
}

/* From E over the shell [a, b] and over its parts: (1 - s) E[a',b] + s E[a,a'], where s is the
 * share of the volume below a'. */
static void shells_add_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < LB_COUNT(subjects) - 1; i++) {
        const struct lb_analytic *analytic = lb_analytic_find(subjects[i].dataset);
        const double low = 0.05;
        const double high = 0.3;
        for (double share = 0.125; share < 1.0; share += 0.25) {
            const double middle = analytic->radius(share, low, high);
            struct lb_converge_level levels[3] = {
                {.epsilon = high, .min_distance = low},
                {.epsilon = middle, .min_distance = low},
                {.epsilon = high, .min_distance = middle},
            };
            for (size_t k = 0; k < LB_COUNT(levels); k++) {
                lb_analytic_exact(analytic, lb_pair_pattern_of(LB_PAIRS_BALL), 0.5, &levels[k]);
            }
            check_near("bending", i, levels[0].exact_bending,
                       share * levels[1].exact_bending + (1.0 - share) * levels[2].exact_bending,
                       1e-12);
            check_near("distortion", i, levels[0].exact_distortion,
                       share * levels[1].exact_distortion +
                           (1.0 - share) * levels[2].exact_distortion,
                       1e-14);
        }
    }
}

/* |first|^2 - 1 and |second|^2 of two points of the sphere at distance d (method.md). */
static double sphere_distortion(double d)
{
    const double s = pow(2.0 * sin(0.5 * d) / d, 2.0);
    return (s - 1.0) * (s - 1.0) / s;
}

static double sphere_bending(double d)
{
    return pow(16.0 * pow(sin(0.25 * d), 2.0) / (d * d), 2.0);
}

/* Five points on a great circle, r from end to end. Of their ten pairs four are r/4 apart, three
 * r/2, two 3r/4 and one r; of the four pairs whose midpoint is also in the chain, three are r/2
 * apart. */
static void chains_of_the_sphere_are_the_closed_form(void **state)
{
    enum { STEPS = 2000 };
    struct lb_converge_params params = defaults();
    params.strategy = LB_PAIRS_CHAIN;
    params.pairs = 16384;
    const struct lb_convergence out = converge(*state, "sphere", &params);
    for (int k = 0; k < out.count; k++) {
        const struct lb_converge_level *level = &out.levels[k];
        const double width = (level->epsilon - level->min_distance) / STEPS;
        double weights = 0.0;
        double distortion = 0.0;
        double bending = 0.0;
        for (int i = 0; i < STEPS; i++) {
            const double r = level->min_distance + (i + 0.5) * width;
            weights += sin(r);
            distortion += sin(r) / 10.0 *
                          (4.0 * sphere_distortion(0.25 * r) + 3.0 * sphere_distortion(0.5 * r) +
                           2.0 * sphere_distortion(0.75 * r) + sphere_distortion(r));
            bending += sin(r) / 4.0 * (3.0 * sphere_bending(0.5 * r) + sphere_bending(r));
        }
        distortion /= weights;
        bending /= weights;
        check_near("exact distortion", (size_t)k, level->exact_distortion, distortion,
                   1e-6 * distortion);
        check_near("exact bending", (size_t)k, level->exact_bending, bending, 1e-6);
        check_within("distortion", (size_t)k, level->distortion, distortion);
        check_within("bending", (size_t)k, level->bending, level->exact_bending);
    }
}

/* Every pair of a chain has the same distribution as a pair whose first point is x. */
static void chains_along_the_geodesic_are_the_quadrature(void **state)
{
    for (size_t i = 0; i < LB_COUNT(subjects) - 1; i++) {
        for (int c = 0; c < 2; c++) {
            struct lb_converge_params params = defaults();
            params.strategy = LB_PAIRS_CHAIN;
            params.pairs = 8000;
            params.levels = 3;
            params.c = c;
            const struct lb_convergence out = converge(*state, subjects[i].dataset, &params);
            for (int k = 0; k < out.count; k++) {
                const struct lb_converge_level *level = &out.levels[k];
                check_within("distortion", i, level->distortion, level->exact_distortion);
                check_within("bending", i, level->bending, level->exact_bending);
                assert_true(level->bending.standard_error <
                            0.01 * fabs(level->exact_bending - out.limit_bending));
            }
        }
    }
}

/* Deviations relative to the standard error estimated from the sample. */
static void errors_of_samples_are_honest(void **state)
{
    enum { RUNS = 80 };
    for (size_t i = 0; i < LB_COUNT(subjects) - 1; i++) {
        double squares[2] = {0.0, 0.0};
        for (int run = 0; run < RUNS; run++) {
            struct lb_converge_params params = defaults();
            params.levels = 1;
            params.pairs = 400;
            params.seed = (uint64_t)run;
            params.strategy = LB_PAIRS_SAMPLE;
            const struct lb_convergence out = converge(*state, subjects[i].dataset, &params);
            const struct lb_converge_level *level = &out.levels[0];
            const double bending =
                (level->bending.mean - level->exact_bending) / level->bending.standard_error;
            const double distortion = (level->distortion.mean - level->exact_distortion) /
                                      level->distortion.standard_error;
            squares[0] += bending * bending / RUNS;
            squares[1] += distortion * distortion / RUNS;
        }
        /* The mean of 80 squared normal numbers is 1 +- 0.16. */
        check_near(subjects[i].dataset, 0, squares[0], 1.0, 0.5);
        check_near(subjects[i].dataset, 1, squares[1], 1.0, 0.5);
    }
}

/* For pairs with repeated points, computes the error by summing over all couples of pairs that
   share a point. */
static void shared_points_are_counted(void **state)
{
    const struct device_fixture *fixture = *state;
    enum { POINTS = 7 };
    struct lb_pair_list list = {0};
    for (uint32_t i = 0; i < POINTS; i++) {
        for (uint32_t j = i + 1; j < POINTS; j++) {
            const double value =
                (double)draw(1, i) + (double)draw(1, j) + 0.1 * (double)draw(2, 10 * i + j);
            const struct lb_sampled_pair pair = {i, j, i + j == 5 ? 2.0 : 0.5, value, -2.0 * value};
            require_ok(fixture, lb_pair_list_add(&list, fixture->ctx, pair));
        }
    }
    struct lb_converge_level level = {.epsilon = 1.0, .min_distance = 0.1};
    require_ok(fixture, lb_pair_list_estimate(&list, fixture->ctx, POINTS, &level));
    double sum = 0.0;
    double n = 0.0;
    for (size_t a = 0; a < list.n; a++) {
        sum += list.pairs[a].distance < 1.0 ? list.pairs[a].distortion : 0.0;
        n += list.pairs[a].distance < 1.0;
    }
    const double mean = sum / n;
    double variance = 0.0;
    for (size_t a = 0; a < list.n; a++) {
        for (size_t b = 0; b < list.n; b++) {
            const struct lb_sampled_pair *p = &list.pairs[a];
            const struct lb_sampled_pair *q = &list.pairs[b];
            const bool shared = p->first == q->first || p->first == q->second ||
                                p->second == q->first || p->second == q->second;
            if (shared && p->distance < 1.0 && q->distance < 1.0) {
                variance += (p->distortion - mean) * (q->distortion - mean);
            }
        }
    }
    const double error = sqrt(variance / (n * (n - 1.0)));
    assert_int_equal(level.pairs, (size_t)n);
    check_near("mean", 0, level.distortion.mean, mean, 1e-14);
    check_near("error", 0, level.distortion.standard_error, error, 1e-14);
    check_near("mean", 1, level.bending.mean, -2.0 * mean, 1e-14);
    check_near("error", 1, level.bending.standard_error, 2.0 * error, 1e-14);
    lb_pair_list_free(&list);
}

/* Near the boundary y is uniform in the part of the ball inside the region: draws points of the
 * region until one is close enough to x. The study's balls are balls in the tangent space, which
 * differ by a relative O(epsilon^2) in volume. */
static void balls_are_cut_at_the_boundary(void **state)
{
    enum { DRAWS = 60000 };
    const struct lb_analytic *analytic = lb_analytic_find("bures-points");
    struct lb_converge_params params = defaults();
    struct lb_running_mean distortion = {0};
    struct lb_running_mean bending = {0};
    params.epsilon = 0.2;
    params.levels = 1;
    const struct lb_convergence out = converge(*state, "bures-points", &params);
    const struct lb_converge_level *level = &out.levels[0];
    assert_true(isnan(level->exact_bending));
    for (uint32_t i = 0; i < DRAWS; i++) {
        struct lb_random random = lb_random_start(SEED + 1, LB_STREAM_ANALYTIC_POINTS, 0, i);
        double x[LB_ANALYTIC_MAX_POINT];
        double y[LB_ANALYTIC_MAX_POINT];
        double v[LB_ANALYTIC_MAX_POINT];
        double d;
        struct lb_quotients quotients;
        analytic->draw(&random, x);
        do {
            analytic->draw(&random, y);
            d = analytic->logarithm(x, y, v);
        } while (d < level->min_distance || d > level->epsilon);
        analytic->quotients(x, v, d, &quotients);
        lb_running_mean_add(&distortion, lb_gamma_of_excess(quotients.excess, 0.0));
        lb_running_mean_add(&bending, quotients.bending);
    }
    const struct lb_estimate plain_distortion = lb_running_mean_finish(&distortion);
    const struct lb_estimate plain_bending = lb_running_mean_finish(&bending);
    check_near("bending", 0, level->bending.mean, plain_bending.mean,
               3.0 * hypot(level->bending.standard_error, plain_bending.standard_error));
    check_near("distortion", 0, level->distortion.mean, plain_distortion.mean,
               3.0 * hypot(level->distortion.standard_error, plain_distortion.standard_error));
    assert_true(plain_bending.standard_error < 0.005 * plain_bending.mean);
}

/* ---- other properties ------------------------------------------------------------------------ */

static void same_seed_same_numbers(void **state)
{
    struct lb_converge_params params = defaults();
    params.pairs = 1000;
    for (size_t s = 0; s < LB_COUNT(strategies); s++) {
        params.strategy = strategies[s];
        params.seed = 5;
        const struct lb_convergence first = converge(*state, "so3-points", &params);
        const struct lb_convergence again = converge(*state, "so3-points", &params);
        params.seed = 6;
        const struct lb_convergence other = converge(*state, "so3-points", &params);
        assert_true(first.levels[3].bending.mean == again.levels[3].bending.mean);
        assert_true(first.slope_bending == again.slope_bending);
        assert_true(first.levels[3].bending.mean != other.levels[3].bending.mean);
    }
}

static void bad_values_are_refused(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct {
        const char *dataset;
        double epsilon;
        double min_distance;
        int levels;
        enum lb_status status;
        const char *part;
    } cases[] = {
        {"sundial", 0.3, -1.0, 6, LB_ERR_NOT_FOUND, "sundial"},
        {"sphere", 3.1415927, -1.0, 6, LB_ERR_ARGUMENT, "injectivity radius"},
        {"klein-points", 0.5, -1.0, 6, LB_ERR_ARGUMENT, "injectivity radius"},
        {"bures-points", 0.5, -1.0, 6, LB_ERR_ARGUMENT, "injectivity radius"},
        {"sphere", -1.0, -1.0, 6, LB_ERR_ARGUMENT, "positive"},
        {"sphere", NAN, -1.0, 6, LB_ERR_ARGUMENT, "positive"},
        {"sphere", 0.8, 0.025, 6, LB_ERR_ARGUMENT, "smallest epsilon"},
        {"sphere", 0.8, -1.0, 0, LB_ERR_ARGUMENT, "levels"},
        {"sphere", 0.8, -1.0, 33, LB_ERR_ARGUMENT, "levels"},
    };
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_converge_params params = defaults();
        struct lb_convergence out;
        params.epsilon = cases[i].epsilon;
        params.min_distance = cases[i].min_distance;
        params.levels = cases[i].levels;
        require_error(fixture, lb_analytic_converge(fixture->ctx, cases[i].dataset, &params, &out),
                      cases[i].status, cases[i].part);
    }
    assert_true(lb_analytic_known("sphere-points"));
    assert_false(lb_analytic_known("sundial"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expectations_are_the_closed_forms),
        cmocka_unit_test(bending_approaches_its_limit_with_slope_two),
        cmocka_unit_test(every_radius_is_right),
        cmocka_unit_test(shells_add_up),
        cmocka_unit_test(chains_of_the_sphere_are_the_closed_form),
        cmocka_unit_test(chains_along_the_geodesic_are_the_quadrature),
        cmocka_unit_test(errors_of_samples_are_honest),
        cmocka_unit_test(shared_points_are_counted),
        cmocka_unit_test(balls_are_cut_at_the_boundary),
        cmocka_unit_test(same_seed_same_numbers),
        cmocka_unit_test(bad_values_are_refused),
    };
    return cmocka_run_group_tests(tests, open_context_fixture, close_context_fixture);
}
