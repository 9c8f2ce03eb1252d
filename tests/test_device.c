/* The actual device: listing, opening, buffers, launches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lowbend/options.h>

#include "device/attachment.h"
#include "device/device.h"
#include "device/notice.h"
#include "device/program.h"

struct fixture {
    struct lb_context *ctx;
    struct lb_device *device;
    char log[4096]; ///< the last message
};

static void remember(void *user, enum lb_log_level level, const char *text)
{
    (void)level;
    struct fixture *f = user;
    snprintf(f->log, sizeof f->log, "%s", text);
}

static void check(const struct fixture *f, enum lb_status status)
{
    if (status != LB_OK) {
        fail_msg("status %d: %s", (int)status, lb_context_error(f->ctx));
    }
}

static void check_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, text);
    }
}

/* ---- the real device ------------------------------------------------------------------------- */

/** Runs in a separate process, before this one loads the OpenCL drivers. */
static void no_platform_is_a_device_error(void **state)
{
    const struct fixture *f = *state;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("OCL_ICD_VENDORS", "/nonexistent/lowbend-vendors", 1);
        struct lb_device_info *list = NULL;
        size_t count = 1;
        const enum lb_status status = lb_device_list(f->ctx, &list, &count);
        const bool right = status == LB_ERR_DEVICE && list == NULL && count == 0 &&
                           strstr(lb_context_error(f->ctx), "clGetPlatformIDs") != NULL;
        _exit(right ? 0 : 1);
    }
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}

static void list_agrees_with_open(void **state)
{
    struct fixture *f = *state;
    struct lb_device_info *list = NULL;
    size_t count = 0;
    check(f, lb_device_list(f->ctx, &list, &count));
    assert_true(count > 0);
    size_t defaults = 0;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list[i].index, i);
        assert_true(list[i].name[0] != '\0' && list[i].platform[0] != '\0');
        assert_true(list[i].vector_width >= 1);
        defaults += list[i].is_default;
        if (!list[i].usable) {
            continue;
        }
        struct lb_device *device = NULL;
        check(f, lb_device_open(&device, f->ctx, list[i].selector));
        assert_memory_equal(lb_device_get_info(device), &list[i], sizeof list[i]);
        lb_device_close(&device);
        assert_null(device);
    }
    assert_int_equal(defaults, 1);
    lb_device_list_free(&list);
    assert_null(list);
    lb_device_list_free(&list);
    lb_device_list_free(NULL);
}

static void open_refuses_unknown_devices(void **state)
{
    struct fixture *f = *state;
    struct lb_device *device = NULL;
    assert_int_equal(lb_device_open(&device, f->ctx, "9:9"), LB_ERR_DEVICE);
    assert_null(device);
    check_contains(lb_context_error(f->ctx), "device \"9:9\"");
    lb_device_close(&device);
    lb_device_close(NULL);
}

static void codes_have_names(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(lb_cl_error_name(0), "CL_SUCCESS");
    assert_string_equal(lb_cl_error_name(-5), "CL_OUT_OF_RESOURCES");
    assert_string_equal(lb_cl_error_name(-1001), "CL_PLATFORM_NOT_FOUND_KHR");
    if (lb_gemm_is_built(LB_GEMM_CLBLAST)) {
        assert_string_equal(lb_cl_error_name(-1017), "CLBlastInvalidDimension");
        assert_string_equal(lb_cl_error_name(-2041), "CLBlastDatabaseError");
    }
    assert_string_equal(lb_cl_error_name(12345), "unknown error");
    assert_int_equal(lb_fail_cl(f->device, "the weights", "clCall", -4), LB_ERR_MEMORY);
    check_contains(lb_context_error(f->ctx),
                   "the weights: clCall failed with CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)");
    assert_int_equal(lb_fail_cl(f->device, "x", "clCall", -36), LB_ERR_OPENCL);
    check_contains(lb_context_error(f->ctx), "clCall failed with CL_INVALID_COMMAND_QUEUE (-36)");
}

