/* Constants that the host reads from source text: expressions, conditions, and the built-in
 * datasets against the device's compiler. */
#include <math.h>
#include <string.h>

#include "device/kernel_source.h"
#include "geometry/constants.h"
#include "geometry/dataset.h"
#include "support.h"

static void expect_real(const char *text, double wanted)
{
    float value = 0.0f;
    struct lb_constants *constants = lb_constants_read(text);
    assert_non_null(constants);
    if (isnan(wanted)) {
        assert_false(lb_constants_real(constants, "X", &value));
    } else {
        assert_true(lb_constants_real(constants, "X", &value));
        assert_true((double)value == wanted);
    }
    lb_constants_free(constants);
}

static void expressions_are_folded(void **state)
{
    (void)state;
    expect_real("#define X 3\n", 3.0);
    expect_real("#define X 0.1f\n", (double)0.1f);
    expect_real("#define X (1.0f / 3.0f)\n", (double)(1.0f / 3.0f));
    expect_real("#define X 7 / 2\n", 3.0);
    expect_real("#define X -7 % 4\n", -3.0);
    expect_real("#define X 1 + 2 * 3 - 4\n", 3.0);
    expect_real("#define X 2 - 3 - 4\n", -5.0);
    expect_real("#define X 1 < 2 && !(3 == 4) ? 5.0f : 6.0f\n", 5.0);
    expect_real("#define X 0 || 2 <= 1 ? 1 : 0 ? 2 : 3\n", 3.0);
    expect_real("#define X fmin(2.0f, sqrt(2.0f))\n", (double)sqrtf(2.0f));
    expect_real("#define X max(2, 3)\n", 3.0);
    expect_real("#define A (2 + B)\n#define X A * A\n#define B 1 // later\n", 9.0);
    expect_real("#define X (M_PI_F * 0.5f)\n", (double)((float)3.14159265358979 * 0.5f));
    expect_real("#define X INFINITY\n", INFINITY);
    expect_real("#define X 1 \\\n + /* two */ 2\n", 3.0);
    expect_real("/* #define X 1\n*/\n#define X 2\n#define Y \"// \\\" #\"\n", 2.0);
    expect_real("#define X 1\n#undef X\n#define X 4\n", 4.0);
}

static void what_is_not_understood_is_said(void **state)
{
    (void)state;
    expect_real("#define X\n", NAN);
    expect_real("#define X Y\n", NAN);
    expect_real("#define X X\n", NAN);
    expect_real("#define X tan(1.0f)\n", NAN);
    expect_real("#define X (float)1\n", NAN);
    expect_real("#define X 1 2\n", NAN);
    expect_real("#define X 1 / 0\n", NAN);
    expect_real("#define X 0x10\n", NAN);
    expect_real("#define X (1\n", NAN);
    expect_real("#define F(a) a\n#define X F(1)\n", NAN);
    /* Pasting the text would give 1 + 2 * 3. */
    expect_real("#define A 1 + 2\n#define X A * 3\n", NAN);
    assert_null(lb_constants_read("#if F(1)\n#endif\n"));
    assert_null(lb_constants_read("#ifdef cl_khr_fp64\n#endif\n"));
    assert_null(lb_constants_read("#if defined(__OPENCL_VERSION__)\n#endif\n"));
    assert_null(lb_constants_read("#error \"no\"\n"));
    assert_null(lb_constants_read("#include <x>\n"));
    assert_null(lb_constants_read("#define A 1\n#define\n"));
    assert_null(lb_constants_read("#if 1\n"));
    assert_null(lb_constants_read("#else\n"));
}

static void conditions_choose(void **state)
{
    (void)state;
    const char *const branches = "#if N == 1\n#define X 1\n#elif N == 2\n#define X 2\n"
                                 "#elif defined(M) && !defined L\n#define X 3\n#else\n"
                                 "#define X 4\n#error \"no\"\n#endif\n";
    const struct {
        const char *before;
        double wanted;
    } rows[] = {{"#define N 1\n", 1.0}, {"#define N 2\n", 2.0}, {"#define M\n", 3.0}};
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        char text[512];
        snprintf(text, sizeof text, "%s%s", rows[i].before, branches);
        expect_real(text, rows[i].wanted);
    }
    expect_real("#define X 1\n#ifdef A\n#if F(1)\n#error\n#else\n#define X 2\n#endif\n#endif\n",
                1.0);
    expect_real("#ifndef A\n#define X 1\n#else\n#define X 2\n#endif\n", 1.0);
}

static void strings_and_integers(void **state)
{
    (void)state;
    char text[8];
    int value = 0;
    struct lb_constants *c = lb_constants_read("#define A \"torus\" // its name\n#define B 1.0f\n"
                                               "#define C \"longer than it\"\n#define D 1 + 1\n");
    assert_non_null(c);
    assert_true(lb_constants_string(c, "A", text, sizeof text));
    assert_string_equal(text, "torus");
    assert_true(lb_constants_string(c, "C", text, sizeof text));
    assert_string_equal(text, "longer ");
    assert_false(lb_constants_string(c, "B", text, sizeof text));
    assert_false(lb_constants_string(c, "E", text, sizeof text));
    assert_false(lb_constants_integer(c, "B", &value));
    assert_true(lb_constants_integer(c, "D", &value));
    assert_int_equal(value, 2);
    lb_constants_free(c);
}

