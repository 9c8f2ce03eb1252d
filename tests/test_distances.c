/*
 * Statistics of distances against plain loops and small cases checked by hand; the measures on the
 * identity of the unit sphere, where a code's distance is the chord 2 sin(d/2).
 */
#include "identity_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/measure.h"
#include "eval/neighbourhoods.h"
#include "eval/statistics.h"
#include "geometry/dataset.h"

/* ---- statistics ------------------------------------------------------------------------------ */

static enum lb_status stop_after_some(void *user)
{
    int *questions = user;
    return --*questions > 0 ? LB_OK : LB_ERR_INTERRUPTED;
}

static void small_cases(void **state)
{
    const struct device_fixture *fixture = *state;
    const double one_two[] = {1.0, 2.0};
    const double equal[] = {1.0, 1.0};
    const double twice[] = {2.0, 4.0};
    const double zeros[] = {0.0, 0.0};
    /* The best factor is 3/2: residuals 1/2, -1/2 over |d|^2 = 5. */
    check_near("stress", 0, lb_stress(one_two, equal, 2), sqrt(0.1), 1e-15);
    check_near("stress", 1, lb_stress(one_two, twice, 2), 0.0, 1e-15);
    check_near("stress", 2, lb_stress(one_two, zeros, 2), 1.0, 1e-15);
    assert_true(isnan(lb_stress(zeros, one_two, 2)));
    check_near("correlation", 0, lb_correlation(one_two, twice, 2), 1.0, 1e-15);
    assert_true(isnan(lb_correlation(one_two, equal, 2)));
    assert_true(isnan(lb_correlation(one_two, twice, 1)));

    /* Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: 4.5 / sqrt(4.5 * 5). */
    const double tied[] = {1.0, 2.0, 2.0, 3.0};
    const double other[] = {10.0, 30.0, 20.0, 4000.0};
    double rank_tied[4];
    double rank_other[4];
    require_ok(fixture, lb_ranks(fixture->ctx, tied, 4, NULL, NULL, rank_tied));
    require_ok(fixture, lb_ranks(fixture->ctx, other, 4, NULL, NULL, rank_other));
    check_near("rank correlation", 0, lb_correlation(rank_tied, rank_other, 4), 4.5 / sqrt(22.5),
               1e-15);

    /* Both zeros are the same value, and the bits of negative numbers are ordered backwards. */
    const double ends[] = {INFINITY, 0.0, -1e-310, 2.0, -INFINITY, -0.0, 1e-310, -2.0, -3.0};
    const double places[] = {8.0, 4.5, 3.0, 7.0, 0.0, 4.5, 6.0, 2.0, 1.0};
    double ranks[LB_COUNT(ends)];
    size_t order[LB_COUNT(ends)];
    require_ok(fixture, lb_ranks(fixture->ctx, ends, LB_COUNT(ends), NULL, NULL, ranks));
    require_ok(fixture, lb_sort_indices(fixture->ctx, ends, LB_COUNT(ends), order));
    for (size_t i = 0; i < LB_COUNT(ends); i++) {
        check_near("place", i, ranks[i], places[i], 0.0);
        check_near("value in order", i, places[order[i]], (double)i, 0.5);
    }
    assert_int_equal(order[4], 1); // equal values keep their order
    assert_int_equal(order[5], 5);

    int questions = 3; // out of eight passes
    assert_int_equal(
        lb_ranks(fixture->ctx, ends, LB_COUNT(ends), stop_after_some, &questions, ranks),
        LB_ERR_INTERRUPTED);
    assert_int_equal(questions, 0);

    const double d[] = {0.1, 1.0, 2.0, 3.0};
    const double chords[] = {0.0, 0.9, 1.0, 2.4};
    check_near("ratio", 0, lb_smallest_ratio(d, chords, 4, 1.0), 0.5, 1e-15);
    check_near("ratio", 1, lb_smallest_ratio(d, chords, 4, 2.5), 0.8, 1e-15);
    check_near("ratio", 2, lb_smallest_ratio(d, chords, 4, 0.0), 0.0, 1e-15);
    assert_true(isnan(lb_smallest_ratio(d, chords, 4, 3.5)));
}

