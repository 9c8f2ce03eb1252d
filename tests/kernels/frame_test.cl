/* Tangent frames (n, DIMENSION, TANGENT_SIZE) at x (n, POINT_SIZE), one work-item a point. */
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
