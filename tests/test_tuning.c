/* Cached tuning results of a device, and the choice of a back end. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "gemm/choose.h"
#include "gemm/search.h"
#include "gemm/tuning.h"
#include "support.h"

static const struct lb_tuning odd = {
    .fastest = LB_GEMM_CLBLAST,
    .clblast = {.direct_set = true,
                .direct = {2, 8, 8, 8, 8, 0, 1, 1, 1, 16},
                .indirect_set = true,
                .indirect = {0, 1, 16, 2, 8, 8, 64, 8, 8, 32, 1, 0, 0, 0, 4, 2},
                .min_indirect = 384},
};

/* Without compiled programs, which some drivers' would be in it too. */
static char *use_new_folder(void)
{
    char *folder = make_folder();
    assert_int_equal(setenv("LOWBEND_PROGRAM_CACHE", "off", 1), 0);
    assert_int_equal(setenv("XDG_CACHE_HOME", folder, 1), 0);
    return folder;
}

static void clear_folder(char *folder, char *file)
{
    char path[512];
    snprintf(path, sizeof path, "%s/lowbend", folder);
    unlink(file);
    free(file);
    assert_int_equal(rmdir(path), 0); // checks that nothing else is left
    remove_folder(folder);
}

static void what_is_stored_is_loaded(void **state)
{
    const struct device_fixture *fixture = *state;
    char *file = NULL;
    char *folder = use_new_folder();
    const struct lb_tuning before = lb_tuning_load(fixture->device);
    assert_int_equal(before.fastest, LB_GEMM_AUTO);
    require_ok(fixture, lb_tuning_store(fixture->device, &odd, &file));
    assert_non_null(file);
    const struct lb_tuning after = lb_tuning_load(fixture->device);
    assert_int_equal(after.fastest, odd.fastest);
    assert_true(after.clblast.direct_set && after.clblast.indirect_set);
    assert_memory_equal(after.clblast.direct, odd.clblast.direct, sizeof odd.clblast.direct);
    assert_memory_equal(after.clblast.indirect, odd.clblast.indirect, sizeof odd.clblast.indirect);
    assert_int_equal(after.clblast.min_indirect, 384);
    clear_folder(folder, file);
}

static void another_driver_is_another_file(void **state)
{
    const struct device_fixture *fixture = *state;
    char *file = NULL;
    char driver[sizeof fixture->device->info.driver];
    char *folder = use_new_folder();
    require_ok(fixture, lb_tuning_store(fixture->device, &odd, &file));
    memcpy(driver, fixture->device->info.driver, sizeof driver);
    strcpy(fixture->device->info.driver, "another");
    const struct lb_tuning other = lb_tuning_load(fixture->device);
    memcpy(fixture->device->info.driver, driver, sizeof driver);
    assert_int_equal(other.fastest, LB_GEMM_AUTO);
    clear_folder(folder, file);
}

/* A file truncated anywhere gives the default, never a part of its content. */
static void damage_is_ignored(void **state)
{
    const struct device_fixture *fixture = *state;
    char *file = NULL;
    char *text = NULL;
    size_t size = 0;
    char *folder = use_new_folder();
    require_ok(fixture, lb_tuning_store(fixture->device, &odd, &file));
    require_ok(fixture, lb_file_read(fixture->ctx, file, &text, &size));
    const struct lb_tuning normal = lb_tuning_default(fixture->device);
    for (size_t length = 0; length < size; length++) {
        require_ok(fixture, lb_file_write(fixture->ctx, file, text, length));
        const struct lb_tuning found = lb_tuning_load(fixture->device);
        assert_int_equal(found.fastest, normal.fastest);
        assert_int_equal(found.clblast.min_indirect, normal.clblast.min_indirect);
    }
    free(text);
    clear_folder(folder, file);
}

static void no_folder_keeps_nothing(void **state)
{
    const struct device_fixture *fixture = *state;
    char *file = NULL;
    const char *old = getenv("HOME");
    char *home = old != NULL ? strdup(old) : NULL;
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    require_ok(fixture, lb_tuning_store(fixture->device, &odd, &file));
    assert_null(file);
    assert_int_equal(lb_tuning_load(fixture->device).fastest, LB_GEMM_AUTO);
    if (home != NULL) {
        setenv("HOME", home, 1);
    }
    free(home);
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    const struct device_fixture *fixture = *state;
    char *file = NULL;
    setenv("XDG_CACHE_HOME", "/dev/null/cache", 1);
    require_error(fixture, lb_tuning_store(fixture->device, &odd, &file), LB_ERR_IO,
                  "/dev/null/cache/lowbend");
    require_error(fixture, lb_tuning_store(fixture->device, &odd, &file), LB_ERR_IO,
                  "set XDG_CACHE_HOME");
    assert_null(file);
}