static void driver_messages_reach_the_log(void **state)
{
    struct fixture *f = *state;
    lb_notice_receive("the first", NULL, 0, f->device->notice);
    lb_notice_receive("dropped", NULL, 0, f->device->notice);
    f->log[0] = '\0';
    check(f, lb_device_finish(f->device));
    assert_string_equal(f->log, "OpenCL driver: the first");
    f->log[0] = '\0';
    check(f, lb_device_finish(f->device));
    assert_string_equal(f->log, "");
    lb_notice_receive("by a driver that forgets whose it is", NULL, 0, NULL);
    lb_notice_receive(NULL, NULL, 0, f->device->notice);
    check(f, lb_device_finish(f->device));
    assert_string_equal(f->log, "");
}

/* ---- buffers --------------------------------------------------------------------------------- */

static void buffers_write_copy_zero_read(void **state)
{
    struct fixture *f = *state;
    unsigned char sent[300];
    unsigned char got[300] = {0};
    for (size_t i = 0; i < sizeof sent; i++) {
        sent[i] = (unsigned char)(i * 7 + 1);
    }
    cl_mem a = NULL;
    cl_mem b = NULL;
    check(f, lb_buffer_create(f->device, &a, sizeof sent, "a"));
    check(f, lb_buffer_create(f->device, &b, sizeof sent, "b"));
    check(f, lb_buffer_write(f->device, a, 0, sent, sizeof sent));
    check(f, lb_buffer_write(f->device, b, 0, sent, sizeof sent));
    check(f, lb_buffer_copy(f->device, a, 10, b, 20, 50));
    /* Ranges that allow patterns of 16, 4, 2 and 1 bytes. */
    static const size_t ranges[][2] = {{96, 32}, {132, 8}, {150, 6}, {161, 3}};
    memcpy(got, sent, sizeof got);
    memmove(got + 20, sent + 10, 50);
    for (size_t i = 0; i < LB_COUNT(ranges); i++) {
        check(f, lb_buffer_zero(f->device, b, ranges[i][0], ranges[i][1]));
        memset(got + ranges[i][0], 0, ranges[i][1]);
    }
    unsigned char wanted[300];
    memcpy(wanted, got, sizeof wanted);
    check(f, lb_buffer_read(f->device, b, 0, got, sizeof got));
    assert_memory_equal(got, wanted, sizeof wanted);
    check(f, lb_buffer_read(f->device, a, 100, got, 5));
    assert_memory_equal(got, sent + 100, 5);
    lb_buffer_release(&a);
    lb_buffer_release(&b);
    assert_null(a);
    lb_buffer_release(&a);
    lb_buffer_release(NULL);
}

static void empty_buffers_work(void **state)
{
    struct fixture *f = *state;
    cl_mem a = NULL;
    check(f, lb_buffer_create(f->device, &a, 0, "nothing"));
    assert_non_null(a);
    check(f, lb_buffer_write(f->device, a, 0, NULL, 0));
    check(f, lb_buffer_read(f->device, a, 0, NULL, 0));
    check(f, lb_buffer_zero(f->device, a, 0, 0));
    check(f, lb_buffer_copy(f->device, a, 0, a, 0, 0));
    lb_buffer_release(&a);
}

static void buffer_errors_name_the_buffer_or_call(void **state)
{
    struct fixture *f = *state;
    cl_mem a = NULL;
    assert_int_equal(lb_buffer_create(f->device, &a, SIZE_MAX / 2, "the images"), LB_ERR_MEMORY);
    assert_null(a);
    check_contains(lb_context_error(f->ctx), "the images: ");
    check(f, lb_buffer_create(f->device, &a, 256, "a"));
    char byte = 0;
    assert_int_equal(lb_buffer_read(f->device, a, 256, &byte, 1), LB_ERR_OPENCL);
    check_contains(lb_context_error(f->ctx), "clEnqueueReadBuffer failed with CL_INVALID_VALUE");
    lb_buffer_release(&a);
}

/* ---- launches -------------------------------------------------------------------------------- */

