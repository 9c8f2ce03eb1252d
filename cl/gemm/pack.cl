/*
 * Packs a matrix for panel.cl: groups of LANES rows of A or columns of B, one group after the
 * other, in each group the LANES numbers of step 0 of k, then those of step 1, and so on:
 *
 *     packed[(group * k + step) * LANES + lane]
 *
 *     #define LANES n  6, 8, 16 or 32
 *
 * Lanes past the edge make results that nobody stores; they are 0 or copies of the last lane, so
 * that nothing outside the matrix is read. Work-groups of one.
 */
#if LANES == 6
#define COPY(to, from)                                                                             \
    vstore4(vload4(0, from), 0, to);                                                               \
    vstore2(vload2(0, (from) + 4), 0, (to) + 4)
#elif LANES == 8
#define COPY(to, from) vstore8(vload8(0, from), 0, to)
#elif LANES == 16
#define COPY(to, from)                                                                             \
    vstore8(vload8(0, from), 0, to);                                                               \
    vstore8(vload8(1, from), 1, to)
#elif LANES == 32
#define COPY(to, from)                                                                             \
    vstore16(vload16(0, from), 0, to);                                                             \
    vstore16(vload16(1, from), 1, to)
#else
#error "LANES must be 6, 8, 16 or 32"
#endif

/*
 * From (k, lanes): the numbers of a step stand side by side. One work-item packs `span` steps
 * of `strip` groups.
 */
kernel void pack_steps(global const float *from, const ulong offset, const int stride,
                       global float *packed, const int lanes, const int k, const int span,
                       const int strip)
{
    const int id = get_global_id(0);
    const int blocks = (k + span - 1) / span;
    const int groups = (lanes + LANES - 1) / LANES;
    const int first_step = (id % blocks) * span;
    const int first_group = (id / blocks) * strip;
    const int steps = min(span, k - first_step);
    const int end_group = min(first_group + strip, groups);
    for (int group = first_group; group < end_group; group++) {
        const int lane = group * LANES;
        global const float *source = from + offset + (ulong)first_step * stride + lane;
        global float *to = packed + (ulong)lane * k + first_step * LANES;
        if (lane + LANES <= lanes) {
            for (int step = 0; step < steps; step++) {
                COPY(to, source);
                source += stride;
                to += LANES;
            }
        } else {
            for (int step = 0; step < steps; step++) {
                for (int i = 0; i < LANES; i++) {
                    to[i] = 0.0f;
                }
                for (int i = 0; i < lanes - lane; i++) {
                    to[i] = source[i];
                }
                source += stride;
                to += LANES;
            }
        }
    }
}

/*
 * From (lanes, k): the numbers of a lane stand side by side, so they are transposed in tiles of
 * 4 x 4 (and 2 x 4 for the last two of 6 lanes). One work-item packs `span` steps (a
 * multiple of 4) of one group.
 */
kernel void pack_lanes(global const float *from, const ulong offset, const int stride,
                       global float *packed, const int lanes, const int k, const int span)
{
    const int id = get_global_id(0);
    const int blocks = (k + span - 1) / span;
    const int first_step = (id % blocks) * span;
    const int first_lane = (id / blocks) * LANES;
    const int end_step = min(first_step + span, k);
    if (first_lane >= lanes) {
        return;
    }
    global const float *source = from + offset;
    global float *to = packed + (ulong)first_lane * k;
    int step = first_step;
    for (; step + 4 <= end_step; step += 4) {
        for (int lane = 0; lane + 4 <= LANES; lane += 4) {
            const int i = first_lane + lane;
            const int last = lanes - 1;
            const float4 a = vload4(0, source + (ulong)min(i, last) * stride + step);
            const float4 b = vload4(0, source + (ulong)min(i + 1, last) * stride + step);
            const float4 c = vload4(0, source + (ulong)min(i + 2, last) * stride + step);
            const float4 d = vload4(0, source + (ulong)min(i + 3, last) * stride + step);
            global float *tile = to + (ulong)step * LANES + lane;
            vstore4((float4)(a.s0, b.s0, c.s0, d.s0), 0, tile);
            vstore4((float4)(a.s1, b.s1, c.s1, d.s1), 0, tile + LANES);
            vstore4((float4)(a.s2, b.s2, c.s2, d.s2), 0, tile + 2 * LANES);
            vstore4((float4)(a.s3, b.s3, c.s3, d.s3), 0, tile + 3 * LANES);
        }
#if LANES % 4 == 2
        const int i = first_lane + LANES - 2;
        const int last = lanes - 1;
        const float4 a = vload4(0, source + (ulong)min(i, last) * stride + step);
        const float4 b = vload4(0, source + (ulong)min(i + 1, last) * stride + step);
        global float *tile = to + (ulong)step * LANES + LANES - 2;
        vstore2((float2)(a.s0, b.s0), 0, tile);
        vstore2((float2)(a.s1, b.s1), 0, tile + LANES);
        vstore2((float2)(a.s2, b.s2), 0, tile + 2 * LANES);
        vstore2((float2)(a.s3, b.s3), 0, tile + 3 * LANES);
#endif
    }
    for (; step < end_step; step++) {
        for (int lane = 0; lane < LANES; lane++) {
            const int i = min(first_lane + lane, lanes - 1);
            to[(ulong)step * LANES + lane] = source[(ulong)i * stride + step];
        }
    }
}
