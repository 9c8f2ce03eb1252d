/* eval.json and the list of metrics: written values are read back, each from its own key. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "eval/evaluation_json.h"
#include "eval/measure.h"

static int setup(void **state)
{
    struct lb_context *ctx = NULL;
    const enum lb_status status = lb_context_create(&ctx, NULL);
    *state = ctx;
    return status;
}

static int teardown(void **state)
{
    struct lb_context *ctx = *state;
    lb_context_destroy(&ctx);
    return 0;
}

static double value_of(size_t i)
{
    return 1.0 + 0.37 * (double)i;
}

/** Numbers that all differ; each error is a tenth of its number. */
static void fill(const struct lb_number_row *row, void *to, size_t i)
{
    lb_number_set(row, to, (struct lb_estimate){value_of(i), 0.1 * value_of(i)});
}

static void check(const char *key, bool has_error, struct lb_estimate found, size_t i)
{
    if (fabs(found.mean - value_of(i)) > 1e-12 ||
        (has_error ? fabs(found.standard_error - 0.1 * value_of(i)) > 1e-12
                   : !isnan(found.standard_error))) {
        fail_msg("%s is %g +- %g instead of %g", key, found.mean, found.standard_error,
                 value_of(i));
    }
}

static void every_number_comes_back(void **state)
{
    enum { DISTANCES = 2, SHARES = 3 };
    struct lb_context *ctx = *state;
    char *folder = make_folder();
    struct lb_run run = {.ctx = ctx, .path = folder};
    struct lb_interpolation_errors errors[DISTANCES];
    double shares[SHARES] = {0.5, 0.3, (double)NAN};
    struct lb_evaluation written = {.interpolation = errors,
                                    .interpolation_count = DISTANCES,
                                    .pca_variance = shares,
                                    .pca_count = SHARES};
    struct lb_evaluation out;
    const size_t n = lb_evaluation_number_count();
    const size_t m = lb_interpolation_number_count();
    for (size_t i = 0; i < n; i++) {
        fill(lb_measure_row(i, NULL), &written, i);
    }
    for (size_t i = 0; i < DISTANCES * m; i++) {
        fill(&lb_interpolation_rows[i % m], &errors[i / m], i);
    }
    assert_int_equal(lb_run_write_evaluation(&run, &written), LB_OK);
    assert_int_equal(lb_run_read_evaluation(&run, &out), LB_OK);
    for (size_t i = 0; i < n; i++) {
        const struct lb_number_info info = lb_evaluation_number_at(i);
        check(info.key, info.has_error, lb_evaluation_number(&out, i), i);
    }
    assert_int_equal(out.interpolation_count, DISTANCES);
    for (size_t i = 0; i < DISTANCES * m; i++) {
        const struct lb_number_info info = lb_interpolation_number_at(i % m);
        check(info.key, info.has_error, lb_interpolation_number(&out.interpolation[i / m], i % m),
              i);
    }
    assert_int_equal(out.pca_count, SHARES);
    assert_true(fabs(out.pca_variance[1] - 0.3) < 1e-12 && isnan(out.pca_variance[2]));
    lb_evaluation_free(&out);
    remove_folder(folder);
}

/** Two rows with the same key or the same place would hide a number. */
static void no_two_numbers_are_one(void **state)
{
    (void)state;
    const size_t n = lb_evaluation_number_count();
    for (size_t i = 0; i < n; i++) {
        const struct lb_number_info info = lb_evaluation_number_at(i);
        assert_true(info.name != NULL && info.help[0] != '\0' && info.measure != NULL);
        for (size_t j = 0; j < i; j++) {
            if (strcmp(info.key, lb_evaluation_number_at(j).key) == 0 ||
                strcmp(info.name, lb_evaluation_number_at(j).name) == 0 ||
                lb_measure_row(i, NULL)->offset == lb_measure_row(j, NULL)->offset) {
                fail_msg("%s is %s", info.key, lb_evaluation_number_at(j).key);
            }
        }
    }
}

/** Numbers missing from a file are unknown. */
static void missing_keys_are_unknown(void **state)
{
    struct lb_context *ctx = *state;
    char *folder = make_folder();
    char *path = lb_path_join(folder, "eval.json");
    struct lb_run run = {.ctx = ctx, .path = folder};
    struct lb_evaluation out;
    assert_non_null(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"E\": 2, \"psnr\": null, \"interpolation\": [{\"d\": 1}], \"new\": 3}", file);
    fclose(file);
    assert_int_equal(lb_run_read_evaluation(&run, &out), LB_OK);
    for (size_t i = 0; i < lb_evaluation_number_count(); i++) {
        const struct lb_estimate found = lb_evaluation_number(&out, i);
        assert_true(i == 0 ? found.mean > 1.9 : isnan(found.mean));
        assert_true(isnan(found.standard_error));
    }
    assert_int_equal(out.interpolation_count, 1);
    assert_true(isnan(out.interpolation[0].latent_gap.mean));
    lb_evaluation_free(&out);
    free(path);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_comes_back),
        cmocka_unit_test(no_two_numbers_are_one),
        cmocka_unit_test(missing_keys_are_unknown),
    };
    return cmocka_run_group_tests_name("evaluation_json", tests, setup, teardown);
}
