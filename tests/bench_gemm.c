/*
 * Speed of the matrix products of training, packing and epilogue included: one JSON line each.
 *
 *     bench_gemm [panel|clblast]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "gemm/gemm.h"
#include "nn/activation.h"

#define REPEATS        7
#define ENOUGH_SECONDS 0.04

struct shape {
    const char *use;
    bool transpose_a;
    bool transpose_b;
    int m;
    int n;
    int k;
    enum lb_epilogue_kind epilogue;
};

/* Y = act(X W + b), dW = X^T dY, dX = dY W^T * slope: first for 3 * 128 rows, then for 3 * 512 rows
   of small layers. */
static const struct shape shapes[] = {
    {"forward", false, false, 384, 512, 4096, LB_EPILOGUE_ACTIVATE},
    {"forward", false, false, 384, 512, 512, LB_EPILOGUE_ACTIVATE},
    {"forward", false, false, 384, 16, 512, LB_EPILOGUE_ACTIVATE},
    {"forward", false, false, 384, 4096, 512, LB_EPILOGUE_ACTIVATE},
    {"weights", true, false, 4096, 512, 384, LB_EPILOGUE_NONE},
    {"weights", true, false, 512, 512, 384, LB_EPILOGUE_NONE},
    {"weights", true, false, 512, 16, 384, LB_EPILOGUE_NONE},
    {"weights", true, false, 512, 4096, 384, LB_EPILOGUE_NONE},
    {"input", false, true, 384, 512, 512, LB_EPILOGUE_SCALE},
    {"input", false, true, 384, 512, 16, LB_EPILOGUE_SCALE},
    {"input", false, true, 384, 512, 4096, LB_EPILOGUE_SCALE},
    /* The latent layers of default networks: 16 codes, and 3. */
    {"forward", false, false, 384, 16, 256, LB_EPILOGUE_ACTIVATE},
    {"weights", true, false, 256, 16, 384, LB_EPILOGUE_NONE},
    {"input", false, true, 384, 256, 16, LB_EPILOGUE_SCALE},
    {"forward", false, false, 128, 256, 16, LB_EPILOGUE_ACTIVATE},
    {"weights", true, false, 16, 256, 128, LB_EPILOGUE_NONE},
    {"input", false, true, 128, 16, 256, LB_EPILOGUE_NONE},
    {"forward", false, false, 384, 3, 256, LB_EPILOGUE_ACTIVATE},
    {"weights", true, false, 256, 3, 384, LB_EPILOGUE_NONE},
    {"input", false, true, 128, 3, 256, LB_EPILOGUE_NONE},
    {"forward", false, false, 384, 32, 256, LB_EPILOGUE_ACTIVATE},
    {"weights", true, false, 256, 32, 384, LB_EPILOGUE_NONE},
    {"forward", false, false, 1536, 64, 3, LB_EPILOGUE_ACTIVATE},
    {"forward", false, false, 1536, 64, 64, LB_EPILOGUE_ACTIVATE},
    {"forward", false, false, 1536, 3, 64, LB_EPILOGUE_ACTIVATE},
    {"weights", true, false, 64, 64, 1536, LB_EPILOGUE_NONE},
};

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum lb_status fill(struct lb_device *device, cl_mem *out, size_t n)
{
    LB_TRY(lb_buffer_create(device, out, n * sizeof(float), "a benchmark matrix"));
    float *values = malloc(n * sizeof(float));
    if (!values) {
        return LB_ERR_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        values[i] = (float)(i * 2654435761u % 2048u) / 2048.0f - 0.5f;
    }
    const enum lb_status status = lb_buffer_write(device, *out, 0, values, n * sizeof(float));
    free(values);
    return status;
}

/* Median seconds per call, and the time of the first call. */
static enum lb_status measure(struct lb_gemm *gemm, struct lb_device *device,
                              const struct lb_gemm_call *call, double *median, double *first)
{
    double start = seconds();
    LB_TRY(lb_gemm_run(gemm, call));
    LB_TRY(lb_device_finish(device));
    *first = seconds() - start;
    start = seconds();
    LB_TRY(lb_gemm_run(gemm, call));
    LB_TRY(lb_device_finish(device));
    const double once = seconds() - start;
    const int batch = once < ENOUGH_SECONDS ? 1 + (int)(ENOUGH_SECONDS / once) : 1;
    double times[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
        start = seconds();
        for (int j = 0; j < batch; j++) {
            LB_TRY(lb_gemm_run(gemm, call));
        }
        LB_TRY(lb_device_finish(device));
        times[i] = (seconds() - start) / batch;
    }
    qsort(times, REPEATS, sizeof(times[0]), compare);
    *median = times[REPEATS / 2];
    return LB_OK;
}

