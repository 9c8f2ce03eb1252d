/* Philox4x32-10 on host and device against published vectors, and distributions drawn from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/philox.h"
#include "base/text.h"
#include "device/device.h"

#define MAX_VECTORS 1024
#define STREAMS     4099 // not a multiple of a work-group
#define SEED        0x0123456789ABCDEFull
#define STREAM      3u
#define STEP        70000u

struct vectors {
    size_t n;
    uint32_t counter[MAX_VECTORS][4];
    uint32_t key[MAX_VECTORS][2];
    uint32_t output[MAX_VECTORS][4];
};

struct fixture {
    struct lb_context *ctx;
    struct lb_device *device;
    char *file; ///< tests/kernels/philox_test.cl
    struct vectors vectors;
};

static void check(const struct fixture *f, enum lb_status status)
{
    if (status != LB_OK) {
        fail_msg("status %d: %s", (int)status, lb_context_error(f->ctx));
    }
}

static void read_words(const json_t *vector, const char *name, uint32_t *out, size_t n)
{
    const json_t *words = json_object_get(vector, name);
    assert_int_equal(json_array_size(words), n);
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint32_t)json_integer_value(json_array_get(words, i));
    }
}

static void read_vectors(struct vectors *out, const char *folder)
{
    char *path = lb_path_join(folder, "philox.json");
    json_t *root = json_load_file(path, 0, NULL);
    free(path);
    assert_non_null(root);
    const json_t *list = json_object_get(root, "vectors");
    out->n = json_array_size(list);
    assert_uint_in_range(out->n, 3, MAX_VECTORS);
    for (size_t i = 0; i < out->n; i++) {
        const json_t *vector = json_array_get(list, i);
        read_words(vector, "counter", out->counter[i], 4);
        read_words(vector, "key", out->key[i], 2);
        read_words(vector, "output", out->output[i], 4);
    }
    json_decref(root);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    *state = f;
    const char *data = getenv("LB_TEST_DATA");
    assert_non_null(data);
    read_vectors(&f->vectors, data);
    struct lb_text file = {0};
    lb_text_addf(&file, "%s/../kernels/philox_test.cl", data);
    f->file = file.data;
    assert_int_equal(lb_context_create(&f->ctx, NULL), LB_OK);
    check(f, lb_device_open(&f->device, f->ctx, getenv("LOWBEND_DEVICE")));
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    lb_device_close(&f->device);
    lb_context_destroy(&f->ctx);
    free(f->file);
    free(f);
    return 0;
}

static void check_words(const char *what, size_t row, const uint32_t *got, const uint32_t *wanted,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (got[i] != wanted[i]) {
            fail_msg("%s: row %zu word %zu: got %08x, expected %08x", what, row, i,
                     (unsigned)got[i], (unsigned)wanted[i]);
        }
    }
}

static void host_gives_the_published_words(void **state)
{
    const struct fixture *f = *state;
    for (size_t i = 0; i < f->vectors.n; i++) {
        uint32_t out[4];
        lb_philox4x32(f->vectors.counter[i], f->vectors.key[i], out);
        check_words("host", i, out, f->vectors.output[i], 4);
    }
}

static void device_gives_the_published_words(void **state)
{
    struct fixture *f = *state;
    const struct vectors *v = &f->vectors;
    cl_mem counter = NULL;
    cl_mem key = NULL;
    cl_mem out = NULL;
    cl_kernel kernel = NULL;
    check(f, lb_buffer_create(f->device, &counter, v->n * sizeof v->counter[0], "counters"));
    check(f, lb_buffer_create(f->device, &key, v->n * sizeof v->key[0], "keys"));
    check(f, lb_buffer_create(f->device, &out, v->n * sizeof v->output[0], "words"));
    check(f, lb_buffer_write(f->device, counter, 0, v->counter, v->n * sizeof v->counter[0]));
    check(f, lb_buffer_write(f->device, key, 0, v->key, v->n * sizeof v->key[0]));
    check(f, lb_kernel_get(f->device, &kernel, f->file, "run_philox", NULL));
    const cl_int n = (cl_int)v->n;
    const struct lb_ndrange grid = LB_NDRANGE(v->n);
    check(f,
          lb_launch(f->device, kernel, grid, LB_ARG(n), LB_ARG(counter), LB_ARG(key), LB_ARG(out)));
    static uint32_t got[MAX_VECTORS][4];
    check(f, lb_buffer_read(f->device, out, 0, got, v->n * sizeof got[0]));
    for (size_t i = 0; i < v->n; i++) {
        check_words("device", i, got[i], v->output[i], 4);
    }
    lb_buffer_release(&counter);
    lb_buffer_release(&key);
    lb_buffer_release(&out);
}

/** Runs one of the stream kernels over STREAMS work-items and reads `bytes` back. */
static void run_streams(struct fixture *f, const char *name, void *got, size_t bytes)
{
    cl_mem out = NULL;
    cl_kernel kernel = NULL;
    check(f, lb_buffer_create(f->device, &out, bytes, "numbers"));
    check(f, lb_kernel_get(f->device, &kernel, f->file, name, NULL));
    const cl_int n = STREAMS;
    const cl_ulong seed = SEED;
    const cl_uint stream = STREAM;
    const cl_uint step = STEP;
    const struct lb_ndrange grid = LB_NDRANGE(STREAMS);
    check(f, lb_launch(f->device, kernel, grid, LB_ARG(n), LB_ARG(seed), LB_ARG(stream),
                       LB_ARG(step), LB_ARG(out)));
    check(f, lb_buffer_read(f->device, out, 0, got, bytes));
    lb_buffer_release(&out);
}

