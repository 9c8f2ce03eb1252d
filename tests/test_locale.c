/* Numbers and letters in users' locales: a comma, a two-byte decimal point, Turkish. */
#include "support.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/train.h>

#include "base/ascii.h"
#include "base/json.h"
#include "base/number.h"
#include "base/text.h"
#include "draw/canvas_text.h"

static const char *const commas[] = {"de_DE", "ps_AF"};

/* ---- locales made by the test, because few machines have them -------------------------------- */

static int make_locales(void **state)
{
    static const char *const names[] = {"de_DE", "ps_AF", "tr_TR"};
    char *folder = make_folder();
    *state = folder;
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        char command[1024];
        snprintf(command, sizeof command, "localedef -i %s -f UTF-8 '%s/%s.UTF-8'", names[i],
                 folder, names[i]);
        if (system(command) != 0) { // NOLINT(cert-env33-c)
            fprintf(stderr, "%s failed (install the package locales)\n", command);
            return -1;
        }
    }
    return setenv("LOCPATH", folder, 1);
}

static int remove_locales(void **state)
{
    char command[1024];
    snprintf(command, sizeof command, "rm -r '%s'", (char *)*state);
    free(*state);
    return system(command); // NOLINT(cert-env33-c)
}

static void use_locale(const char *name)
{
    char whole[32];
    snprintf(whole, sizeof whole, "%s.UTF-8", name);
    assert_non_null(setlocale(LC_ALL, whole));
}

static int back_to_c(void **state)
{
    (void)state;
    return setlocale(LC_ALL, "C") == NULL;
}

