/*
 * Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) over one parameter block of n
 * floats, one work-item per RUN floats; the gradient g is the sum of gradients (parts, n), in
 * order:
 *
 *     p <- decay p;  m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2
 *     p <- p - rate m / (root sqrt(v) + epsilon)
 *
 * unless skip[0] is set, with rate = lr / (1 - b1^t), root = 1 / sqrt(1 - b2^t) and decay = 1 - lr
 * * weight_decay (1 for Adam). 1-b1 and 1-b2 come from the host: 1 - 0.999f loses four digits.
 * adam_update_runs() updates only parts of the block.
 */
#include "lib/runs.cl"
#include "lib/vfloat.cl"

#define ADAM(T, LOAD_AT, STORE_AT)                                                                 \
    do {                                                                                           \
        T g = LOAD_AT(gradients + i);                                                              \
        for (int part = 1; part < parts; part++) {                                                 \
            g += LOAD_AT(gradients + (size_t)part * n + i);                                        \
        }                                                                                          \
        const T m = beta1 * LOAD_AT(moment1 + i) + one_minus_beta1 * g;                            \
        const T v = beta2 * LOAD_AT(moment2 + i) + one_minus_beta2 * (g * g);                      \
        STORE_AT(m, moment1 + i);                                                                  \
        STORE_AT(v, moment2 + i);                                                                  \
        STORE_AT(decay * LOAD_AT(parameter + i) - rate * m / (root * sqrt(v) + epsilon),           \
                 parameter + i);                                                                   \
    } while (0)

#define ADAM_PARAMETERS                                                                            \
    __global float *parameter, __global const float *gradients, int parts,                         \
        __global float *moment1, __global float *moment2, int n, float beta1,                      \
        float one_minus_beta1, float beta2, float one_minus_beta2, float rate, float root,         \
        float epsilon, float decay, __global const int *skip

__kernel void adam_update(ADAM_PARAMETERS)
{
    if (skip[0] != 0) {
        return;
    }
    int i = get_global_id(0) * RUN;
    const int end = min(i + RUN, n);
    for (; i + VECTOR_WIDTH <= end; i += VECTOR_WIDTH) {
        ADAM(vfloat, LOAD_VFLOAT, STORE_VFLOAT);
    }
    for (; i < end; i++) {
        ADAM(float, LOAD_ONE, STORE_ONE);
    }
}

__kernel void adam_update_runs(ADAM_PARAMETERS, __global const int4 *runs, int count)
{
    if (skip[0] != 0) {
        return;
    }
    FIND_RUN(runs, count)
    EACH_OF_RUN(ADAM, run.y)
}
