/* ABI that existing programs rely on: see the head of lowbend.h. */
#include "support.h"

#include <string.h>

#include <lowbend/lowbend.h>

#define ROW(name, bytes)                                                                           \
    {                                                                                              \
#name, sizeof(struct name), bytes                                                          \
    }

/* For pointers of 8 bytes. A new field replaces `reserved` words, so no size changes; each new
 * struct needs a row here. */
static void structs_keep_their_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t bytes;
        size_t wanted;
    } rows[] = {
        ROW(lb_bench, 6744),
        ROW(lb_bench_kernel, 136),
        ROW(lb_bench_params, 64),
        ROW(lb_context_params, 88),
        ROW(lb_converge_level, 104),
        ROW(lb_converge_params, 120),
        ROW(lb_convergence, 3448),
        ROW(lb_dataset_info, 288),
        ROW(lb_dataset_params, 160),
        ROW(lb_device_info, 832),
        ROW(lb_estimate, 16),
        ROW(lb_evaluate_params, 88),
        ROW(lb_evaluation, 544),
        ROW(lb_image_options, 64),
        ROW(lb_image_pairs, 216),
        ROW(lb_image_pairs_params, 176),
        ROW(lb_interpolation_errors, 136),
        ROW(lb_interpolation_params, 96),
        ROW(lb_key_frames, 16),
        ROW(lb_latent_line, 80),
        ROW(lb_latent_path_params, 160),
        ROW(lb_means, 144),
        ROW(lb_metadata, 16),
        ROW(lb_minimum, 24),
        ROW(lb_named_number, 16),
        ROW(lb_pairs, 120),
        ROW(lb_pairs_params, 88),
        ROW(lb_report_params, 192),
        ROW(lb_run_file_info, 16),
        ROW(lb_run_files, 64),
        ROW(lb_run_result, 56),
        ROW(lb_setting_info, 56),
        ROW(lb_sheet_params, 64),
        ROW(lb_source_path, 16),
        ROW(lb_tensor, 88),
        ROW(lb_train_control, 160),
        ROW(lb_train_params, 3120),
        ROW(lb_trainer_state, 56),
        ROW(lb_tuned, 1128),
    };
    if (sizeof(void *) != 8) {
        skip();
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].bytes != rows[i].wanted) {
            fail_msg("struct %s has %zu bytes, expected %zu: take them from its reserved words",
                     rows[i].name, rows[i].bytes, rows[i].wanted);
        }
    }
}

/* Words reserved for later versions are 0 in structs that the library fills in. */
static void defaults_reserve_zeros(void **state)
{
    (void)state;
    struct lb_train_params params;
    memset(&params, 0xff, sizeof params);
    lb_train_params_default(&params);
    for (size_t i = 0; i < sizeof params.reserved / sizeof params.reserved[0]; i++) {
        assert_int_equal(params.reserved[i], 0);
    }
}

static void version_is_that_of_the_headers(void **state)
{
    (void)state;
    assert_int_equal(lb_api_version(), LB_API_VERSION);
    assert_true(LB_API_VERSION >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structs_keep_their_sizes),
        cmocka_unit_test(defaults_reserve_zeros),
        cmocka_unit_test(version_is_that_of_the_headers),
    };
    return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
