/*
 * Included after a manifold, or after a whole dataset: replaces the images by the manifold's smooth
 * embedding of the points, [1, 1, EMBEDDING_SIZE]. The dataset's own images stay unused.
 */
#ifndef LIB_AS_POINTS_CL
#define LIB_AS_POINTS_CL

#undef HEIGHT
#undef WIDTH
#undef CHANNELS
#undef PREPARED_SIZE
#undef CROPS
#undef TAKES_MESH

#define HEIGHT        1
#define WIDTH         1
#define CHANNELS      EMBEDDING_SIZE
#define dataset_pixel points_pixel

INLINE void points_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel);

void points_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)
{
    float z[EMBEDDING_SIZE];
    manifold_embedding(point, z);
    for (int i = 0; i < EMBEDDING_SIZE; i++) {
        pixel[i] = z[i];
    }
}

#endif
