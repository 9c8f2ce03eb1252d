/* Settings: text and back, ranges, and naming the difference between two runs. */
#include "settings_support.h"

#include <lowbend/dataset.h>

#include "base/text.h"
#include "run/config.h"

static void set_gives_what_get_returns(void **state)
{
    const struct device_fixture *fixture = *state;
    check_near("settings", 0, (double)lb_setting_count(), LB_COUNT(others), 0.0);
    for (size_t i = 0; i < LB_COUNT(others); i++) {
        struct lb_train_params params;
        char text[LB_PATH_BYTES];
        char again[LB_PATH_BYTES];
        const char *wanted = others[i].value != NULL ? others[i].value : "1";
        const struct lb_setting_info info = lb_setting_at(i);
        assert_string_equal(info.name, others[i].name);
        assert_non_null(info.help);
        assert_int_equal(info.placeholder == NULL, others[i].value == NULL);
        lb_train_params_default(&params);
        assert_int_equal(lb_train_params_get(&params, info.name, text, sizeof text), LB_OK);
        assert_string_not_equal(text, wanted);
        require_ok(fixture, lb_train_params_set(fixture->ctx, &params, info.name, others[i].value));
        assert_int_equal(lb_train_params_get(&params, info.name, again, sizeof again), LB_OK);
        assert_string_equal(again, wanted);
        /* Sets the default again, except for flags, which cannot be unset, and for defaults that
           depend on other settings. */
        if (others[i].value != NULL && strcmp(text, "-1") != 0 && is_stored(info.name)) {
            require_ok(fixture, lb_train_params_set(fixture->ctx, &params, info.name, text));
            struct lb_train_params fresh;
            lb_train_params_default(&fresh);
            check_same(fixture, &params, &fresh);
        }
    }
}

static void unknown_settings_are_not_found(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    char text[8];
    lb_train_params_default(&params);
    require_error(fixture, lb_train_params_set(fixture->ctx, &params, "size ", "8"),
                  LB_ERR_NOT_FOUND, "size ");
    assert_int_equal(lb_train_params_get(&params, "", text, sizeof text), LB_ERR_NOT_FOUND);
    /* Longer texts are truncated. */
    assert_int_equal(lb_train_params_get(&params, "hidden", text, sizeof text), LB_OK);
    assert_string_equal(text, "512,512");
}

