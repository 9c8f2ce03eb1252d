/*
 * Elementwise parts of Muon between its matrix products (host side and formulas: src/optim/muon.h).
 *
 * Matrices are views of the parameter block. Kernels that traverse all of them use a table of runs
 * (lib/runs.cl): each belongs to matrix w and starts at number z of the buffers that hold only
 * Muon's matrices. The others process one matrix A (n, n), one work-item per RUN numbers.
 */
#include "lib/runs.cl"
#include "lib/vfloat.cl"

#define MOMENTUM(T, LOAD_AT, STORE_AT)                                                             \
    do {                                                                                           \
        T g = LOAD_AT(gradients + i);                                                              \
        for (int part = 1; part < parts; part++) {                                                 \
            g += LOAD_AT(gradients + (size_t)part * n + i);                                        \
        }                                                                                          \
        const T m = momentum * LOAD_AT(moment + i) + g;                                            \
        STORE_AT(m, moment + i);                                                                   \
        STORE_AT(g + momentum * m, direction + i - shift);                                         \
    } while (0)

/* M <- momentum M + g;  U = g + momentum M. With skip[0] set, M is unchanged and U = 0, so that
 * later kernels leave all weights unchanged. */
__kernel void muon_momentum(__global const int4 *runs, int count, __global const float *gradients,
                            int parts, int n, __global float *moment, __global float *direction,
                            float momentum, __global const int *skip)
{
    FIND_RUN(runs, count)
    const int shift = run.x - run.z;
    if (skip[0] != 0) {
        for (; i < run.y; i += LANES) {
            direction[i - shift] = 0.0f;
        }
        return;
    }
    EACH_OF_RUN(MOMENTUM, run.y)
}

/* A = G s^2 for G = U U^T or U^T U: the trace is |U|^2, so s = 1 / (|U| + 1e-7), which is stored,
 * or with `again` set read. Each work-item adds up the diagonal itself, in the same order. */
__kernel void muon_normalise(__global const float *gram, int n, __global float *a,
                             __global float *scales, int matrix, int again)
{
    const int first = get_global_id(0) * RUN;
    const int end = min(first + RUN, n * n);
    float scale;
    if (again) {
        scale = scales[matrix];
    } else {
        float4 sum = 0.0f;
        int r = 0;
        for (; r + 4 <= n; r += 4) {
            __global const float *at = gram + r * (n + 1);
            sum += (float4)(at[0], at[n + 1], at[2 * (n + 1)], at[3 * (n + 1)]);
        }
        for (; r < n; r++) {
            sum.x += gram[r * (n + 1)];
        }
        scale = 1.0f / (sqrt((sum.x + sum.y) + (sum.z + sum.w)) + 1e-7f);
        if (first == 0) {
            scales[matrix] = scale;
        }
    }
    int i = first;
    for (; i + VECTOR_WIDTH <= end; i += VECTOR_WIDTH) {
        STORE_VFLOAT(LOAD_VFLOAT(gram + i) * scale * scale, a + i);
    }
    for (; i < end; i++) {
        a[i] = gram[i] * scale * scale;
    }
}

/* Q = x I + y A + z Q, where Q holds A^2. */
__kernel void muon_polynomial(__global const float *a, __global float *q, int n, float x, float y,
                              float z)
{
    const int first = get_global_id(0) * RUN;
    const int end = min(first + RUN, n * n);
    int i = first;
    for (; i + VECTOR_WIDTH <= end; i += VECTOR_WIDTH) {
        STORE_VFLOAT(y * LOAD_VFLOAT(a + i) + z * LOAD_VFLOAT(q + i), q + i);
    }
    for (; i < end; i++) {
        q[i] = y * a[i] + z * q[i];
    }
    for (int d = (first + n) / (n + 1) * (n + 1); d < end; d += n + 1) {
        q[d] += x;
    }
}

#define UPDATE(T, LOAD_AT, STORE_AT)                                                               \
    STORE_AT(LOAD_AT(parameters + i) - rate * LOAD_AT(direction + i - shift), parameters + i)

/* W <- W - lr gain s O */
__kernel void muon_update(__global const int4 *runs, int count, __global float *parameters,
                          __global const float *direction, __global const float *gains,
                          __global const float *scales, float lr, __global const int *skip)
{
    if (skip[0] != 0) {
        return;
    }
    FIND_RUN(runs, count)
    const float rate = lr * gains[run.w] * scales[run.w];
    const int shift = run.x - run.z;
    EACH_OF_RUN(UPDATE, run.y)
}
