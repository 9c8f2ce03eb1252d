/*
 * Packs an operand for panel.cl, or a part of it into local memory: groups of `width` rows of A or
 * columns of B (lanes), one group after the other; in each the `width` numbers of step 0 of k, then
 * those of step 1, and so on:
 *
 *     to[(group * steps + step) * width + lane]        width = ROWS for A, COLUMNS for B
 *
 * Lanes past the edge give results that are never stored; they are 0 or copies of the last lane, so
 * nothing outside the matrix is read. `width` is a constant in each call.
 */
#include "gemm/tile.cl"

/*
 * For both kinds of memory: copy_lanes_KIND() copies `width` neighbours, of which `valid` exist.
 * pack_steps_KIND() packs from (k, lanes), where the numbers of a step are contiguous. It packs a
 * few steps of all groups at once, to read long pieces of the source without conflict misses in the
 * first-level cache. pack_lanes_KIND() packs from (lanes, k), where the numbers of a lane are
 * contiguous, by transposing tiles of 4 x 4.
 */
#define STEPS_AT_ONCE 4
#define DEFINE_PACK(SPACE)                                                                         \
    void JOIN(copy_lanes_, SPACE)(SPACE float *to, global const float *from, const int width,      \
                                  const int valid)                                                 \
    {                                                                                              \
        if (valid < width) {                                                                       \
            int j = 0;                                                                             \
            for (; j + 4 <= valid; j += 4) {                                                       \
                vstore4(vload4(0, from + j), 0, to + j);                                           \
            }                                                                                      \
            for (; j < valid; j++) {                                                               \
                to[j] = from[j];                                                                   \
            }                                                                                      \
            for (; j < width; j++) {                                                               \
                to[j] = 0.0f;                                                                      \
            }                                                                                      \
            return;                                                                                \
        }                                                                                          \
        int i = 0;                                                                                 \
        for (; i + W <= width; i += W) {                                                           \
            STORE(LOAD(0, from + i), 0, to + i);                                                   \
        }                                                                                          \
        for (; i + 2 <= width; i += 2) {                                                           \
            vstore2(vload2(0, from + i), 0, to + i);                                               \
        }                                                                                          \
    }                                                                                              \
    void JOIN(pack_steps_, SPACE)(SPACE float *to, global const float *from, const int stride,     \
                                  const int steps, const int lanes, const int width)               \
    {                                                                                              \
        for (int first = 0; first < steps; first += STEPS_AT_ONCE) {                               \
            const int end = min(first + STEPS_AT_ONCE, steps);                                     \
            for (int lane = 0; lane < lanes; lane += width) {                                      \
                for (int step = first; step < end; step++) {                                       \
                    JOIN(copy_lanes_, SPACE)                                                       \
                    (to + (lane * steps + step * width), from + (ulong)step * stride + lane,       \
                     width, lanes - lane);                                                         \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    void JOIN(pack_lanes_, SPACE)(SPACE float *to, global const float *from, const int stride,     \
                                  const int steps, const int lanes, const int width)               \
    {                                                                                              \
        const int last = lanes - 1;                                                                \
        for (int first = 0; first < lanes; first += width) {                                       \
            int step = 0;                                                                          \
            for (; step + 4 <= steps; step += 4) {                                                 \
                for (int i = first; i < first + width; i += 4) {                                   \
                    const float4 a = vload4(0, from + (ulong)min(i, last) * stride + step);        \
                    const float4 b = vload4(0, from + (ulong)min(i + 1, last) * stride + step);    \
                    const float4 c = vload4(0, from + (ulong)min(i + 2, last) * stride + step);    \
                    const float4 d = vload4(0, from + (ulong)min(i + 3, last) * stride + step);    \
                    SPACE float *tile = to + (step * width + i - first);                           \
                    vstore4((float4)(a.s0, b.s0, c.s0, d.s0), 0, tile);                            \
                    vstore4((float4)(a.s1, b.s1, c.s1, d.s1), 0, tile + width);                    \
                    vstore4((float4)(a.s2, b.s2, c.s2, d.s2), 0, tile + 2 * width);                \
                    vstore4((float4)(a.s3, b.s3, c.s3, d.s3), 0, tile + 3 * width);                \
                }                                                                                  \
            }                                                                                      \
            for (; step < steps; step++) {                                                         \
                for (int i = 0; i < width; i++) {                                                  \
                    to[step * width + i] = from[(ulong)min(first + i, last) * stride + step];      \
                }                                                                                  \
            }                                                                                      \
            to += steps * width;                                                                   \
        }                                                                                          \
    }

DEFINE_PACK(local)
DEFINE_PACK(global)

/* Packs all of B from (k, n) or (n, k): one work-item packs `span` panels. */
kernel void pack_b(global const float *b, const ulong offset, const int stride,
                   global float *packed, const int n, const int k, const int span,
                   const int transposed)
{
    const int first = get_global_id(0) * span * COLUMNS;
    const int columns = min(span * COLUMNS, n - first);
    if (columns > 0) {
        global const float *from = b + offset + (ulong)first * (transposed ? stride : 1);
        global float *to = packed + (ulong)first * k;
        if (transposed) {
            pack_lanes_global(to, from, stride, k, columns, COLUMNS);
        } else {
            pack_steps_global(to, from, stride, k, columns, COLUMNS);
        }
    }
}
