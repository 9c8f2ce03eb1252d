/*
 * Loss of n chains and its gradient, one work-item per chain (method.md, section 2): of its five
 * equidistant points, with ends d apart, all ten pairs give a first quotient, and the four triples
 * that contain a pair's midpoint a second one; see pair_loss.cl.
 *
 *     distortion = mean of the ten gamma_c(|first|),   bending = mean of the four |second|^2
 *
 * z (5 n, l): latents of all first points, then all second ones, and so on. dz likewise receives
 * the gradient of mean distortion + lambda mean bending; it may be z's own buffer. partial (groups,
 * 4) receives each group's sums of a chain's distortion, bending and of their squares; mean_terms
 * adds them up.
 */
#include "loss/pair_loss.cl"
#include "lib/chain.cl"
#include "lib/reduce.cl"

#define CHAIN_PAIRS   10
#define CHAIN_TRIPLES 4

/* x, y: the points of a pair; first all that are 1 step apart, then 2, and so on. */
__constant int pair_x[CHAIN_PAIRS] = {0, 1, 2, 3, 0, 1, 2, 0, 1, 0};
__constant int pair_y[CHAIN_PAIRS] = {1, 2, 3, 4, 2, 3, 4, 3, 4, 4};
/* The pairs whose midpoint, between x and y, is also a point. */
__constant int triple_x[CHAIN_TRIPLES] = {0, 1, 2, 0};
__constant int triple_y[CHAIN_TRIPLES] = {2, 3, 4, 4};

__kernel ONE_GROUP void chain_gradient(__global const float *z, __global const float *distance,
                                       int n, int l, float lambda, float c_squared, float least,
                                       __global float *dz, __global float4 *partial)
{
    const int local_id = get_local_id(0);
    const int i = get_global_id(0);
    __local float4 sums[GROUP];
    float4 terms = (float4)(0.0f);
    if (i < n) {
        const float step = distance[i] * (1.0f / (CHAIN - 1));
        float point[CHAIN];
        float first_scale[CHAIN_PAIRS];
        float first_squared[CHAIN_PAIRS];
        float first_weight[CHAIN_PAIRS];
        float second_scale[CHAIN_TRIPLES];
        float second_squared[CHAIN_TRIPLES];
        float second_weight[CHAIN_TRIPLES];
#pragma unroll
        for (int p = 0; p < CHAIN_PAIRS; p++) {
            first_scale[p] = 1.0f / (step * (pair_y[p] - pair_x[p]));
            first_squared[p] = 0.0f;
        }
#pragma unroll
        for (int t = 0; t < CHAIN_TRIPLES; t++) {
            const float d = step * (triple_y[t] - triple_x[t]);
            second_scale[t] = 8.0f / (d * d);
            second_squared[t] = 0.0f;
        }
        for (int k = 0; k < l; k++) {
#pragma unroll
            for (int j = 0; j < CHAIN; j++) {
                point[j] = z[(size_t)(j * n + i) * l + k];
            }
#pragma unroll
            for (int p = 0; p < CHAIN_PAIRS; p++) {
                const float first = (point[pair_y[p]] - point[pair_x[p]]) * first_scale[p];
                first_squared[p] += first * first;
            }
#pragma unroll
            for (int t = 0; t < CHAIN_TRIPLES; t++) {
                const int m = (triple_x[t] + triple_y[t]) / 2;
                const float second =
                    second_difference(point[triple_x[t]], point[triple_y[t]], point[m]) *
                    second_scale[t];
                second_squared[t] += second * second;
            }
        }
        float distortion = 0.0f;
        float bending = 0.0f;
#pragma unroll
        for (int p = 0; p < CHAIN_PAIRS; p++) {
            const float2 gamma = gamma_and_slope(first_squared[p], c_squared, least);
            distortion += gamma.x;
            first_weight[p] =
                2.0f * gamma.y * first_scale[p] * first_scale[p] / ((float)CHAIN_PAIRS * n);
        }
#pragma unroll
        for (int t = 0; t < CHAIN_TRIPLES; t++) {
            bending += second_squared[t];
            second_weight[t] =
                2.0f * lambda * second_scale[t] * second_scale[t] / ((float)CHAIN_TRIPLES * n);
        }
        for (int k = 0; k < l; k++) {
            float gradient[CHAIN];
#pragma unroll
            for (int j = 0; j < CHAIN; j++) {
                point[j] = z[(size_t)(j * n + i) * l + k];
                gradient[j] = 0.0f;
            }
#pragma unroll
            for (int p = 0; p < CHAIN_PAIRS; p++) {
                const float first = (point[pair_y[p]] - point[pair_x[p]]) * first_weight[p];
                gradient[pair_x[p]] -= first;
                gradient[pair_y[p]] += first;
            }
#pragma unroll
            for (int t = 0; t < CHAIN_TRIPLES; t++) {
                const int m = (triple_x[t] + triple_y[t]) / 2;
                const float second =
                    second_difference(point[triple_x[t]], point[triple_y[t]], point[m]) *
                    second_weight[t];
                gradient[triple_x[t]] += 0.5f * second;
                gradient[triple_y[t]] += 0.5f * second;
                gradient[m] -= second;
            }
#pragma unroll
            for (int j = 0; j < CHAIN; j++) {
                dz[(size_t)(j * n + i) * l + k] = gradient[j];
            }
        }
        distortion *= 1.0f / CHAIN_PAIRS;
        bending *= 1.0f / CHAIN_TRIPLES;
        terms = (float4)(distortion, bending, distortion * distortion, bending * bending);
    }
    const float4 sum = group_sum(terms, local_id, sums);
    if (local_id == 0) {
        partial[get_group_id(0)] = sum;
    }
}