/* The mean rank of value i among n, by counting: equal values share their ranks. */
static double counted_rank(const double *values, size_t n, size_t i)
{
    double below = 0.0;
    double same = 0.0;
    for (size_t j = 0; j < n; j++) {
        below += values[j] < values[i];
        same += values[j] == values[i];
    }
    return below + 0.5 * (same + 1.0);
}

/* n sum(ab) - sum(a) sum(b) and so on: a different formula from the tested one. */
static double moment_correlation(const double *a, const double *b, size_t n)
{
    double sums[5] = {0.0};
    for (size_t i = 0; i < n; i++) {
        sums[0] += a[i];
        sums[1] += b[i];
        sums[2] += a[i] * a[i];
        sums[3] += b[i] * b[i];
        sums[4] += a[i] * b[i];
    }
    const double count = (double)n;
    return (count * sums[4] - sums[0] * sums[1]) /
           sqrt((count * sums[2] - sums[0] * sums[0]) * (count * sums[3] - sums[1] * sums[1]));
}

static void correlations_are_those_of_plain_loops(void **state)
{
    enum { N = 300 };
    const struct device_fixture *fixture = *state;
    double a[N];
    double b[N];
    double rank_a[N];
    double rank_b[N];
    for (int levels = 3; levels <= 3000; levels *= 10) { // few levels: many ties
        for (size_t i = 0; i < N; i++) {
            a[i] = floor(levels * (double)draw(1, i));
            b[i] = floor(levels * (double)draw(2, i)) + 0.5 * a[i];
        }
        require_ok(fixture, lb_ranks(fixture->ctx, a, N, NULL, NULL, rank_a));
        require_ok(fixture, lb_ranks(fixture->ctx, b, N, NULL, NULL, rank_b));
        for (size_t i = 0; i < N; i++) {
            check_near("rank", i, rank_a[i], counted_rank(a, N, i) - 1.0, 0.0);
            check_near("rank", i, rank_b[i], counted_rank(b, N, i) - 1.0, 0.0);
        }
        check_near("rank correlation", (size_t)levels, lb_correlation(rank_a, rank_b, N),
                   moment_correlation(rank_a, rank_b, N), 1e-12);
        check_near("correlation", (size_t)levels, lb_correlation(a, b, N),
                   moment_correlation(a, b, N), 1e-12);
    }
}

/* ---- neighbourhoods -------------------------------------------------------------------------- */

static void fill_line(const double *positions, size_t n, double *matrix)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            matrix[i * n + j] = fabs(positions[i] - positions[j]);
        }
    }
}

/*
 * Four points on a line, the last two of which swap places; k = 1. Neighbours by true distance: b,
 * a, b, c; by latent distance: b, a, d, b. Intruders: d of c has rank 3, b of d rank 2, so the sum
 * is 2 + 1 and the trustworthiness 1 - 3 * 2 / (4 * (8 - 3 - 1)). Lost neighbours: b of c has rank
 * 2, c of d rank 3.
 */
static void neighbours_on_a_line(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_run run = {.ctx = fixture->ctx};
    const double before[] = {0.0, 1.0, 3.0, 7.0};
    const double after[] = {0.0, 1.0, 7.0, 3.0};
    double truth[16];
    double latent[16];
    struct lb_neighbourhoods near;
    fill_line(before, 4, truth);
    fill_line(after, 4, latent);
    require_ok(fixture, lb_compare_neighbourhoods(&run, truth, latent, 4, 1, &near));
    check_near("recall", 0, near.recall, 0.5, 1e-15);
    check_near("trustworthiness", 0, near.trustworthiness, 0.625, 1e-15);
    check_near("continuity", 0, near.continuity, 0.625, 1e-15);
    require_ok(fixture, lb_compare_neighbourhoods(&run, truth, truth, 4, 1, &near));
    check_near("recall", 1, near.recall, 1.0, 0.0);
    check_near("trustworthiness", 1, near.trustworthiness, 1.0, 0.0);
    check_near("continuity", 1, near.continuity, 1.0, 0.0);
    require_ok(fixture, lb_compare_neighbourhoods(&run, truth, truth, 4, 2, &near));
    assert_true(isnan(near.recall) && isnan(near.trustworthiness) && isnan(near.continuity));
}

