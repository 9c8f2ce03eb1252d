/* Programs on the device: build errors, the cache, the kernel folder. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "device/device.h"

#define ERROR_BYTES 2000 // limit on the text that a build failure adds

struct fixture {
    struct lb_context *ctx;
    struct lb_device *device;
    struct put_files files; ///< in a temporary folder
    struct lb_text log;
};

static void remember(void *user, enum lb_log_level level, const char *text)
{
    struct fixture *f = user;
    if (level == LB_LOG_DEBUG) {
        lb_text_addf(&f->log, "%s\n", text);
    }
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

static const char *put(struct fixture *f, const char *name, const char *text)
{
    return put_file(&f->files, f->ctx, name, text);
}

/** Expects the build to fail with a text that starts with "FILE" and contains each part. */
static void check_build_error(struct fixture *f, const char *file, const char *kernel,
                              const char *prelude, const char *start, const char *part)
{
    cl_kernel out = NULL;
    const enum lb_status status = lb_kernel_get(f->device, &out, file, kernel, prelude);
    const char *error = lb_context_error(f->ctx);
    if (status != LB_ERR_BUILD) {
        fail_msg("status %d, expected %d: %s", (int)status, (int)LB_ERR_BUILD, error);
    }
    assert_null(out);
    if (strncmp(error, start, strlen(start)) != 0) {
        fail_msg("\"%s\" does not begin with \"%s\"", error, start);
    }
    check_contains(error, part);
    assert_uint_in_range(strlen(error), 1, ERROR_BYTES);
}

/* ---- missing files and binary files ---------------------------------------------------------- */

static void missing_includes_name_file_and_line(void **state)
{
    struct fixture *f = *state;
    put(f, "inner.h", "int a;\n#include \"gone.h\"\n");
    char start[200];
    snprintf(start, sizeof start, "%s/inner.h:2: cannot find the include \"gone.h\"",
             f->files.folder);
    check_build_error(f, put(f, "main.cl", "\n#include \"inner.h\"\n"), "k", NULL, start,
                      "searched beside the file and in ");
    check_build_error(f, "lib/philox.cl", "k", "\n\n#include \"/gone/away.cl\"\n",
                      "prelude of lib/philox.cl:3: cannot find the include \"/gone/away.cl\"", "");
}

static void missing_files_are_not_found(void **state)
{
    struct fixture *f = *state;
    cl_kernel kernel = NULL;
    assert_int_equal(lb_kernel_get(f->device, &kernel, "nn/gone.cl", "k", NULL), LB_ERR_NOT_FOUND);
    check_contains(lb_context_error(f->ctx), "nn/gone.cl: no such file");
}

static void binary_files_are_refused(void **state)
{
    struct fixture *f = *state;
    const char *path = put(f, "binary.cl", "int a;\n");
    check(f, lb_file_write(f->ctx, path, "a\0b", 3));
    check_build_error(f, path, "k", NULL, path, "zero byte");
}

/* ---- the compiler's errors ------------------------------------------------------------------- */

#define BAD  "kernel void k(global float *x)\n{\n    x[0] = yy;\n}\n"
#define GOOD "kernel void k(global float *x)\n{\n    x[0] = 1.0f;\n}\n"

static void syntax_errors_show_the_source(void **state)
{
    struct fixture *f = *state;
    char start[200];
    snprintf(start, sizeof start, "%s/bad file.cl:3:", f->files.folder);
    f->log.length = 0;
    check_build_error(f, put(f, "bad file.cl", BAD), "k", NULL, start,
                      "\n      2 | {\n>     3 |     x[0] = yy;\n      4 | }\n(");
    check_contains(lb_context_error(f->ctx), "yy");
    check_contains(lb_context_error(f->ctx), "-cl-std=CL1.2");
    check_contains(f->log.data, "build log of");
}

