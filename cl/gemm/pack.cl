/*
 * Packs a matrix for panel.cl, whose program this is part of: groups of `width` rows of A or
 * columns of B, one group after the other; in each the `width` numbers of step 0 of k, then those
 * of step 1, and so on:
 *
 *     packed[(group * k + step) * width + lane]        width = ROWS for A, 2W for B
 *
 * Lanes past the edge make results that nobody stores; they are 0 or copies of the last lane, so
 * that nothing outside the matrix is read. Work-groups of one. `width` is a constant in each
 * kernel.
 */

/* `width` neighbours from one place to another. */
void copy_lanes(global float *to, global const float *from, const int width)
{
    int i = 0;
    for (; i + W <= width; i += W) {
        JOIN(vstore, W)(JOIN(vload, W)(0, from + i), 0, to + i);
    }
    for (; i + 2 <= width; i += 2) {
        vstore2(vload2(0, from + i), 0, to + i);
    }
}

/*
 * From (k, lanes): the numbers of a step stand side by side. One work-item packs `span` steps of
 * `strip` groups.
 */
void pack_steps(global const float *from, const int stride, global float *packed, const int lanes,
                const int k, const int span, const int strip, const int width, const int id)
{
    const int blocks = (k + span - 1) / span;
    const int groups = (lanes + width - 1) / width;
    const int first_step = (id % blocks) * span;
    const int first_group = (id / blocks) * strip;
    const int steps = min(span, k - first_step);
    const int end_group = min(first_group + strip, groups);
    for (int group = first_group; group < end_group; group++) {
        const int lane = group * width;
        const int valid = min(width, lanes - lane);
        global const float *source = from + (ulong)first_step * stride + lane;
        global float *to = packed + (ulong)lane * k + first_step * width;
        for (int step = 0; step < steps; step++) {
            if (valid == width) {
                copy_lanes(to, source, width);
            } else {
                for (int i = 0; i < width; i++) {
                    to[i] = 0.0f;
                }
                for (int i = 0; i < valid; i++) {
                    to[i] = source[i];
                }
            }
            source += stride;
            to += width;
        }
    }
}

/*
 * From (lanes, k): the numbers of a lane stand side by side, so they are transposed in tiles of
 * 4 x 4 (and 2 x 4 for the last two of 6 lanes). One work-item packs `span` steps, a multiple of 4,
 * of one group.
 */
void pack_lanes(global const float *from, const int stride, global float *packed, const int lanes,
                const int k, const int span, const int width, const int id)
{
    const int blocks = (k + span - 1) / span;
    const int first_step = (id % blocks) * span;
    const int first_lane = (id / blocks) * width;
    const int end_step = min(first_step + span, k);
    const int last = lanes - 1;
    if (first_lane >= lanes) {
        return;
    }
    global float *to = packed + (ulong)first_lane * k;
    int step = first_step;
    for (; step + 4 <= end_step; step += 4) {
        global float *tile = to + step * width;
        for (int lane = 0; lane + 4 <= width; lane += 4) {
            const int i = first_lane + lane;
            const float4 a = vload4(0, from + (ulong)min(i, last) * stride + step);
            const float4 b = vload4(0, from + (ulong)min(i + 1, last) * stride + step);
            const float4 c = vload4(0, from + (ulong)min(i + 2, last) * stride + step);
            const float4 d = vload4(0, from + (ulong)min(i + 3, last) * stride + step);
            vstore4((float4)(a.s0, b.s0, c.s0, d.s0), 0, tile + lane);
            vstore4((float4)(a.s1, b.s1, c.s1, d.s1), 0, tile + lane + width);
            vstore4((float4)(a.s2, b.s2, c.s2, d.s2), 0, tile + lane + 2 * width);
            vstore4((float4)(a.s3, b.s3, c.s3, d.s3), 0, tile + lane + 3 * width);
        }
        if (width % 4 == 2) {
            const int lane = width - 2;
            const int i = first_lane + lane;
            const float4 a = vload4(0, from + (ulong)min(i, last) * stride + step);
            const float4 b = vload4(0, from + (ulong)min(i + 1, last) * stride + step);
            vstore2((float2)(a.s0, b.s0), 0, tile + lane);
            vstore2((float2)(a.s1, b.s1), 0, tile + lane + width);
            vstore2((float2)(a.s2, b.s2), 0, tile + lane + 2 * width);
            vstore2((float2)(a.s3, b.s3), 0, tile + lane + 3 * width);
        }
    }
    for (; step < end_step; step++) {
        for (int lane = 0; lane < width; lane++) {
            const int i = min(first_lane + lane, last);
            to[step * width + lane] = from[(ulong)i * stride + step];
        }
    }
}

#define DEFINE_PACK(name, width)                                                                   \
    kernel void pack_##name##_steps(global const float *from, const ulong offset,                  \
                                    const int stride, global float *packed, const int lanes,       \
                                    const int k, const int span, const int strip)                  \
    {                                                                                              \
        const int id = get_global_id(0);                                                           \
        pack_steps(from + offset, stride, packed, lanes, k, span, strip, width, id);               \
    }                                                                                              \
    kernel void pack_##name##_lanes(global const float *from, const ulong offset,                  \
                                    const int stride, global float *packed, const int lanes,       \
                                    const int k, const int span)                                   \
    {                                                                                              \
        const int id = get_global_id(0);                                                           \
        pack_lanes(from + offset, stride, packed, lanes, k, span, width, id);                      \
    }

DEFINE_PACK(a, ROWS)
DEFINE_PACK(b, 2 * W)
