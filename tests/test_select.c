/* Device selection on simulated machines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "device/select.h"

static void check_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, text);
    }
}

#define ROW(platform_, selector_, name_, vendor_, type_, integrated_, units_)                      \
    {                                                                                              \
        .selector = selector_, .name = name_, .vendor = vendor_, .platform = platform_,            \
        .version = "OpenCL 3.0", .driver = "1", .type = type_, .integrated = integrated_,          \
        .usable = true, .compute_units = units_, .clock_mhz = 1000,                                \
    }

/** A workstation with all kinds of devices, slow ones first. */
static const struct lb_device_info workstation[] = {
    ROW("PoCL", "0:0", "pthread-Big CPU", "GenuineIntel", LB_DEVICE_CPU, true, 128),
    ROW("Intel FPGA", "1:0", "FPGA Emulation Device", "Intel", LB_DEVICE_ACCELERATOR, true, 999),
    ROW("Intel OpenCL", "2:0", "Iris Xe", "Intel(R) Corporation", LB_DEVICE_GPU, true, 96),
    ROW("CUDA", "3:0", "RTX A", "NVIDIA Corporation", LB_DEVICE_GPU, false, 20),
    ROW("CUDA", "3:1", "RTX B", "NVIDIA Corporation", LB_DEVICE_GPU, false, 80),
    ROW("Other", "4:0", "Sigma Card", "Sigma", LB_DEVICE_ACCELERATOR, false, 8),
};

/** Selects a device and returns its selector; "" on failure. */
static const char *choose(struct lb_context *ctx, const struct lb_device_info *list, size_t n,
                          const char *selector)
{
    size_t chosen = SIZE_MAX;
    const enum lb_status status = lb_device_select(ctx, list, n, selector, &chosen);
    if (status == LB_OK) {
        assert_uint_in_range(chosen, 0, n - 1);
        return list[chosen].selector;
    }
    assert_int_equal(status, LB_ERR_DEVICE);
    return "";
}

/* Ranks take turns among all devices that match a selector. */
static void selectors_list(void **state)
{
    static const struct {
        const char *selector;
        const char *chosen; // starting with the choice of a single process
    } rows[] = {
        {NULL, "3:1 3:0"},        {"auto", "3:1 3:0"}, {"gpu", "3:1 3:0"}, {"cpu", "0:0"},
        {"accelerator", "4:0"},   {"3", "3:0"},        {"2:0", "2:0"},     {"rtx", "3:0 3:1"},
        {"Intel", "0:0 1:0 2:0"}, {"nonsense", ""},    {"9", ""},
    };
    struct lb_context *ctx = *state;
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        size_t out[LB_COUNT(workstation)];
        size_t chosen = 0;
        char text[64] = "";
        const enum lb_status status = lb_device_select_all(ctx, workstation, LB_COUNT(workstation),
                                                           rows[i].selector, out, &chosen);
        assert_int_equal(status, rows[i].chosen[0] != '\0' ? LB_OK : LB_ERR_DEVICE);
        for (size_t k = 0; k < chosen; k++) {
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", k > 0 ? " " : "",
                     workstation[out[k]].selector);
        }
        assert_string_equal(text, rows[i].chosen);
    }
}

static void selectors_choose(void **state)
{
    static const struct {
        const char *selector;
        const char *chosen;
    } rows[] = {
        {NULL, "3:1"},         {"", "3:1"},     {"auto", "3:1"},         {"AUTO", "3:1"},
        {"gpu", "3:1"},        {"GPU", "3:1"},  {"cpu", "0:0"},          {"accelerator", "4:0"},
        {"0", "0:0"},          {"05", "4:0"},   {"3:0", "3:0"},          {"03:1", "3:1"},
        {"rtx b", "3:1"},      {"IRIS", "2:0"}, {"cuda / rtx a", "3:0"}, {"sigma", "4:0"},
        {"b / nvidia", "3:1"}, {"big", "0:0"},
    };
    struct lb_context *ctx = *state;
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        const char *chosen = choose(ctx, workstation, LB_COUNT(workstation), rows[i].selector);
        if (strcmp(chosen, rows[i].chosen) != 0) {
            fail_msg("\"%s\" chose \"%s\", expected \"%s\" (%s)",
                     rows[i].selector != NULL ? rows[i].selector : "NULL", chosen, rows[i].chosen,
                     lb_context_error(ctx));
        }
    }
}

static void wrong_selectors_list_the_candidates(void **state)
{
    struct lb_context *ctx = *state;
    static const char *const wrong[] = {
        "6",
        "99999999999999999999999",
        "9:9",
        "3:2",
        "3:99999999999999999999",
        "riva",
        "3:",
        ":1",
        "-1",
        "RTX A B",
    };
    for (size_t i = 0; i < LB_COUNT(wrong); i++) {
        assert_string_equal(choose(ctx, workstation, LB_COUNT(workstation), wrong[i]), "");
        check_contains(lb_context_error(ctx), wrong[i]);
        check_contains(lb_context_error(ctx), "3:1 = CUDA / RTX B [gpu]");
        check_contains(lb_context_error(ctx), "0:0 = PoCL / pthread-Big CPU [cpu]");
    }
}