static void values_out_of_range_are_refused(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        const char *text;
    } cases[] = {
        {"size", "-1", "--size '-1': must be an integer of at least 0 and at most 1024"},
        {"size", "1025", "at most 1024"},
        {"size", "8.5", "an integer"},
        {"size", "", "an integer"},
        {"size", " 8", "an integer"},
        {"size", "\t8", "an integer"},
        {"size", "8 ", "an integer"},
        {"size", "0x10", "an integer"},
        {"size", "99999999999999999999", "an integer"},
        {"cap", "90.001", "at most 90"},
        {"cap", "-0.001", "at least 0"},
        {"epsilon", "0", "above 0"},
        {"epsilon", "-0.3", "above 0"},
        {"epsilon", "nan", "must be a number"},
        {"epsilon", "inf", "must be a number"},
        {"epsilon", "1e400", "must be a number"},
        {"epsilon", "0.3x", "must be a number"},
        {"epsilon", "0,3", "must be a number"},
        {"epsilon", "", "must be a number"},
        {"epsilon", "0x1p-2", "must be a number"},
        {"min-distance", "-0.1", "at least 0"},
        {"samples", "1", "must be `fresh` or an integer from 2 to 131072"},
        {"samples", "0", "`fresh`"},
        {"samples", "131073", "`fresh`"},
        {"samples", "Fresh", "`fresh`"},
        {"samples", "", "`fresh`"},
        {"held-out", "0", "above 0"},
        {"held-out", "0.91", "at most 0.9"},
        {"lambda", "-1e-9", "at least 0"},
        {"c", "1e4", "at most 1000"},
        {"latent", "0", "at least 1"},
        {"latent", "4097", "at most 4096"},
        {"hidden", "", "token 1, '': is empty"},
        {"hidden", "512,", "token 2, '': is empty (write one layer between commas)"},
        {"hidden", ",512", "token 1, '': is empty"},
        {"hidden", "512,,512", "token 2, '': is empty"},
        {"hidden", "512,0", "token 2, '0': units, channels, rows and columns must be from 1 to"},
        {"hidden", "512, 5", "token 2, ' 5': has a space"},
        {"hidden", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "at most 30"},
        {"activation", "swish", "linear"},
        {"activation", "", "linear"},
        {"activation", "ELU", "linear"},
        {"output-activation", "tanh", "sigmoid"},
        {"output-activation", "", "sigmoid"},
        {"pairs", "0", "at least 1"},
        {"pairs", "1048577", "at most 1048576"},
        {"steps", "-1", "at least 0"},
        {"decoder-steps", "1000000001", "at most 1000000000"},
        {"lr", "0", "above 0"},
        {"lr", "1001", "at most 1000"},
        {"decoder-lr", "0", "above 0"},
        {"epsilon-start", "-1", "at least 0"},
        {"epsilon-share", "0", "above 0"},
        {"epsilon-share", "1.1", "at most 1"},
        {"strategy", "chains", "ball|chain"},
        {"cross-weight", "-1", "at least 0"},
        {"schedule", "step", "cosine"},
        {"warmup", "-1", "at least 0"},
        {"optimizer", "sgd", "adamw"},
        {"muon-lr", "0", "above 0"},
        {"muon-steps", "0", "at least 1"},
        {"clip", "-1", "at least 0"},
        {"average", "1.1", "at most 1"},
        {"weight-decay", "-1", "at least 0"},
        {"reconstruction-weight", "0", "above 0"},
        {"gemm", "openblas", "clblast"},
        {"log-every", "0", "at least 1"},
        {"checkpoint-every", "-1", "at least 0"},
        {"seed", "-1", "from 0 to 2^63 - 1"},
        {"seed", "9223372036854775808", "from 0 to 2^63 - 1"},
        {"seed", "1.5", "from 0 to 2^63 - 1"},
        {"seed", "", "from 0 to 2^63 - 1"},
        {"dataset", "", "1 to 1023 characters"},
        {"dataset", NULL, "needs a value"},
        {"joint", "1", "takes no value"},
    };
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_train_params params;
        struct lb_train_params fresh;
        char name[64];
        lb_train_params_default(&params);
        lb_train_params_default(&fresh);
        const enum lb_status status =
            lb_train_params_set(fixture->ctx, &params, cases[i].name, cases[i].value);
        if (status == LB_OK) {
            fail_msg("--%s '%s' is allowed", cases[i].name, cases[i].value);
        }
        require_error(fixture, status, LB_ERR_ARGUMENT, cases[i].text);
        snprintf(name, sizeof name, "--%s", cases[i].name);
        require_error(fixture, status, LB_ERR_ARGUMENT, name);
        check_same(fixture, &params, &fresh);
    }
}

static void too_long_a_dataset_is_refused(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    char path[LB_PATH_BYTES + 1];
    memset(path, 'x', sizeof path);
    lb_train_params_default(&params);
    path[LB_PATH_BYTES] = '\0';
    require_error(fixture, lb_train_params_set(fixture->ctx, &params, "dataset", path),
                  LB_ERR_ARGUMENT, "--dataset");
    path[LB_PATH_BYTES - 1] = '\0';
    require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "dataset", path));
    assert_string_equal(params.dataset, path);
}

/* ---- config.json ----------------------------------------------------------------------------- */

static void compare_names_the_setting(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(others); i++) {
        struct lb_train_params before;
        struct lb_train_params now;
        char name[64];
        lb_train_params_default(&before);
        lb_train_params_default(&now);
        if (!is_stored(others[i].name)) {
            continue;
        }
        require_ok(fixture,
                   lb_train_params_set(fixture->ctx, &now, others[i].name, others[i].value));
        snprintf(name, sizeof name, "--%s", others[i].name);
        require_error(fixture, lb_settings_compare(fixture->ctx, &now, &before, "runs/a"),
                      LB_ERR_ARGUMENT, name);
        require_error(fixture, LB_ERR_ARGUMENT, LB_ERR_ARGUMENT, "runs/a");
        require_ok(fixture, lb_settings_compare(fixture->ctx, &before, &before, "runs/a"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_gives_what_get_returns),
        cmocka_unit_test(unknown_settings_are_not_found),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(too_long_a_dataset_is_refused),
        cmocka_unit_test(compare_names_the_setting),
    };
    return cmocka_run_group_tests_name("settings", tests, open_context_fixture,
                                       close_context_fixture);
}
