/*
 * Gradient clipping: g <- g min(1, limit / |g|), for the sum g of gradients (parts, n), in order.
 * Each work-item of the first kernel writes the sum of its squares, the second kernel adds these in
 * a fixed tree.
 */
#include "lib/reduce.cl"
#include "lib/runs.cl"
#include "lib/vfloat.cl"

#define ADD_PARTS(T, LOAD_AT, STORE_AT)                                                            \
    do {                                                                                           \
        T g = LOAD_AT(gradients + i);                                                              \
        for (int part = 1; part < parts; part++) {                                                 \
            g += LOAD_AT(gradients + (size_t)part * n + i);                                        \
        }                                                                                          \
        STORE_AT(g, gradient + i);                                                                 \
        squares_##T += g * g;                                                                      \
    } while (0)

__kernel void clip_squares(__global const int4 *runs, int count, __global const float *gradients,
                           int parts, int n, __global float *gradient, __global float *partial)
{
    FIND_RUN(runs, count)
    vfloat squares_vfloat = 0.0f;
    float squares_float = 0.0f;
    EACH_OF_RUN(ADD_PARTS, run.y)
    float lanes[VECTOR_WIDTH];
    STORE_VFLOAT(squares_vfloat, lanes);
    for (int lane = 0; lane < VECTOR_WIDTH; lane++) {
        squares_float += lanes[lane];
    }
    partial[id] = squares_float;
}

__kernel ONE_GROUP
void clip_factor(__global const float *partial, int count, float limit, __global float *factor)
{
    const int local_id = get_local_id(0);
    __local float4 sums[GROUP];
    float4 sum = (float4)(0.0f);
    for (int i = local_id; i < count * LANES; i += GROUP) {
        sum.x += partial[i];
    }
    const float norm = sqrt(group_sum(sum, local_id, sums).x);
    if (local_id == 0) {
        factor[0] = norm <= limit ? 1.0f : limit / norm;
    }
}

#define SCALE_BY(T, LOAD_AT, STORE_AT) STORE_AT(by * LOAD_AT(gradient + i), gradient + i)

__kernel void clip_scale(__global const int4 *runs, int count, __global float *gradient,
                         __global const float *factor)
{
    FIND_RUN(runs, count)
    const float by = factor[0];
    EACH_OF_RUN(SCALE_BY, run.y)
}
