/*
 * Geodesics as far as they are shortest, and steps in the frame of a point.
 *
 * sample_paths: path (n, frames, POINT_SIZE), the points at equal steps on a geodesic of length
 * `distance`, from a point drawn from the volume measure in a uniform direction. One work-item per
 * path, which depends only on (seed, stream, step, first + i). Point and direction are redrawn
 * until all frames lie inside the manifold and the ends are `distance` apart: the pairs are uniform
 * among those at this distance. failed[0] becomes 1 if all MAX_TRIES attempts fail.
 *
 * exponential: y (n, POINT_SIZE) = exp_x(sum_k coordinates_k e_k), coordinates (n, DIMENSION) in
 * the frame e of x (n, POINT_SIZE); inside (n): 1 where the manifold contains y.
 */
#include "geometry/direction.cl"

/* If the geodesic is not the shortest, the distance of its ends is smaller by much more than
 * rounding */
#define SHORTEST 1e-3f

__kernel void sample_paths(ulong seed, uint stream, uint step, uint first, int n, float distance,
                           int frames, __global float *path, __global int *failed)
{
    const int i = get_global_id(0);
    if (i >= n) {
        return;
    }
    struct rng rng = rng_start(seed, stream, step, first + i);
    float x[POINT_SIZE];
    float y[POINT_SIZE];
    float frame[DIMENSION * TANGENT_SIZE];
    float direction[TANGENT_SIZE];
    float tangent[TANGENT_SIZE];
    int found = 0;
    for (int try = 0; try < MAX_TRIES && !found; try++) {
        manifold_sample(&rng, x);
        manifold_frame(x, frame);
        random_direction(&rng, frame, direction);
        found = 1;
        for (int j = 0; j < frames && found; j++) {
            const float r = distance * j / (frames - 1);
            for (int k = 0; k < TANGENT_SIZE; k++) {
                tangent[k] = r * direction[k];
            }
            manifold_exponential(x, tangent, y);
            found = j == 0 || manifold_contains(y);
            for (int k = 0; k < POINT_SIZE; k++) {
                path[((size_t)i * frames + j) * POINT_SIZE + k] = j == 0 ? x[k] : y[k];
            }
        }
        found = found && fabs(manifold_distance(x, y) - distance) <= SHORTEST * distance;
    }
    if (!found) {
        failed[0] = 1;
    }
}

__kernel void exponential(__global const float *x, __global const float *coordinates, int n,
                          __global float *y, __global int *inside)
{
    const int i = get_global_id(0);
    if (i >= n) {
        return;
    }
    float from[POINT_SIZE];
    float to[POINT_SIZE];
    float coordinate[DIMENSION];
    float frame[DIMENSION * TANGENT_SIZE];
    float tangent[TANGENT_SIZE];
    for (int k = 0; k < POINT_SIZE; k++) {
        from[k] = x[(size_t)i * POINT_SIZE + k];
    }
    for (int k = 0; k < DIMENSION; k++) {
        coordinate[k] = coordinates[(size_t)i * DIMENSION + k];
    }
    manifold_frame(from, frame);
    combine_frame(frame, coordinate, tangent);
    manifold_exponential(from, tangent, to);
    inside[i] = manifold_contains(to) != 0;
    for (int k = 0; k < POINT_SIZE; k++) {
        y[(size_t)i * POINT_SIZE + k] = to[k];
    }
}
