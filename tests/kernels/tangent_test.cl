/*
 * What only tests ask of a manifold, one work-item a point of x (n, POINT_SIZE):
 *
 * frames_of:       frames (n, DIMENSION, TANGENT_SIZE), the tangent frames
 * exponentials_of: y (n, POINT_SIZE) = exp_x(tangents), tangents (n, TANGENT_SIZE)
 */
__kernel void frames_of(__global const float *x, int n, __global float *frames)
{
    const int i = get_global_id(0);
    if (i < n) {
        float point[POINT_SIZE];
        float frame[DIMENSION * TANGENT_SIZE];
        for (int k = 0; k < POINT_SIZE; k++) {
            point[k] = x[(size_t)i * POINT_SIZE + k];
        }
        manifold_frame(point, frame);
        for (int k = 0; k < DIMENSION * TANGENT_SIZE; k++) {
            frames[(size_t)i * (DIMENSION * TANGENT_SIZE) + k] = frame[k];
        }
    }
}

__kernel void exponentials_of(__global const float *x, __global const float *tangents, int n,
                              __global float *y)
{
    const int i = get_global_id(0);
    if (i < n) {
        float point[POINT_SIZE];
        float tangent[TANGENT_SIZE];
        float end[POINT_SIZE];
        for (int k = 0; k < POINT_SIZE; k++) {
            point[k] = x[(size_t)i * POINT_SIZE + k];
        }
        for (int k = 0; k < TANGENT_SIZE; k++) {
            tangent[k] = tangents[(size_t)i * TANGENT_SIZE + k];
        }
        manifold_exponential(point, tangent, end);
        for (int k = 0; k < POINT_SIZE; k++) {
            y[(size_t)i * POINT_SIZE + k] = end[k];
        }
    }
}
