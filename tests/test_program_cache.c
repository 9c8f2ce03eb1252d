/* Compiled programs on disk, forced on for a driver that has its own cache: whatever is wrong with
 * a file, the driver does not see it. */
#define _GNU_SOURCE
#include "support.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/file_facts.h"
#include "base/folder.h"
#include "base/text.h"

static int from_source;
static int from_binary;

/* The real function. ISO C cannot cast object pointers to function pointers, hence memcpy. */
#define REAL(name)                                                                                 \
    __typeof__(name) *real;                                                                        \
    void *symbol = dlsym(RTLD_NEXT, #name);                                                        \
    memcpy(&real, &symbol, sizeof real)

cl_program clCreateProgramWithSource(cl_context context, cl_uint n, const char **texts,
                                     const size_t *lengths, cl_int *code)
{
    REAL(clCreateProgramWithSource);
    from_source++;
    return real(context, n, texts, lengths, code);
}

cl_program clCreateProgramWithBinary(cl_context context, cl_uint n, const cl_device_id *devices,
                                     const size_t *lengths, const unsigned char **binaries,
                                     cl_int *taken, cl_int *code)
{
    REAL(clCreateProgramWithBinary);
    from_binary++;
    return real(context, n, devices, lengths, binaries, taken, code);
}

struct fixture {
    struct device_fixture base;
    char *folder; ///< contains the kernel's file; programs are in folder/programs
    struct lb_text programs;
    struct lb_text file;
};

static const char text[] = "kernel void store(global float *to)\n"
                           "{\n"
                           "    to[get_global_id(0)] = ADDED + get_global_id(0);\n"
                           "}\n";

static int set_up(void **state)
{
    struct fixture *f = allocate(1, sizeof *f);
    f->folder = make_folder();
    lb_text_addf(&f->programs, "%s/programs", f->folder);
    lb_text_addf(&f->file, "%s/store.cl", f->folder);
    setenv("LOWBEND_PROGRAM_CACHE", f->programs.data, 1);
    setenv("LOWBEND_TEST_PROGRAM_CACHE", "1", 1);
    *state = f;
    void *base = NULL;
    const int failed = open_device_fixture(&base);
    f->base = *(struct device_fixture *)base;
    free(base);
    return failed != 0 || lb_file_write(f->base.ctx, f->file.data, text, strlen(text)) != LB_OK;
}

/* Creates a new context and device, which have no programs yet. */
static void reopen(struct fixture *f)
{
    lb_device_close(&f->base.device);
    require_ok(&f->base, lb_device_open(&f->base.device, f->base.ctx, getenv("LOWBEND_DEVICE")));
    from_source = 0;
    from_binary = 0;
}

/* Runs the kernel on a new device and checks where its program came from. */
static void run(struct fixture *f, const char *prelude, float added, bool source, bool binary)
{
    cl_kernel kernel = NULL;
    cl_mem mem = NULL;
    reopen(f);
    require_ok(&f->base, lb_kernel_get(f->base.device, &kernel, f->file.data, "store", prelude));
    require_ok(&f->base, lb_buffer_create(f->base.device, &mem, LB_GROUP * sizeof(float), "test"));
    const struct lb_ndrange grid = LB_NDRANGE(LB_GROUP);
    require_ok(&f->base, lb_launch(f->base.device, kernel, grid, LB_ARG(mem)));
    float *got = download(&f->base, mem, LB_GROUP);
    check_near("stored", 5, (double)got[5], (double)added + 5.0, 0.0);
    free(got);
    lb_buffer_release(&mem);
    assert_int_equal(from_source, source);
    assert_int_equal(from_binary, binary);
}

/* Puts the only file in the folder of programs into `path`; returns the number of files. */
static int find(const struct fixture *f, char path[512])
{
    int n = 0;
    DIR *folder = opendir(f->programs.data);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            snprintf(path, 512, "%s/%s", f->programs.data, entry->d_name);
            n++;
        }
    }
    closedir(folder);
    return n;
}

static void empty(const struct fixture *f)
{
    char path[512];
    while (lb_folder_exists(f->programs.data) && find(f, path) > 0) {
        unlink(path);
    }
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    empty(f);
    rmdir(f->programs.data);
    remove_folder(f->folder);
    lb_text_free(&f->programs);
    lb_text_free(&f->file);
    lb_device_close(&f->base.device);
    lb_context_destroy(&f->base.ctx);
    free(f);
    unsetenv("LOWBEND_PROGRAM_CACHE");
    unsetenv("LOWBEND_TEST_PROGRAM_CACHE");
    return 0;
}

#define ONE "#define ADDED 1.0f\n"
#define TWO "#define ADDED 2.0f\n"

static void test_second_start_compiles_nothing(void **state)
{
    struct fixture *f = *state;
    char path[512];
    empty(f);
    run(f, ONE, 1.0f, true, false);
    assert_int_equal(find(f, path), 1);
    run(f, ONE, 1.0f, false, true);
    run(f, TWO, 2.0f, true, false);
    run(f, TWO, 2.0f, false, true);
    assert_int_equal(find(f, path), 2);
}