static void errors_in_includes_name_the_include(void **state)
{
    struct fixture *f = *state;
    put(f, "deep.h", "float f(float x)\n{\n    return x +;\n}\n");
    char start[200];
    snprintf(start, sizeof start, "%s/deep.h:3:", f->files.folder);
    check_build_error(f, put(f, "main.cl", "#include \"deep.h\"\n" GOOD), "k", NULL, start,
                      ">     3 |     return x +;");
    /* After the include, the line numbers of the including file continue. */
    put(f, "deep.h", "float f(float x);\n");
    snprintf(start, sizeof start, "%s/main.cl:2:", f->files.folder);
    check_build_error(f, put(f, "main.cl", "#include \"deep.h\"\nint 1x;\n" GOOD), "k", NULL, start,
                      "      1 | #include \"deep.h\"\n>     2 | int 1x;");
}

static void errors_in_the_prelude_name_the_prelude(void **state)
{
    struct fixture *f = *state;
    const char *file = put(f, "good.cl", GOOD);
    char start[200];
    snprintf(start, sizeof start, "prelude of %s/good.cl:2:", f->files.folder);
    check_build_error(f, file, "k", "#define N 1\nint 2y;", start, ">     2 | int 2y;");
    snprintf(start, sizeof start, "%s/user.cl:1:", f->files.folder);
    char prelude[200];
    snprintf(prelude, sizeof prelude, "#include \"%s\"", put(f, "user.cl", "what is this\n"));
    check_build_error(f, file, "k", prelude, start, ">     1 | what is this");
}

static void errors_in_macros_name_the_line_that_uses_them(void **state)
{
    struct fixture *f = *state;
    const char *file = put(f, "macro.cl", "\nkernel void k(global float *x) { x[0] = VALUE; }\n");
    char start[200];
    snprintf(start, sizeof start, "%s/macro.cl:2:", f->files.folder);
    check_build_error(f, file, "k", "#define VALUE zz", start, "zz");
    assert_null(strstr(lb_context_error(f->ctx), "Spelling"));
}

static void missing_kernels_are_build_errors(void **state)
{
    struct fixture *f = *state;
    const char *file = put(f, "good.cl", GOOD);
    char start[200];
    snprintf(start, sizeof start, "%s/good.cl: defines no kernel other (", f->files.folder);
    check_build_error(f, file, "other", NULL, start, "other");
}

static void long_errors_are_cut(void **state)
{
    struct fixture *f = *state;
    struct lb_text text = {0};
    for (int i = 0; i < 3; i++) {
        lb_text_add(&text, "int x = 0");
        for (int j = 0; j < 1000; j++) {
            lb_text_add(&text, " + undefined_\xC3\xA4");
        }
        lb_text_add(&text, ";\n");
    }
    check_build_error(f, put(f, "long.cl", text.data), "k", NULL, f->files.folder, "...");
    lb_text_free(&text);
}

/* ---- cache and kernel folder ----------------------------------------------------------------- */

static void equal_requests_share_a_kernel(void **state)
{
    struct fixture *f = *state;
    const char *file = put(f, "pair.cl",
                           "kernel void a(global int *x) { x[0] = N; }\n"
                           "kernel void b(global int *x) { x[0] = N; }\n");
    cl_kernel first = NULL;
    cl_kernel again = NULL;
    cl_kernel other = NULL;
    cl_kernel special = NULL;
    check(f, lb_kernel_get(f->device, &first, file, "a", "#define N 1\n"));
    const struct lb_program *newest = f->device->programs;
    check(f, lb_kernel_get(f->device, &again, file, "a", "#define N 1\n"));
    check(f, lb_kernel_get(f->device, &other, file, "b", "#define N 1\n"));
    assert_ptr_equal(first, again);
    assert_ptr_not_equal(first, other);
    assert_ptr_equal(f->device->programs, newest);
    check(f, lb_kernel_get(f->device, &special, file, "a", "#define N 2\n"));
    assert_ptr_not_equal(f->device->programs, newest);
    assert_ptr_not_equal(first, special);
    cl_mem out = NULL;
    int got = 0;
    check(f, lb_buffer_create(f->device, &out, sizeof got, "x"));
    const struct lb_ndrange grid = LB_NDRANGE(1);
    check(f, lb_launch(f->device, special, grid, LB_ARG(out)));
    check(f, lb_buffer_read(f->device, out, 0, &got, sizeof got));
    assert_int_equal(got, 2);
    check(f, lb_launch(f->device, first, grid, LB_ARG(out)));
    check(f, lb_buffer_read(f->device, out, 0, &got, sizeof got));
    assert_int_equal(got, 1);
    lb_buffer_release(&out);
}

