/*
 * What the manifold says of given points x, y (n, POINT_SIZE), one work-item a pair: `what` chooses
 * among RELATE_*, and so the size of result. One kernel, as each has a CPU device's compiler busy
 * for a tenth of a second.
 */
#define LOAD(destination, source, size)                                                            \
    for (int k = 0; k < (size); k++) {                                                             \
        (destination)[k] = (source)[(size_t)i * (size) + k];                                       \
    }

/* As enum relation in src/geometry/query.c. */
#define RELATE_DISTANCE 0 /* (n) */
#define RELATE_MIDPOINT 1 /* of the shortest geodesic (n, POINT_SIZE) */
#define RELATE_CONTAINS 2 /* 1 where the manifold contains x, else 0 (n) */

__kernel void relate(__global const float *x, __global const float *y, int n, int what,
                     __global float *result)
{
    const int i = get_global_id(0);
    if (i < n) {
        float a[POINT_SIZE];
        float b[POINT_SIZE];
        LOAD(a, x, POINT_SIZE);
        LOAD(b, y, POINT_SIZE);
        if (what == RELATE_DISTANCE) {
            result[i] = manifold_distance(a, b);
        } else if (what == RELATE_MIDPOINT) {
            float m[POINT_SIZE];
            manifold_midpoint(a, b, m);
            for (int k = 0; k < POINT_SIZE; k++) {
                result[(size_t)i * POINT_SIZE + k] = m[k];
            }
        } else {
            result[i] = manifold_contains(a) != 0;
        }
    }
}

/* The exponential map: result (n, POINT_SIZE) = exp_x(tangent), tangent (n, TANGENT_SIZE). */
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
