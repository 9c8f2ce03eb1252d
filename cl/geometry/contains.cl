/* result (n): 1 where the manifold contains the point x (n, POINT_SIZE), else 0. */
__kernel void contains(__global const float *x, int n, __global int *result)
{
    const int i = get_global_id(0);
    if (i < n) {
        float a[POINT_SIZE];
        for (int k = 0; k < POINT_SIZE; k++) {
            a[k] = x[(size_t)i * POINT_SIZE + k];
        }
        result[i] = manifold_contains(a) != 0;
    }
}
