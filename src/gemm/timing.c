#include "gemm/timing.h"

#include <stdlib.h>

#include "base/clock.h"

enum { SIDE = 1024 };

enum lb_status lb_gemm_fill(struct lb_device *device, cl_mem *out, size_t n)
{
    LB_TRY(lb_buffer_create(device, out, n * sizeof(float), "a matrix"));
    float *values = malloc(n * sizeof *values);
    if (values == NULL) {
        return lb_fail_memory(device->ctx, "a matrix");
    }
    for (size_t i = 0; i < n; i++) {
        values[i] = (float)(i * 2654435761u % 2048u) / 2048.0f - 0.5f;
    }
    const enum lb_status status = lb_buffer_write(device, *out, 0, values, n * sizeof *values);
    free(values);
    return status;
}

enum lb_status lb_gemm_square_create(struct lb_gemm_square *square, struct lb_gemm *gemm,
                                     struct lb_device *device)
{
    square->gemm = gemm;
    square->device = device;
    LB_TRY(lb_gemm_fill(device, &square->a, (size_t)SIDE * SIDE));
    LB_TRY(lb_gemm_fill(device, &square->b, (size_t)SIDE * SIDE));
    return lb_gemm_fill(device, &square->c, (size_t)SIDE * SIDE);
}

void lb_gemm_square_destroy(struct lb_gemm_square *square)
{
    lb_buffer_release(&square->a);
    lb_buffer_release(&square->b);
    lb_buffer_release(&square->c);
}

enum lb_status lb_gemm_square_run(struct lb_gemm_square *square)
{
    static const bool transposes[][2] = {{false, false}, {false, true}, {true, false}};
    LB_TRY(lb_device_finish(square->device));
    for (size_t i = 0; i < LB_COUNT(transposes); i++) {
        const struct lb_gemm_call call = {
            .transpose_a = transposes[i][0],
            .transpose_b = transposes[i][1],
            .m = SIDE,
            .n = SIDE,
            .k = SIDE,
            .a = {square->a, 0, SIDE},
            .b = {square->b, 0, SIDE},
            .c = {square->c, 0, SIDE},
        };
        const double start = lb_clock_seconds();
        LB_TRY(lb_gemm_run(square->gemm, &call));
        LB_TRY(lb_device_finish(square->device));
        const double seconds = lb_clock_seconds() - start;
        const double gflops = 2e-9 * SIDE * SIDE * SIDE / seconds;
        square->gflops = gflops > square->gflops ? gflops : square->gflops;
    }
    return LB_OK;
}
