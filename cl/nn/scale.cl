/* x (n) <- x * factor, element by element. */
__kernel void scale_by(__global float *x, __global const float *factor, int n)
{
    const int i = get_global_id(0);
    if (i < n) {
        x[i] *= factor[i];
    }
}

/* x (n) from `offset` <- factor x. */
__kernel void scale(__global float *x, int offset, int n, float factor)
{
    const int i = get_global_id(0);
    if (i < n) {
        x[offset + i] *= factor;
    }
}