static void the_choice_is_measured_once(void **state)
{
    const struct device_fixture *fixture = *state;
    char *file = NULL;
    enum lb_gemm_kind kind = LB_GEMM_AUTO;
    char *folder = use_new_folder();
    /* A CPU device is never measured, and no file is written. */
    require_ok(fixture, lb_gemm_choose(fixture->device, LB_GEMM_AUTO, &kind));
    assert_int_equal(kind, LB_GEMM_PANEL);
    assert_true(lb_folder_empty(folder));
    if (!lb_gemm_is_built(LB_GEMM_CLBLAST)) {
        remove_folder(folder);
        return;
    }
    /* Measures as if the device were not a CPU. */
    require_ok(fixture, lb_gemm_measure_fastest(fixture->device, &kind));
    assert_true(kind == LB_GEMM_PANEL || kind == LB_GEMM_CLBLAST);
    struct lb_tuning kept = lb_tuning_load(fixture->device);
    assert_int_equal(kept.fastest, kind);
    /* The stored result is used: the second time nothing is measured. */
    kept.fastest = kind == LB_GEMM_PANEL ? LB_GEMM_CLBLAST : LB_GEMM_PANEL;
    require_ok(fixture, lb_tuning_store(fixture->device, &kept, &file));
    require_ok(fixture, lb_gemm_measure_fastest(fixture->device, &kind));
    assert_int_equal(kind, kept.fastest);
    require_ok(fixture, lb_gemm_choose(fixture->device, LB_GEMM_PANEL, &kind));
    assert_int_equal(kind, LB_GEMM_PANEL);
    clear_folder(folder, file);
}

static void count_warnings(void *user, enum lb_log_level level, const char *text)
{
    if (level == LB_LOG_WARNING && strstr(text, "built without CLBlast") != NULL) {
        ++*(int *)user;
    }
}

/* Pretends that the device is a GPU. */
static void without_clblast_panel_is_taken_with_one_warning(void **state)
{
    const struct device_fixture *fixture = *state;
    const enum lb_device_type own = fixture->device->info.type;
    int warnings = 0;
    if (lb_gemm_is_built(LB_GEMM_CLBLAST)) {
        skip();
    }
    fixture->device->info.type = LB_DEVICE_GPU;
    fixture->ctx->log = count_warnings;
    fixture->ctx->log_user = &warnings;
    for (int i = 0; i < 2; i++) {
        enum lb_gemm_kind kind = LB_GEMM_AUTO;
        require_ok(fixture, lb_gemm_choose(fixture->device, LB_GEMM_AUTO, &kind));
        assert_int_equal(kind, LB_GEMM_PANEL);
        assert_int_equal(warnings, 1);
    }
    fixture->ctx->log = NULL;
    fixture->device->info.type = own;
}

static double search_speed(const struct device_fixture *fixture, const struct lb_gemm_shape *shapes,
                           size_t n)
{
    struct lb_gemm_search search;
    require_ok(fixture,
               lb_gemm_search_run(fixture->device, shapes, n, true, 0.0, NULL, NULL, &search));
    return search.panel_gflops;
}

/* Products over millions of pixels count as the sum of their parts. */
static void large_products_are_measured_in_parts(void **state)
{
    static const struct lb_gemm_shape shapes[] = {
        {false, false, 6 << 20, 32, 288}, // 7 GiB
        {true, false, 288, 32, 6 << 20},
        {false, true, 6 << 20, 288, 32},
        {false, false, 384, 256, 4096},
    };
    static const int rows[] = {(1 << 24) / 288, (1 << 24) / 288, (1 << 24) / 288, 384};
    const struct device_fixture *fixture = *state;
    struct lb_gemm_shape parts[LB_COUNT(shapes)];
    char *folder = use_new_folder();
    for (size_t i = 0; i < LB_COUNT(shapes); i++) {
        const struct lb_gemm_part part = lb_gemm_part(shapes[i]);
        const struct lb_gemm_shape *whole = &shapes[i];
        parts[i] = part.shape;
        assert_int_equal(whole->transpose_a ? part.shape.k : part.shape.m, rows[i]);
        check_near("parts", i, part.count * part.shape.m * part.shape.n * part.shape.k,
                   (double)whole->m * whole->n * whole->k, 1e-6 * whole->m * whole->n * whole->k);
    }
    /* Counting one part instead of all 108 would give about 108 times the speed. */
    check_near("speed of the parts, of the products'", 0,
               log(search_speed(fixture, parts, 3) / search_speed(fixture, shapes, 3)), 0.0,
               log(10.0));
    remove_folder(folder);
}

/* Products with large results. */
static void many_large_products_take_little_memory(void **state)
{
    enum { PRODUCTS = 16 };
    const struct device_fixture *fixture = *state;
    struct lb_gemm_shape shapes[PRODUCTS];
    struct rusage before;
    struct rusage after;
    char *folder = use_new_folder();
    for (int i = 0; i < PRODUCTS; i++) {
        shapes[i] = (struct lb_gemm_shape){false, true, 6 << 20, 256 + i, 2};
    }
    getrusage(RUSAGE_SELF, &before);
    search_speed(fixture, shapes, PRODUCTS);
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 512L << 10); // KiB
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_stored_is_loaded),
        cmocka_unit_test(another_driver_is_another_file),
        cmocka_unit_test(damage_is_ignored),
        cmocka_unit_test(no_folder_keeps_nothing),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_named),
        cmocka_unit_test(the_choice_is_measured_once),
        cmocka_unit_test(without_clblast_panel_is_taken_with_one_warning),
        cmocka_unit_test(many_large_products_take_little_memory), // before larger products
        cmocka_unit_test(large_products_are_measured_in_parts),
    };
    return cmocka_run_group_tests_name("tuning", tests, open_device_fixture, close_device_fixture);
}