static enum lb_status bench_shape(struct lb_gemm *gemm, struct lb_device *device,
                                  const struct shape *shape)
{
    static const char *const epilogues[] = {"none", "activate", "scale"};
    const size_t m = (size_t)shape->m;
    const size_t n = (size_t)shape->n;
    const size_t k = (size_t)shape->k;
    cl_mem a = NULL;
    cl_mem b = NULL;
    cl_mem c = NULL;
    cl_mem bias = NULL;
    cl_mem slope = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(fill(device, &a, m * k));
    LB_CHECK(fill(device, &b, k * n));
    LB_CHECK(fill(device, &c, m * n));
    LB_CHECK(fill(device, &bias, n));
    LB_CHECK(fill(device, &slope, m * n));
    const struct lb_gemm_call call = {
        .transpose_a = shape->transpose_a,
        .transpose_b = shape->transpose_b,
        .m = shape->m,
        .n = shape->n,
        .k = shape->k,
        .a = {a, 0, shape->transpose_a ? m : k},
        .b = {b, 0, shape->transpose_b ? k : n},
        .c = {c, 0, n},
        .epilogue = {shape->epilogue, lb_activation_row(LB_ELU)->function, bias, 0, {slope, 0, n}},
    };
    double median = 0.0;
    double first = 0.0;
    LB_CHECK(measure(gemm, device, &call, &median, &first));
    const double flops = 2.0 * (double)m * (double)n * (double)k;
    printf("{\"bench\":\"gemm\",\"backend\":\"%s\",\"use\":\"%s\",\"m\":%d,\"n\":%d,\"k\":%d,"
           "\"op\":\"%c%c\",\"epilogue\":\"%s\",\"gflops\":%.2f,\"us\":%.1f,\"first_ms\":%.1f}\n",
           lb_gemm_kind_name(lb_gemm_get_kind(gemm)), shape->use, shape->m, shape->n, shape->k,
           shape->transpose_a ? 'T' : 'N', shape->transpose_b ? 'T' : 'N',
           epilogues[shape->epilogue], flops / median * 1e-9, median * 1e6, first * 1e3);
    fflush(stdout);
fail:
    lb_buffer_release(&a);
    lb_buffer_release(&b);
    lb_buffer_release(&c);
    lb_buffer_release(&bias);
    lb_buffer_release(&slope);
    return status;
}

static enum lb_status bench(struct lb_device *device, enum lb_gemm_kind kind)
{
    struct lb_gemm *gemm = NULL;
    enum lb_status status = lb_gemm_create(&gemm, device, kind);
    for (size_t i = 0; status == LB_OK && i < LB_COUNT(shapes); i++) {
        status = bench_shape(gemm, device, &shapes[i]);
    }
    lb_gemm_destroy(&gemm);
    return status;
}

int main(int argc, char **argv)
{
    enum lb_gemm_kind only = LB_GEMM_AUTO;
    if (argc > 1 && lb_gemm_kind_parse(&only, argv[1]) != LB_OK) {
        fprintf(stderr, "bench_gemm: unknown back end %s (use panel or clblast)\n", argv[1]);
        return 2;
    }
    struct lb_context *ctx = NULL;
    struct lb_device *device = NULL;
    if (lb_context_create(&ctx, NULL) != LB_OK) {
        return 1;
    }
    enum lb_status status = lb_device_open(&device, ctx, getenv("LOWBEND_DEVICE"));
    if (status == LB_OK) {
        const struct lb_device_info *info = lb_device_get_info(device);
        printf("{\"device\":\"%s\",\"driver\":\"%s\",\"compute_units\":%u,\"vector_width\":%u}\n",
               info->name, info->driver, info->compute_units, info->vector_width);
        if (only != LB_GEMM_CLBLAST) {
            status = bench(device, LB_GEMM_PANEL);
        }
        if (status == LB_OK && only != LB_GEMM_PANEL && lb_gemm_is_built(LB_GEMM_CLBLAST)) {
            status = bench(device, LB_GEMM_CLBLAST);
        }
    }
    if (status != LB_OK) {
        fprintf(stderr, "bench_gemm: %s\n", lb_context_error(ctx));
    }
    lb_device_close(&device);
    lb_context_destroy(&ctx);
    return status == LB_OK ? 0 : 1;
}
