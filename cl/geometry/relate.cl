/*
 * What the manifold says of given points x, y (n, POINT_SIZE), one work-item a pair:
 * midpoint (n, POINT_SIZE) of the shortest geodesic, distance (n), and the exponential map
 * y = exp_x(tangent), tangent (n, TANGENT_SIZE).
 */
#define LOAD(destination, source, size)                                                            \
    for (int k = 0; k < (size); k++) {                                                             \
        (destination)[k] = (source)[(size_t)i * (size) + k];                                       \
    }

__kernel void midpoint(__global const float *x, __global const float *y, int n,
                       __global float *result)
{
    const int i = get_global_id(0);
    if (i < n) {
        float a[POINT_SIZE];
        float b[POINT_SIZE];
        float m[POINT_SIZE];
        LOAD(a, x, POINT_SIZE);
        LOAD(b, y, POINT_SIZE);
        manifold_midpoint(a, b, m);
        for (int k = 0; k < POINT_SIZE; k++) {
            result[(size_t)i * POINT_SIZE + k] = m[k];
        }
    }
}

__kernel void distance_of(__global const float *x, __global const float *y, int n,
                          __global float *result)
{
    const int i = get_global_id(0);
    if (i < n) {
        float a[POINT_SIZE];
        float b[POINT_SIZE];
        LOAD(a, x, POINT_SIZE);
        LOAD(b, y, POINT_SIZE);
        result[i] = manifold_distance(a, b);
    }
}

__kernel void exponential(__global const float *x, __global const float *tangent, int n,
                          __global float *result)
{
    const int i = get_global_id(0);
    if (i < n) {
        float a[POINT_SIZE];
        float v[TANGENT_SIZE];
        float b[POINT_SIZE];
        LOAD(a, x, POINT_SIZE);
        LOAD(v, tangent, TANGENT_SIZE);
        manifold_exponential(a, v, b);
        for (int k = 0; k < POINT_SIZE; k++) {
            result[(size_t)i * POINT_SIZE + k] = b[k];
        }
    }
}
