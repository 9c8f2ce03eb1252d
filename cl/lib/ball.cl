/* Radii of uniform points in balls, for manifolds whose small balls have an elementary volume. */
#ifndef LIB_BALL_CL
#define LIB_BALL_CL

#include "lib/philox.cl"

/* The flat ball of dimension m: density r^(m-1) on [r_min, r_max], by inverting (r/r_max)^m, which
 * does not underflow. */
INLINE float flat_radius(struct rng *rng, float r_min, float r_max, int dimension)
{
    const float low = pown(r_min / r_max, dimension);
    const float volume = mix(low, 1.0f, rng_uniform(rng));
    const float root = dimension == 2 ? sqrt(volume) : pow(volume, 1.0f / dimension);
    return clamp(r_max * root, r_min, r_max);
}

#endif
