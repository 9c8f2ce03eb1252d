#include "gemm/gemm_self_test.h"

#include <stdlib.h>
#include <string.h>

#include "gemm/gemm.h"

enum { M = 37, N = 35, K = 53, PAD = 3, OFFSET = 5 };
/* Three images whose patches are M_PATCHES rows of K_PATCHES numbers, and pixels for these rows. */
enum { HEIGHT = 4, WIDTH = 3, CHANNELS = 4, KERNEL = 3, IMAGES = 3, STEP = 2 };
enum { M_PATCHES = IMAGES * HEIGHT * WIDTH, K_PATCHES = KERNEL * KERNEL * CHANNELS };
/* Images with enough patches that back ends divide sums over them. */
enum { MANY_HEIGHT = 24, MANY_WIDTH = 30, MANY_PATCHES = IMAGES * MANY_HEIGHT * MANY_WIDTH };
enum { MATRIX = OFFSET + MANY_PATCHES * (N + PAD) }; // space for each matrix

static const double tolerance = 3e-5; // relative to the largest number; a few hundred roundings

struct product {
    float a[MATRIX];
    float b[MATRIX];
    float c[MATRIX];
    float slope[MATRIX];
    float bias[N];
    float got[MATRIX];
    float got_slope[MATRIX];
    double want[M * N];
    double want_slope[M * N];
    float dense[M * N];
    cl_mem mems[5];
};

static struct lb_matrix view(cl_mem mem, int columns)
{
    return (struct lb_matrix){mem, OFFSET, (size_t)columns + PAD};
}

static size_t place(int i, int j, int columns)
{
    return (size_t)OFFSET + (size_t)i * ((size_t)columns + PAD) + (size_t)j;
}

/* Element k of patch i. */
static double patch_number(const struct product *p, const struct lb_patches *patches, int i, int k)
{
    const int height = patches->height;
    const int width = patches->width;
    const int y = i / width % height + k / CHANNELS / KERNEL - patches->top;
    const int x = i % width + k / CHANNELS % KERNEL - patches->left;
    if (y < 0 || y >= height || x < 0 || x >= width) {
        return 0.0;
    }
    const int pixel = (i / (height * width) * height + y) * width + x;
    return (double)p->a[OFFSET + pixel * CHANNELS + k % CHANNELS];
}

static double a_number(const struct product *p, const struct lb_gemm_call *call, int i, int k)
{
    if (call->patches.height > 0) {
        return call->transpose_a ? patch_number(p, &call->patches, k, i)
                                 : patch_number(p, &call->patches, i, k);
    }
    return (double)p->a[call->transpose_a ? place(k, i, call->m) : place(i, k, call->k)];
}

/* Position of row i of the product in C. */
static int row_of_c(const struct lb_gemm_call *call, int i)
{
    const struct lb_pixels *pixels = &call->pixels;
    if (pixels->height == 0) {
        return i;
    }
    const int y = pixels->top + STEP * (i / WIDTH % HEIGHT);
    const int x = pixels->left + STEP * (i % WIDTH);
    return (i / (HEIGHT * WIDTH) * pixels->height + y) * pixels->width + x;
}

static void expect(struct product *p, const struct lb_gemm_call *call)
{
    for (int i = 0; i < call->m; i++) {
        const int row = row_of_c(call, i);
        for (int j = 0; j < N; j++) {
            const size_t at = (size_t)i * N + (size_t)j;
            double sum = (double)call->beta * (double)p->c[place(row, j, N)];
            for (int k = 0; k < call->k; k++) {
                const size_t b = call->transpose_b ? place(j, k, call->k) : place(k, j, N);
                sum += a_number(p, call, i, k) * (double)p->b[b];
            }
            p->want_slope[at] = (double)p->slope[place(row, j, N)];
            if (call->epilogue.kind == LB_EPILOGUE_ACTIVATE) {
                sum = call->epilogue.function->value(sum + (double)p->bias[j], &p->want_slope[at]);
            } else if (call->epilogue.kind == LB_EPILOGUE_SCALE) {
                sum *= p->want_slope[at];
            }
            p->want[at] = sum;
        }
    }
}

static const float *dense(struct product *p, const struct lb_gemm_call *call, const float *matrix)
{
    for (int i = 0; i < call->m; i++) {
        memcpy(p->dense + i * N, matrix + place(row_of_c(call, i), 0, N), N * sizeof(float));
    }
    return p->dense;
}

static enum lb_status run_product(struct lb_self_test *test, struct lb_gemm *gemm,
                                  struct product *p, const struct lb_gemm_call *call)
{
    static const char *const names[2][2] = {{"A B", "A B^T"}, {"A^T B", "A^T B^T"}};
    struct lb_device *device = test->device;
    const char *what =
        call->patches.height > 0 ? "patches" : names[call->transpose_a][call->transpose_b];
    const size_t n = (size_t)call->m * N;
    LB_TRY(lb_buffer_write(device, call->c.mem, 0, p->c, sizeof p->c));
    LB_TRY(lb_buffer_write(device, p->mems[3], 0, p->slope, sizeof p->slope));
    LB_TRY(lb_gemm_run(gemm, call));
    LB_TRY(lb_buffer_read(device, call->c.mem, 0, p->got, sizeof p->got));
    LB_TRY(lb_buffer_read(device, p->mems[3], 0, p->got_slope, sizeof p->got_slope));
    expect(p, call);
    lb_self_test_compare(test, what, dense(p, call, p->got), p->want, n, tolerance);
    lb_self_test_compare(test, what, dense(p, call, p->got_slope), p->want_slope, n, tolerance);
    return LB_OK;
}