static void ambiguous_text_lists_only_what_matches(void **state)
{
    struct lb_context *ctx = *state;
    assert_string_equal(choose(ctx, workstation, LB_COUNT(workstation), "rtx"), "");
    const char *error = lb_context_error(ctx);
    check_contains(error, "more than one device matches");
    check_contains(error, "3:0 = CUDA / RTX A");
    check_contains(error, "3:1 = CUDA / RTX B");
    assert_null(strstr(error, "Iris"));
}

static void auto_goes_down_the_classes(void **state)
{
    struct lb_context *ctx = *state;
    static const char *const order[] = {"3:1", "3:0", "2:0", "4:0", "0:0", "1:0"};
    struct lb_device_info list[LB_COUNT(workstation)];
    memcpy(list, workstation, sizeof list);
    for (size_t i = 0; i < LB_COUNT(order); i++) {
        const char *chosen = choose(ctx, list, LB_COUNT(list), "auto");
        if (strcmp(chosen, order[i]) != 0) {
            fail_msg("place %zu: \"%s\", expected \"%s\"", i, chosen, order[i]);
        }
        for (size_t j = 0; j < LB_COUNT(list); j++) {
            list[j].usable = list[j].usable && strcmp(list[j].selector, chosen) != 0;
        }
    }
    assert_string_equal(choose(ctx, list, LB_COUNT(list), "auto"), "");
    check_contains(lb_context_error(ctx), "not usable");
    assert_string_equal(choose(ctx, list, LB_COUNT(list), "gpu"), "");
    assert_string_equal(choose(ctx, list, LB_COUNT(list), "3:1"), "");
    assert_string_equal(choose(ctx, list, 0, "auto"), "");
}

static void auto_prefers_the_makers_driver(void **state)
{
    struct lb_context *ctx = *state;
    struct lb_device_info list[] = {
        ROW("rusticl", "0:0", "AMD Radeon (radeonsi)", "AMD", LB_DEVICE_GPU, false, 60),
        ROW("AMD Accelerated Parallel Processing", "1:0", "gfx1030", "Advanced Micro Devices, Inc.",
            LB_DEVICE_GPU, false, 30),
        ROW("rusticl", "0:1", "Mesa Iris", "Intel", LB_DEVICE_GPU, true, 500),
    };
    assert_string_equal(choose(ctx, list, LB_COUNT(list), "auto"), "1:0");
    assert_string_equal(choose(ctx, list, LB_COUNT(list), "radeonsi"), "0:0");
    list[1].usable = false; // no other driver has the card, so use rusticl
    assert_string_equal(choose(ctx, list, LB_COUNT(list), "auto"), "0:0");
}

static void outdated_drivers_run_only_when_named(void **state)
{
    struct lb_context *ctx = *state;
    struct lb_device_info list[] = {
        ROW("Clover", "0:0", "AMD RX", "AMD", LB_DEVICE_GPU, false, 60),
        ROW("Intel Gen OCL Driver", "1:0", "HD Graphics", "Intel", LB_DEVICE_GPU, true, 20),
        ROW("Ancient", "2:0", "GT 8800", "NVIDIA", LB_DEVICE_GPU, false, 20),
        ROW("PoCL", "3:0", "cpu", "AuthenticAMD", LB_DEVICE_CPU, true, 2),
    };
    snprintf(list[2].version, sizeof list[2].version, "OpenCL 1.1 CUDA");
    for (size_t i = 0; i < LB_COUNT(list); i++) {
        list[i].outdated = lb_device_is_outdated(&list[i]);
        assert_int_equal(list[i].outdated, i < 3);
    }
    assert_string_equal(choose(ctx, list, LB_COUNT(list), "auto"), "3:0");
    assert_string_equal(choose(ctx, list, LB_COUNT(list), "0:0"), "0:0");
    assert_string_equal(choose(ctx, list, LB_COUNT(list), "gpu"), "");
    check_contains(lb_context_error(ctx), "[gpu, outdated driver]");
}

static void unknown_versions_are_not_outdated(void **state)
{
    (void)state;
    struct lb_device_info info = ROW("New", "0:0", "x", "y", LB_DEVICE_GPU, false, 1);
    snprintf(info.version, sizeof info.version, "unknown");
    assert_false(lb_device_is_outdated(&info));
    snprintf(info.version, sizeof info.version, "OpenCL 1.2 beignet 1.3");
    assert_true(lb_device_is_outdated(&info));
}

static int set_up(void **state)
{
    struct lb_context *ctx = NULL;
    assert_int_equal(lb_context_create(&ctx, NULL), LB_OK);
    *state = ctx;
    return 0;
}

static int tear_down(void **state)
{
    struct lb_context *ctx = *state;
    lb_context_destroy(&ctx);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selectors_choose),
        cmocka_unit_test(selectors_list),
        cmocka_unit_test(wrong_selectors_list_the_candidates),
        cmocka_unit_test(ambiguous_text_lists_only_what_matches),
        cmocka_unit_test(auto_goes_down_the_classes),
        cmocka_unit_test(auto_prefers_the_makers_driver),
        cmocka_unit_test(outdated_drivers_run_only_when_named),
        cmocka_unit_test(unknown_versions_are_not_outdated),
    };
    return cmocka_run_group_tests_name("select", tests, set_up, tear_down);
}
