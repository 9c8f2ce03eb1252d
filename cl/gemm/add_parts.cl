/*
 * C (m,n) = sum of the parts, plus C if `add` is set: `parts` matrices (m,n) are contiguous from
 * parts_offset. One work-item per number, parts in order.
 */
kernel void add_parts(global const float *from, const ulong parts_offset, const int parts,
                      global float *c, const ulong c_offset, const int c_stride, const int m,
                      const int n, const int add)
{
    const int id = get_global_id(0);
    if (id < m * n) {
        global float *to = c + c_offset + (ulong)(id / n) * c_stride + id % n;
        global const float *at = from + parts_offset + id;
        float sum = add ? *to : 0.0f;
#pragma unroll 4
        for (int part = 0; part < parts; part++) {
            sum += *at;
            at += m * n;
        }
        *to = sum;
    }
}