/** Work-item (x, y, z) adds 1 to its element and writes the group's shape after the elements. */
static const char *const count_text = "kernel void count(int w, int h, int d, global int *out)\n"
                                      "{\n"
                                      "    const int x = get_global_id(0);\n"
                                      "    const int y = get_global_id(1);\n"
                                      "    const int z = get_global_id(2);\n"
                                      "    if (x < w && y < h && z < d) {\n"
                                      "        out[(z * h + y) * w + x] += 1;\n"
                                      "    }\n"
                                      "    if (x == 0 && y == 0 && z == 0) {\n"
                                      "        out[w * h * d] = get_local_size(0);\n"
                                      "        out[w * h * d + 1] = get_local_size(1);\n"
                                      "        out[w * h * d + 2] = get_local_size(2);\n"
                                      "    }\n"
                                      "}\n";

static cl_kernel get_count(struct fixture *f)
{
    cl_kernel kernel = NULL;
    check(f, lb_kernel_get(f->device, &kernel, "lib/philox.cl", "count", count_text));
    return kernel;
}

static void check_count(struct fixture *f, const struct lb_ndrange *grid, int w, int h, int d,
                        const int local[3])
{
    const size_t n = (size_t)w * (size_t)h * (size_t)d;
    int *got = calloc(n + 3, sizeof *got);
    assert_non_null(got);
    cl_mem out = NULL;
    check(f, lb_buffer_create(f->device, &out, (n + 3) * sizeof *got, "counts"));
    check(f, lb_buffer_zero(f->device, out, 0, (n + 3) * sizeof *got));
    check(f,
          lb_launch(f->device, get_count(f), *grid, LB_ARG(w), LB_ARG(h), LB_ARG(d), LB_ARG(out)));
    check(f, lb_buffer_read(f->device, out, 0, got, (n + 3) * sizeof *got));
    for (size_t i = 0; i < n; i++) {
        if (got[i] != 1) {
            fail_msg("%d x %d x %d: element %zu ran %d times, expected 1", w, h, d, i, got[i]);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        if (got[n + i] != local[i]) {
            fail_msg("%d x %d x %d: local size %zu is %d, expected %d", w, h, d, i, got[n + i],
                     local[i]);
        }
    }
    lb_buffer_release(&out);
    free(got);
}

static void launches_round_up(void **state)
{
    static const int sizes[] = {1, 3, 63, 64, 65, 257};
    static const int line[3] = {64, 1, 1};
    for (size_t i = 0; i < LB_COUNT(sizes); i++) {
        const struct lb_ndrange grid = LB_NDRANGE(sizes[i]);
        check_count(*state, &grid, sizes[i], 1, 1, line);
    }
    static const int block[3] = {8, 4, 2};
    const struct lb_ndrange grid = {3, {13, 9, 5}, {8, 4, 2}};
    check_count(*state, &grid, 13, 9, 5, block);
    static const int single[3] = {1, 1, 1};
    const struct lb_ndrange no_local = {2, {5, 3, 0}, {0, 0, 0}};
    check_count(*state, &no_local, 5, 3, 1, single);
}

static void local_sizes_are_halved_to_fit(void **state)
{
    struct fixture *f = *state;
    const struct lb_kernel *record = lb_kernel_find(f->device, get_count(f));
    assert_non_null(record);
    const size_t limit = record->group_limit;
    assert_uint_in_range(limit, 1, 1 << 20);
    size_t fits = limit * 4;
    while (fits > limit || fits > record->item_limit[0]) {
        fits /= 2;
    }
    const struct lb_ndrange grid = {1, {100, 1, 1}, {limit * 4, 1, 1}};
    const int local[3] = {(int)fits, 1, 1};
    check_count(f, &grid, 100, 1, 1, local);
}

static void empty_grids_launch_nothing(void **state)
{
    struct fixture *f = *state;
    cl_mem out = NULL;
    const cl_int one = 1;
    check(f, lb_buffer_create(f->device, &out, 64, "counts"));
    check(f, lb_buffer_zero(f->device, out, 0, 64));
    const struct lb_ndrange grid = LB_NDRANGE(0);
    const struct lb_ndrange flat = {2, {4, 0, 1}, {1, 1, 1}};
    const cl_kernel kernel = get_count(f);
    check(f,
          lb_launch(f->device, kernel, grid, LB_ARG(one), LB_ARG(one), LB_ARG(one), LB_ARG(out)));
    check(f,
          lb_launch(f->device, kernel, flat, LB_ARG(one), LB_ARG(one), LB_ARG(one), LB_ARG(out)));
    int got[4] = {9, 9, 9, 9};
    check(f, lb_buffer_read(f->device, out, 0, got, sizeof got));
    for (size_t i = 0; i < LB_COUNT(got); i++) {
        assert_int_equal(got[i], 0);
    }
    lb_buffer_release(&out);
}

static void launch_errors_name_the_kernel(void **state)
{
    struct fixture *f = *state;
    const struct lb_ndrange grid = LB_NDRANGE(1);
    const cl_int one = 1;
    const cl_kernel kernel = get_count(f);
    assert_int_equal(lb_launch(f->device, kernel, grid, LB_ARG(one), LB_ARG(one)), LB_ERR_OPENCL);
    check_contains(lb_context_error(f->ctx), "kernel count: takes 4 arguments, got 2");
    const char small = 1;
    assert_int_equal(
        lb_launch(f->device, kernel, grid, LB_ARG(one), LB_ARG(small), LB_ARG(one), LB_ARG(one)),
        LB_ERR_OPENCL);
    check_contains(lb_context_error(f->ctx), "argument 1 of kernel count: clSetKernelArg failed");
}

/* ---- data stored by upper rooms -------------------------------------------------------------- */

/* A value that counts how often it has been freed. */
static void count_end(void *value)
{
    ++*(int *)value;
}

static void attachments_are_found_replaced_and_freed(void **state)
{
    struct fixture *f = *state;
    static const char keys[2];
    int ends[3] = {0, 0, 0};
    struct lb_device *device = NULL;
    check(f, lb_device_open(&device, f->ctx, getenv("LOWBEND_DEVICE")));
    assert_null(lb_device_attached(device, &keys[0]));
    check(f, lb_device_attach(device, &keys[0], &ends[0], count_end));
    check(f, lb_device_attach(device, &keys[1], &ends[1], count_end));
    assert_ptr_equal(lb_device_attached(device, &keys[0]), &ends[0]);
    check(f, lb_device_attach(device, &keys[0], &ends[2], count_end));
    assert_int_equal(ends[0], 1);
    assert_ptr_equal(lb_device_attached(device, &keys[0]), &ends[2]);
    check(f, lb_device_attach(device, &keys[1], NULL, NULL));
    assert_int_equal(ends[1], 1);
    assert_null(lb_device_attached(device, &keys[1]));
    lb_device_close(&device);
    assert_int_equal(ends[0], 1);
    assert_int_equal(ends[1], 1);
    assert_int_equal(ends[2], 1);
}

/* ---------------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    const struct lb_context_params params = {.log = remember, .log_user = f};
    assert_int_equal(lb_context_create(&f->ctx, &params), LB_OK);
    *state = f;
    return 0;
}

/** Opens the device after the test that needs a process without OpenCL. */
static int open_device(void **state)
{
    struct fixture *f = *state;
    if (f->device == NULL) {
        check(f, lb_device_open(&f->device, f->ctx, getenv("LOWBEND_DEVICE")));
    }
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    lb_device_close(&f->device);
    lb_context_destroy(&f->ctx);
    free(f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_platform_is_a_device_error),
        cmocka_unit_test(list_agrees_with_open),
        cmocka_unit_test(open_refuses_unknown_devices),
        cmocka_unit_test_setup(codes_have_names, open_device),
        cmocka_unit_test_setup(driver_messages_reach_the_log, open_device),
        cmocka_unit_test_setup(buffers_write_copy_zero_read, open_device),
        cmocka_unit_test_setup(empty_buffers_work, open_device),
        cmocka_unit_test_setup(buffer_errors_name_the_buffer_or_call, open_device),
        cmocka_unit_test_setup(launches_round_up, open_device),
        cmocka_unit_test_setup(local_sizes_are_halved_to_fit, open_device),
        cmocka_unit_test_setup(empty_grids_launch_nothing, open_device),
        cmocka_unit_test_setup(launch_errors_name_the_kernel, open_device),
        cmocka_unit_test(attachments_are_found_replaced_and_freed),
    };
    return cmocka_run_group_tests_name("device", tests, set_up, tear_down);
}