static struct lb_epilogue activate(const struct product *p, const struct lb_elementwise *function)
{
    return (struct lb_epilogue){LB_EPILOGUE_ACTIVATE, function, p->mems[4], 0, view(p->mems[3], N)};
}

/* Rows at pixels, contiguous rows, and transposed; few patches and many. */
static enum lb_status run_patches(struct lb_self_test *test, struct lb_gemm *gemm,
                                  struct product *p, const struct lb_elementwise *function)
{
    struct lb_gemm_call call = {
        .m = M_PATCHES,
        .n = N,
        .k = K_PATCHES,
        .a = {p->mems[0], OFFSET, CHANNELS},
        .b = view(p->mems[1], N),
        .c = view(p->mems[2], N),
        .patches = {HEIGHT, WIDTH, CHANNELS, KERNEL, KERNEL, 1, 1, 1, HEIGHT, WIDTH},
        .pixels = {HEIGHT * STEP, WIDTH * STEP, STEP, 1, 0, HEIGHT, WIDTH},
        .epilogue = activate(p, function),
    };
    LB_TRY(run_product(test, gemm, p, &call));
    call.pixels = (struct lb_pixels){0};
    LB_TRY(run_product(test, gemm, p, &call));
    call.epilogue = (struct lb_epilogue){0};
    call.transpose_a = true;
    call.m = K_PATCHES;
    call.k = M_PATCHES;
    LB_TRY(run_product(test, gemm, p, &call));
    call.k = MANY_PATCHES;
    call.patches.height = call.patches.rows = MANY_HEIGHT;
    call.patches.width = call.patches.columns = MANY_WIDTH;
    return run_product(test, gemm, p, &call);
}

static enum lb_status run_products(struct lb_self_test *test, struct lb_gemm *gemm,
                                   struct product *p, const struct lb_elementwise *function)
{
    const struct lb_epilogue scale = {.kind = LB_EPILOGUE_SCALE, .slope = view(p->mems[3], N)};
    const struct {
        struct lb_epilogue epilogue;
        float beta;
    } modes[] = {
        {activate(p, function),
         0.0f}, // first, because the others reuse the program of the previous function
        {{0}, 0.0f},
        {{0}, 1.0f},
        {scale, 0.0f},
    };
    for (int i = 0; i < 4 * (int)LB_COUNT(modes); i++) {
        struct lb_gemm_call call = {
            .transpose_a = i % 2 == 1,
            .transpose_b = i / 2 % 2 == 1,
            .m = M,
            .n = N,
            .k = K,
            .c = view(p->mems[2], N),
            .beta = modes[i / 4].beta,
            .epilogue = modes[i / 4].epilogue,
        };
        call.a = view(p->mems[0], call.transpose_a ? M : K);
        call.b = view(p->mems[1], call.transpose_b ? K : N);
        LB_TRY(run_product(test, gemm, p, &call));
    }
    return LB_OK;
}

static enum lb_status run_test(struct lb_self_test *test, const struct lb_elementwise *function,
                               bool patches)
{
    struct lb_device *device = test->device;
    struct lb_gemm *gemm = NULL;
    enum lb_status status = LB_OK;
    struct product *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return lb_fail_memory(device->ctx, "self-test");
    }
    const struct {
        float *values;
        size_t n;
    } inputs[] = {{p->a, MATRIX}, {p->b, MATRIX}, {p->c, MATRIX}, {p->slope, MATRIX}, {p->bias, N}};
    for (size_t i = 0; i < LB_COUNT(inputs); i++) {
        const size_t bytes = inputs[i].n * sizeof(float);
        lb_self_test_draw(test, inputs[i].values, inputs[i].n);
        LB_CHECK(lb_buffer_create(device, &p->mems[i], bytes, "self-test"));
        LB_CHECK(lb_buffer_write(device, p->mems[i], 0, inputs[i].values, bytes));
    }
    LB_CHECK(lb_gemm_create(&gemm, device, test->gemm));
    LB_CHECK(patches ? run_patches(test, gemm, p, function)
                     : run_products(test, gemm, p, function));
fail:
    lb_gemm_destroy(&gemm);
    for (size_t i = 0; i < LB_COUNT(p->mems); i++) {
        lb_buffer_release(&p->mems[i]);
    }
    free(p);
    return status;
}

enum lb_status lb_gemm_self_test(struct lb_self_test *test, const struct lb_elementwise *function)
{
    return run_test(test, function, false);
}

enum lb_status lb_gemm_self_test_patches(struct lb_self_test *test,
                                         const struct lb_elementwise *function)
{
    return run_test(test, function, true);
}