/* Whether numbers printed by this thread have the locale's decimal point. */
static bool has_comma(void)
{
    char text[16];
    snprintf(text, sizeof text, "%.1f", 0.5);
    return strcmp(text, "0.5") != 0;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Numbers of every size; their texts must equal those of the C locale. */
static double value_at(size_t i)
{
    return ldexp((double)draw(3, i), (int)(i % 200) - 100);
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

enum { VALUES = 2000, BYTES = 96 };

static void numbers_have_a_point(void **state)
{
    (void)state;
    static char wanted[VALUES][BYTES];
    for (size_t i = 0; i < VALUES; i++) {
        snprintf(wanted[i], BYTES, "%.17g %.4f %.9e", value_at(i), value_at(i), value_at(i));
    }
    for (size_t l = 0; l < LB_COUNT(commas); l++) {
        use_locale(commas[l]);
        assert_true(has_comma());
        for (size_t i = 0; i < VALUES; i++) {
            char text[BYTES];
            char *end;
            const int length = lb_format(text, sizeof text, "%.17g %.4f %.9e", value_at(i),
                                         value_at(i), value_at(i));
            assert_string_equal(text, wanted[i]);
            assert_int_equal(length, (int)strlen(text));
            assert_true(same_bits(lb_number_read(text, &end), value_at(i)));
            assert_int_equal(*end, ' ');
        }
        assert_true(has_comma()); // the thread's locale is unchanged
    }
}

static void a_comma_ends_a_number(void **state)
{
    (void)state;
    static const char text[] = "0,5";
    char *end;
    use_locale("de_DE");
    assert_true(same_bits(lb_number_read(text, &end), 0.0));
    assert_ptr_equal(end, text + 1);
    assert_true(same_bits(lb_number_read("x", &end), 0.0));
    assert_int_equal(*end, 'x');
}

/* A thread that reads and writes numbers while the process has the user's locale. */
struct worker {
    pthread_t thread;
    size_t first;
    bool right;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    for (size_t i = worker->first; i < worker->first + VALUES && worker->right; i++) {
        char text[BYTES];
        lb_format(text, sizeof text, "%.17g", value_at(i));
        worker->right = strchr(text, ',') == NULL && has_comma() &&
                        same_bits(lb_number_read(text, NULL), value_at(i));
    }
    return NULL;
}

static void threads_do_not_meet(void **state)
{
    (void)state;
    struct worker workers[2] = {{.first = 0, .right = true}, {.first = VALUES, .right = true}};
    use_locale("de_DE");
    for (size_t i = 0; i < LB_COUNT(workers); i++) {
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < LB_COUNT(workers); i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        assert_true(workers[i].right);
    }
}

/* ---- functions built on them ----------------------------------------------------------------- */

static void keep(void *user, enum lb_log_level level, const char *text)
{
    (void)level;
    snprintf(user, BYTES, "%s", text);
}

static void texts_and_messages_have_a_point(void **state)
{
    (void)state;
    char logged[BYTES] = "";
    struct lb_context *ctx = NULL;
    const struct lb_context_params params = {.log = keep, .log_user = logged};
    assert_int_equal(lb_context_create(&ctx, &params), LB_OK);
    for (size_t l = 0; l < LB_COUNT(commas); l++) {
        use_locale(commas[l]);
        struct lb_text text = {0};
        lb_text_addf(&text, "%.9g,%.3f", 0.125, 1.5);
        assert_string_equal(text.data, "0.125,1.500");
        lb_text_free(&text);
        lb_fail(ctx, LB_ERR_ARGUMENT, "cap of %g degrees", 40.5);
        assert_string_equal(lb_context_error(ctx), "cap of 40.5 degrees");
        lb_log(ctx, LB_LOG_INFO, "%.1f MiB", 2.5);
        assert_string_equal(logged, "2.5 MiB");
        assert_string_equal(lb_label_number(0.25, 3).text, "0.25");
    }
    lb_context_destroy(&ctx);
}

static void settings_have_a_point(void **state)
{
    (void)state;
    struct lb_train_params params;
    struct lb_context *ctx = NULL;
    char value[BYTES];
    assert_int_equal(lb_context_create(&ctx, NULL), LB_OK);
    lb_train_params_default(&params);
    for (size_t l = 0; l < LB_COUNT(commas); l++) {
        use_locale(commas[l]);
        assert_int_equal(lb_train_params_set(ctx, &params, "epsilon", "0.75"), LB_OK);
        assert_true(same_bits(params.epsilon, 0.75));
        assert_int_equal(lb_train_params_get(&params, "epsilon", value, sizeof value), LB_OK);
        assert_string_equal(value, "0.75");
        assert_int_equal(lb_train_params_set(ctx, &params, "epsilon", "0,75"), LB_ERR_ARGUMENT);
    }
    lb_context_destroy(&ctx);
}

static void json_has_a_point(void **state)
{
    (void)state;
    static const char text[] = "[0.125, -1.5e-7, 3]";
    struct lb_context *ctx = NULL;
    assert_int_equal(lb_context_create(&ctx, NULL), LB_OK);
    for (size_t l = 0; l < LB_COUNT(commas); l++) {
        use_locale(commas[l]);
        json_error_t error;
        json_t *array = NULL;
        assert_int_equal(lb_json_parse(&array, ctx, "text", text, strlen(text), &error), LB_OK);
        assert_true(same_bits(json_real_value(json_array_get(array, 0)), 0.125));
        assert_true(same_bits(json_real_value(json_array_get(array, 1)), -1.5e-7));
        char *printed = lb_json_print(array, 0);
        assert_string_equal(printed, "[0.125, -1.4999999999999999e-7, 3]");
        free(printed);
        json_decref(array);
        assert_true(has_comma());
    }
    lb_context_destroy(&ctx);
}

/* ---- letters --------------------------------------------------------------------------------- */

static void letters_are_ascii(void **state)
{
    (void)state;
    use_locale("tr_TR");
    assert_int_not_equal(tolower('I'), 'i'); // Turkish has two letters i
    assert_true(lb_equal_any_case("INTEL", "intel"));
    assert_true(lb_equal_any_case("", ""));
    assert_false(lb_equal_any_case("intel", "inte"));
    assert_false(lb_equal_any_case("inte", "intel"));
    assert_true(lb_starts_with_any_case("Intel(R)", "INTEL"));
    assert_true(lb_starts_with_any_case("x", ""));
    assert_false(lb_starts_with_any_case("int", "intel"));
}

/* Like <ctype.h> in the C locale. */
static void classes_are_ascii(void **state)
{
    (void)state;
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    for (int i = -128; i < 128; i++) {
        const char c = (char)i;
        const bool digit = i != 0 && strchr("0123456789", c) != NULL;
        assert_int_equal(lb_is_digit(c), digit);
        assert_int_equal(lb_is_space(c), i != 0 && strchr(" \t\n\v\f\r", c) != NULL);
        assert_int_equal(lb_is_word(c), digit || (i != 0 && strchr(letters, c) != NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(numbers_have_a_point, back_to_c),
        cmocka_unit_test_teardown(a_comma_ends_a_number, back_to_c),
        cmocka_unit_test_teardown(threads_do_not_meet, back_to_c),
        cmocka_unit_test_teardown(texts_and_messages_have_a_point, back_to_c),
        cmocka_unit_test_teardown(settings_have_a_point, back_to_c),
        cmocka_unit_test_teardown(json_has_a_point, back_to_c),
        cmocka_unit_test_teardown(letters_are_ascii, back_to_c),
        cmocka_unit_test(classes_are_ascii),
    };
    return cmocka_run_group_tests_name("locale", tests, make_locales, remove_locales);
}