/* Rank of j among the neighbours of i by counting; there are no ties. */
static size_t place(const double *matrix, size_t n, size_t i, size_t j)
{
    size_t rank = 1;
    for (size_t k = 0; k < n; k++) {
        rank += k != i && matrix[i * n + k] < matrix[i * n + j];
    }
    return rank;
}

static double counted_trust(const double *truth, const double *latent, size_t n, size_t k)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (j != i && place(latent, n, i, j) <= k && place(truth, n, i, j) > k) {
                sum += (double)place(truth, n, i, j) - (double)k;
            }
        }
    }
    const double count = (double)n;
    const double near = (double)k;
    return 1.0 - 2.0 / (count * near * (2.0 * count - 3.0 * near - 1.0)) * sum;
}

/* A square seen along one axis: the lost neighbours differ from the intruders. */
static void neighbourhoods_are_those_of_plain_loops(void **state)
{
    enum { N = 60 };
    const struct device_fixture *fixture = *state;
    struct lb_run run = {.ctx = fixture->ctx};
    double truth[N * N];
    double latent[N * N];
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            const double x = (double)draw(1, i) - (double)draw(1, j);
            const double y = (double)draw(2, i) - (double)draw(2, j);
            truth[i * N + j] = hypot(x, y);
            latent[i * N + j] = fabs(x + 0.2 * y);
        }
    }
    for (size_t k = 1; k < 30; k += 9) {
        struct lb_neighbourhoods near;
        double kept = 0.0;
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                kept += j != i && place(truth, N, i, j) <= k && place(latent, N, i, j) <= k;
            }
        }
        require_ok(fixture, lb_compare_neighbourhoods(&run, truth, latent, N, k, &near));
        print_message("k %zu: recall %g, trustworthiness %g, continuity %g\n", k, near.recall,
                      near.trustworthiness, near.continuity);
        check_near("recall", k, near.recall, kept / (double)(N * k), 1e-13);
        check_near("trustworthiness", k, near.trustworthiness, counted_trust(truth, latent, N, k),
                   1e-13);
        check_near("continuity", k, near.continuity, counted_trust(latent, truth, N, k), 1e-13);
    }
}

/* ---- measures -------------------------------------------------------------------------------- */

static void free_samples(struct lb_evaluation *out)
{
    free(out->distances);
    free(out->chords);
    free(out->pca_variance);
}

/* d is uniform in cos d on the sphere, so the limits of stress and correlation come from
 * quadrature; 200 points have a sampling error of a few thousandths in both. */