/* Damaged in the header or the program, truncated, extended, or empty. */
static void test_damage_is_not_loaded(void **state)
{
    struct fixture *f = *state;
    char path[512];
    char *bytes = NULL;
    size_t size = 0;
    empty(f);
    run(f, ONE, 1.0f, true, false);
    assert_int_equal(find(f, path), 1);
    require_ok(&f->base, lb_file_read(f->base.ctx, path, &bytes, &size));
    const size_t places[] = {0, 8, 16, 24, 32, 40, 48, 60, size / 2, size - 1};
    for (size_t i = 0; i < LB_COUNT(places); i++) {
        bytes[places[i]] ^= 4;
        require_ok(&f->base, lb_file_write(f->base.ctx, path, bytes, size));
        bytes[places[i]] ^= 4;
        run(f, ONE, 1.0f, true, false);
        run(f, ONE, 1.0f, false, true);
    }
    const size_t lengths[] = {0, 1, 55, 56, size / 2, size - 1, size + 1};
    for (size_t i = 0; i < LB_COUNT(lengths); i++) { // a NUL byte follows the data that was read
        require_ok(&f->base, lb_file_write(f->base.ctx, path, bytes, lengths[i]));
        run(f, ONE, 1.0f, true, false);
        run(f, ONE, 1.0f, false, true);
    }
    free(bytes);
}

/* The file of another program under this program's name. */
static void test_foreign_file_is_not_loaded(void **state)
{
    struct fixture *f = *state;
    char one[512];
    char two[512];
    empty(f);
    run(f, TWO, 2.0f, true, false);
    assert_int_equal(find(f, two), 1);
    char *bytes = NULL;
    size_t size = 0;
    require_ok(&f->base, lb_file_read(f->base.ctx, two, &bytes, &size));
    empty(f);
    run(f, ONE, 1.0f, true, false);
    assert_int_equal(find(f, one), 1);
    require_ok(&f->base, lb_file_write(f->base.ctx, one, bytes, size));
    free(bytes);
    run(f, ONE, 1.0f, true, false);
}

/* The least recently used program is removed, new ones stay, and other files are not touched. */
static void test_oldest_goes(void **state)
{
    struct fixture *f = *state;
    char path[512];
    const struct timespec old[2] = {{1000, 0}, {1000, 0}};
    struct lb_text names[3] = {{0}};
    static const char *const ends[] = {"program-old", "program-older.123", "others"};
    empty(f);
    for (size_t i = 0; i < LB_COUNT(names); i++) { // sparse files, which need no space
        lb_text_addf(&names[i], "%s/%s", f->programs.data, ends[i]);
        require_ok(&f->base, lb_file_write(f->base.ctx, names[i].data, "", 0));
        assert_int_equal(truncate(names[i].data, (off_t)300 << 20), 0);
        assert_int_equal(utimensat(-1, names[i].data, old, 0), 0);
    }
    run(f, ONE, 1.0f, true, false);
    assert_false(lb_file_exists(names[0].data));
    assert_false(lb_file_exists(names[1].data));
    assert_true(lb_file_exists(names[2].data));
    assert_int_equal(find(f, path), 2);
    run(f, ONE, 1.0f, false, true);
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        lb_text_free(&names[i]);
    }
}

/* No folder can be created, or none is wanted. */
static void test_no_place(void **state)
{
    struct fixture *f = *state;
    static const char *const places[] = {"/dev/null/programs", "off"};
    for (size_t i = 0; i < LB_COUNT(places); i++) {
        setenv("LOWBEND_PROGRAM_CACHE", places[i], 1);
        run(f, ONE, 1.0f, true, false);
        run(f, ONE, 1.0f, true, false);
    }
    setenv("LOWBEND_PROGRAM_CACHE", f->programs.data, 1);
}

/* PoCL and NVIDIA have their own caches; Intel's CPU runtime has none. */
static void test_only_on_some_drivers(void **state)
{
    struct fixture *f = *state;
    char path[512];
    const char *platform = lb_device_get_info(f->base.device)->platform;
    const bool intel = strcmp(platform, "Intel(R) OpenCL") == 0;
    if (!intel && strcmp(platform, "Portable Computing Language") != 0) {
        skip();
    }
    empty(f);
    unsetenv("LOWBEND_TEST_PROGRAM_CACHE");
    run(f, ONE, 1.0f, true, false);
    run(f, ONE, 1.0f, !intel, intel);
    setenv("LOWBEND_TEST_PROGRAM_CACHE", "1", 1);
    assert_int_equal(lb_folder_exists(f->programs.data) ? find(f, path) : 0, intel ? 1 : 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_start_compiles_nothing),
        cmocka_unit_test(test_damage_is_not_loaded),
        cmocka_unit_test(test_foreign_file_is_not_loaded),
        cmocka_unit_test(test_oldest_goes),
        cmocka_unit_test(test_no_place),
        cmocka_unit_test(test_only_on_some_drivers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
