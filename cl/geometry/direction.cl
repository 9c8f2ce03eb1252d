/* Tangent vectors in the orthonormal frame of a point. */

/* tangent (TANGENT_SIZE) = sum of coordinate (DIMENSION) times the vectors of the frame. */
INLINE void combine_frame(const float *frame, const float *coordinate, float *tangent)
{
#pragma unroll
    for (int j = 0; j < TANGENT_SIZE; j++) {
        tangent[j] = 0.0f;
#pragma unroll
        for (int k = 0; k < DIMENSION; k++) {
            tangent[j] += coordinate[k] * frame[k * TANGENT_SIZE + j];
        }
    }
}

/* A uniform direction: a normalised Gaussian vector, mapped by the frame to a tangent vector. In
 * two dimensions the length of the vector need not be drawn. */
INLINE void random_direction(struct rng *rng, const float *frame, float *direction)
{
    float coordinate[DIMENSION + 1];
#if DIMENSION == 2
    const float2 point = rng_direction(rng);
    coordinate[0] = point.x;
    coordinate[1] = point.y;
#else
    float square;
    do {
        square = 0.0f;
        for (int k = 0; k < DIMENSION; k += 2) {
            const float2 normal = rng_normal(rng);
            coordinate[k] = normal.x;
            coordinate[k + 1] = normal.y;
        }
        for (int k = 0; k < DIMENSION; k++) {
            square += coordinate[k] * coordinate[k];
        }
    } while (square < 1e-12f);
    const float scale = 1.0f / sqrt(square);
    for (int k = 0; k < DIMENSION; k++) {
        coordinate[k] *= scale;
    }
#endif
    combine_frame(frame, coordinate, direction);
}