static void the_identity_of_the_sphere(void **state)
{
    enum { N = 200, CELLS = 20000 };
    const struct device_fixture *fixture = *state;
    const struct lb_evaluate_params params = {.pairs = 1, .points = N, .seed = 4};
    struct lb_evaluation out = {0};
    struct lb_run run;
    open_identity(fixture, &run, "sphere-points", 3.0f);
    run.params.epsilon = 0.5;
    require_ok(fixture, lb_distance_measure.run(&run, &params, &out));
    assert_int_equal(out.pair_count, N * (N - 1) / 2);
    double largest = 0.0;
    for (size_t i = 0; i < out.pair_count; i++) {
        check_near("chord", i, out.chords[i], 6.0 * sin(0.5 * out.distances[i]), 3e-6);
        largest = fmax(largest, out.distances[i]);
    }
    double sums[5] = {0.0};
    for (int i = 0; i < CELLS; i++) {
        const double d = acos(2.0 * (i + 0.5) / CELLS - 1.0);
        const double chord = 2.0 * sin(0.5 * d);
        sums[0] += d / CELLS;
        sums[1] += chord / CELLS;
        sums[2] += d * d / CELLS;
        sums[3] += chord * chord / CELLS;
        sums[4] += d * chord / CELLS;
    }
    const double stress = sqrt(1.0 - sums[4] * sums[4] / (sums[2] * sums[3]));
    const double pearson = (sums[4] - sums[0] * sums[1]) /
                           sqrt((sums[2] - sums[0] * sums[0]) * (sums[3] - sums[1] * sums[1]));
    check_near("stress", 0, out.stress, stress, 0.01);
    check_near("pearson", 0, out.pearson, pearson, 0.01);
    check_near("spearman", 0, out.spearman, 1.0, 1e-6);
    check_near("smallest ratio", 0, out.min_ratio, 6.0 * sin(0.5 * largest) / largest, 1e-5);
    check_near("recall", 0, out.knn_recall, 1.0, 1e-3); // rounding may swap two neighbours
    check_near("trustworthiness", 0, out.trustworthiness, 1.0, 1e-5);
    check_near("continuity", 0, out.continuity, 1.0, 1e-5);
    assert_int_equal(out.pca_count, 3);
    for (size_t i = 0; i < 3; i++) {
        check_near("variance", i, out.pca_variance[i], 1.0 / 3.0, 0.05);
    }
    free_samples(&out);
    close_identity(&run);
}

/* Both networks halve their input: (1 - 1/4)^2 |x|^2 / 3 with |x| = 1. */
static void reconstruction_by_a_known_decoder(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_evaluate_params params = {.pairs = 1, .points = 300, .seed = 4};
    struct lb_evaluation out = {0};
    struct lb_run run;
    open_identity(fixture, &run, "sphere-points", 0.5f);
    require_ok(fixture, lb_reconstruction_measure.run(&run, &params, &out));
    check_near("error", 0, out.reconstruction_mse, 0.1875, 1e-7);
    check_near("psnr", 0, out.psnr, 7.2699872793, 1e-5);
    close_identity(&run);
}

/** Sets *found if a measure needs the decoder, or if the number of measures includes it. */
static bool look_for_reconstruction(void *user, const char *measure, int done, int total)
{
    bool *found = user;
    *found = *found || strcmp(measure, "reconstruction") == 0 || total != 5 || done >= total;
    return true;
}

static void without_a_decoder_its_measure_is_left_out(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_evaluate_params params = {.pairs = 64, .points = 64};
    struct lb_evaluation out = {0};
    struct lb_run run;
    bool found = false;
    open_identity(fixture, &run, "sphere-points", 1.0f);
    run.params.epsilon = 0.5;
    lb_network_destroy(&run.decoder);
    require_ok(fixture, lb_run_evaluate(&run, &params, look_for_reconstruction, &found, &out));
    assert_false(found);
    for (size_t i = 0; i < lb_evaluation_number_count(); i++) {
        const struct lb_number_info info = lb_evaluation_number_at(i);
        const struct lb_estimate value = lb_evaluation_number(&out, i);
        const bool unknown = (info.needs & LB_NEEDS_DECODER) != 0 ||
                             strncmp(info.key, "attainable", 10) == 0; // E* is more informative
        if (isnan(value.mean) != unknown || isnan(value.standard_error) == info.has_error) {
            fail_msg("%s is %g +- %g", info.key, value.mean, value.standard_error);
        }
    }
    lb_evaluation_free(&out);
    close_identity(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_cases),
        cmocka_unit_test(correlations_are_those_of_plain_loops),
        cmocka_unit_test(neighbours_on_a_line),
        cmocka_unit_test(neighbourhoods_are_those_of_plain_loops),
        cmocka_unit_test(the_identity_of_the_sphere),
        cmocka_unit_test(reconstruction_by_a_known_decoder),
        cmocka_unit_test(without_a_decoder_its_measure_is_left_out),
    };
    return cmocka_run_group_tests_name("distances", tests, open_device_fixture,
                                       close_device_fixture);
}