static enum lb_status open_with(const char *cl_dir, char *error, size_t n, char **found)
{
    const struct lb_context_params params = {.cl_dir = cl_dir};
    struct lb_context *ctx = NULL;
    struct lb_device *device = NULL;
    assert_int_equal(lb_context_create(&ctx, &params), LB_OK);
    const enum lb_status status = lb_device_open(&device, ctx, NULL);
    snprintf(error, n, "%s", lb_context_error(ctx));
    *found = device != NULL ? lb_string_copy(device->cl_dir) : NULL;
    lb_device_close(&device);
    lb_context_destroy(&ctx);
    return status;
}

static void kernel_folders_that_are_given_must_be_right(void **state)
{
    struct fixture *f = *state;
    char error[1024];
    char *found = NULL;
    char *before = lb_string_copy(getenv("LOWBEND_CL_DIR"));

    assert_int_equal(open_with(f->files.folder, error, sizeof error, &found), LB_ERR_NOT_FOUND);
    check_contains(error, f->files.folder);
    check_contains(error, "lib/philox.cl");

    setenv("LOWBEND_CL_DIR", "/nonexistent/cl", 1);
    assert_int_equal(open_with(NULL, error, sizeof error, &found), LB_ERR_NOT_FOUND);
    check_contains(error, "/nonexistent/cl");
    check_contains(error, "LOWBEND_CL_DIR");

    /* The context's folder takes precedence over the environment. */
    assert_int_equal(open_with(f->device->cl_dir, error, sizeof error, &found), LB_OK);
    assert_string_equal(found, f->device->cl_dir);
    free(found);

    setenv("LOWBEND_CL_DIR", f->device->cl_dir, 1);
    assert_int_equal(open_with(NULL, error, sizeof error, &found), LB_OK);
    assert_string_equal(found, f->device->cl_dir);
    free(found);

    /* Unset: an uninstalled program uses the source tree. */
    unsetenv("LOWBEND_CL_DIR");
    assert_int_equal(open_with(NULL, error, sizeof error, &found), LB_OK);
    free(found);
    if (before != NULL) {
        setenv("LOWBEND_CL_DIR", before, 1);
    }
    free(before);
}

/* ---------------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->files.folder = make_folder();
    const struct lb_context_params params = {.log = remember, .log_user = f};
    assert_int_equal(lb_context_create(&f->ctx, &params), LB_OK);
    check(f, lb_device_open(&f->device, f->ctx, getenv("LOWBEND_DEVICE")));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    remove_folder(f->files.folder);
    lb_device_close(&f->device);
    lb_context_destroy(&f->ctx);
    lb_text_free(&f->log);
    free(f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_includes_name_file_and_line),
        cmocka_unit_test(missing_files_are_not_found),
        cmocka_unit_test(binary_files_are_refused),
        cmocka_unit_test(syntax_errors_show_the_source),
        cmocka_unit_test(errors_in_includes_name_the_include),
        cmocka_unit_test(errors_in_the_prelude_name_the_prelude),
        cmocka_unit_test(errors_in_macros_name_the_line_that_uses_them),
        cmocka_unit_test(missing_kernels_are_build_errors),
        cmocka_unit_test(long_errors_are_cut),
        cmocka_unit_test(equal_requests_share_a_kernel),
        cmocka_unit_test(kernel_folders_that_are_given_must_be_right),
    };
    return cmocka_run_group_tests_name("program", tests, set_up, tear_down);
}