/** Words 4b .. 4b+3 of the stream that starts with rng_start(SEED, STREAM, STEP, index). */
static void host_block(uint32_t index, uint32_t b, uint32_t out[4])
{
    const uint32_t counter[4] = {b, index, STEP, STREAM};
    const uint32_t key[2] = {(uint32_t)SEED, (uint32_t)(SEED >> 32)};
    lb_philox4x32(counter, key, out);
}

static void streams_draw_block_after_block(void **state)
{
    static uint32_t got[STREAMS][6];
    run_streams(*state, "run_bits", got, sizeof got);
    for (uint32_t i = 0; i < STREAMS; i++) {
        uint32_t wanted[8];
        host_block(i, 0, wanted);
        host_block(i, 1, wanted + 4);
        check_words("rng_bits", i, got[i], wanted, 6);
    }
}

static void uniform_is_the_same_on_host_and_device(void **state)
{
    static float got[STREAMS];
    run_streams(*state, "run_uniform", got, sizeof got);
    double sum = 0.0;
    for (uint32_t i = 0; i < STREAMS; i++) {
        uint32_t block[4];
        host_block(i, 0, block);
        const double wanted = lb_philox_uniform(block[0]);
        if ((double)got[i] != wanted) {
            fail_msg("stream %u: device %.10g, host %.10g", (unsigned)i, (double)got[i], wanted);
        }
        sum += wanted;
    }
    /* The mean of n uniform numbers has the standard deviation 1/sqrt(12 n) = 0.0045. */
    if (fabs(sum / STREAMS - 0.5) > 0.02) {
        fail_msg("mean %.5f, expected 0.5 +- 0.02", sum / STREAMS);
    }
}

static void uniform_never_reaches_0_or_1(void **state)
{
    (void)state;
    const float low = (float)lb_philox_uniform(0u);
    const float high = (float)lb_philox_uniform(UINT32_MAX);
    if (!(low > 0.0f && low == ldexpf(1.0f, -24))) {
        fail_msg("smallest %.10g, expected %.10g", (double)low, ldexp(1.0, -24));
    }
    if (!(high < 1.0f && high == 1.0f - ldexpf(1.0f, -24))) {
        fail_msg("largest %.10g, expected %.10g", (double)high, 1.0 - ldexp(1.0, -24));
    }
}

static void normal_is_box_muller(void **state)
{
    static float got[STREAMS][2];
    run_streams(*state, "run_normal", got, sizeof got);
    const double pi = acos(-1.0);
    double squares = 0.0;
    for (uint32_t i = 0; i < STREAMS; i++) {
        uint32_t block[4];
        host_block(i, 0, block);
        const double radius = sqrt(-2.0 * log(lb_philox_uniform(block[0])));
        const double angle = 2.0 * pi * lb_philox_uniform(block[1]);
        const double wanted[2] = {radius * cos(angle), radius * sin(angle)};
        for (int j = 0; j < 2; j++) {
            if (!(fabs((double)got[i][j] - wanted[j]) <= 1e-5)) {
                fail_msg("stream %u number %d: device %.8g, host %.8g, tolerance 1e-5", (unsigned)i,
                         j, (double)got[i][j], wanted[j]);
            }
            squares += wanted[j] * wanted[j];
        }
    }
    /* The variance of 2n normal numbers has the standard deviation sqrt(2/(2n)) = 0.016. */
    if (fabs(squares / (2.0 * STREAMS) - 1.0) > 0.08) {
        fail_msg("variance %.5f, expected 1 +- 0.08", squares / (2.0 * STREAMS));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_gives_the_published_words),
        cmocka_unit_test(device_gives_the_published_words),
        cmocka_unit_test(streams_draw_block_after_block),
        cmocka_unit_test(uniform_is_the_same_on_host_and_device),
        cmocka_unit_test(uniform_never_reaches_0_or_1),
        cmocka_unit_test(normal_is_box_muller),
    };
    return cmocka_run_group_tests_name("philox", tests, set_up, tear_down);
}
