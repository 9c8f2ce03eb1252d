/* x (n) <- x * factor, elementwise. */
__kernel void scale_by(__global float *x, __global const float *factor, int n)
{
    const int i = get_global_id(0);
    if (i < n) {
        x[i] *= factor[i];
    }
}