enum { INTEGERS = 7, REALS = 4, NAMES = 3, CAPACITY = 32, RECIPE_CAPACITY = 512 };

/* Runs the describe kernel, see cl/geometry/describe.cl. */
static void run_describe(const struct device_fixture *fixture, struct lb_dataset *dataset,
                         cl_int *integers, float *reals, char *names, char *recipe)
{
    const struct lb_ndrange one = {1, {1, 1, 1}, {1, 1, 1}};
    cl_kernel kernel;
    cl_mem mem[4] = {NULL};
    struct lb_device *device = fixture->device;
    require_ok(fixture, lb_dataset_kernel(dataset, &kernel, "geometry/describe.cl", "describe"));
    require_ok(fixture, lb_buffer_create(device, &mem[0], INTEGERS * sizeof(cl_int), "test"));
    require_ok(fixture, lb_buffer_create(device, &mem[1], REALS * sizeof(float), "test"));
    require_ok(fixture, lb_buffer_create(device, &mem[2], NAMES * CAPACITY, "test"));
    require_ok(fixture, lb_buffer_create(device, &mem[3], RECIPE_CAPACITY, "test"));
    require_ok(fixture, lb_launch(device, kernel, one, LB_ARG(mem[0]), LB_ARG(mem[1]),
                                  LB_ARG(mem[2]), LB_ARG(mem[3])));
    require_ok(fixture, lb_buffer_read(device, mem[0], 0, integers, INTEGERS * sizeof(cl_int)));
    require_ok(fixture, lb_buffer_read(device, mem[1], 0, reals, REALS * sizeof(float)));
    require_ok(fixture, lb_buffer_read(device, mem[2], 0, names, NAMES * CAPACITY));
    require_ok(fixture, lb_buffer_read(device, mem[3], 0, recipe, RECIPE_CAPACITY));
    for (size_t i = 0; i < 4; i++) {
        lb_buffer_release(&mem[i]);
    }
}

static void datasets_are_read_as_the_compiler_reads_them(void **state)
{
    static const char *const integer_names[] = {"DIMENSION", "POINT_SIZE",  "HEIGHT",    "WIDTH",
                                                "CHANNELS",  "KNOWN_LINES", "KNOWN_MESH"};
    static const char *const real_names[] = {"INJECTIVITY_RADIUS", "KNOWN_H", "KNOWN_CAP",
                                             "MAX_CAP_DEGREES"};
    static const char *const string_names[] = {"MANIFOLD", "COLOR_HUE", "COLOR_LIGHTNESS"};
    const struct device_fixture *fixture = *state;
    char **datasets = NULL;
    size_t count = 0;
    require_ok(fixture, lb_dataset_names(fixture->device, &datasets, &count));
    assert_true(count > 10);
    for (size_t i = 0; i < count; i++) {
        const struct lb_dataset_params params = {.name = datasets[i]};
        struct lb_dataset *dataset = NULL;
        struct lb_kernel_source source = {0};
        cl_int integers[INTEGERS];
        float reals[REALS];
        char names[NAMES * CAPACITY];
        char recipe[RECIPE_CAPACITY];
        char read[RECIPE_CAPACITY];
        require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &params));
        run_describe(fixture, dataset, integers, reals, names, recipe);
        require_ok(fixture, lb_kernel_source_expand(&source, fixture->ctx, fixture->device->cl_dir,
                                                    "geometry/describe.cl", dataset->prelude));
        struct lb_constants *c = lb_constants_read(source.text.data);
        assert_non_null(c); // so listing built-in datasets never needs a compiler
        for (size_t k = 0; k < INTEGERS; k++) {
            int value = -1;
            assert_true(lb_constants_integer(c, integer_names[k], &value));
            assert_int_equal(value, integers[k]);
        }
        for (size_t k = 0; k < REALS; k++) {
            float value = 0.0f;
            assert_true(lb_constants_real(c, real_names[k], &value));
            assert_true(value == reals[k] || fabsf(value - reals[k]) <= 2e-7f * fabsf(reals[k]));
        }
        for (size_t k = 0; k < NAMES; k++) {
            char text[CAPACITY];
            assert_true(lb_constants_string(c, string_names[k], text, sizeof text));
            assert_string_equal(text, names + k * CAPACITY);
        }
        assert_true(lb_constants_string(c, "RECIPE", read, sizeof read));
        assert_string_equal(read, recipe);
        lb_constants_free(c);
        lb_kernel_source_free(&source);
        lb_dataset_close(&dataset);
    }
    lb_dataset_names_free(&datasets, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_are_folded),
        cmocka_unit_test(what_is_not_understood_is_said),
        cmocka_unit_test(conditions_choose),
        cmocka_unit_test(strings_and_integers),
        cmocka_unit_test(datasets_are_read_as_the_compiler_reads_them),
    };
    return cmocka_run_group_tests_name("constants", tests, open_device_fixture,
                                       close_device_fixture);
}
