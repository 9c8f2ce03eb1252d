/* Datasets: images on a known manifold, written in OpenCL C and rendered on the device. */
#ifndef LOWBEND_DATASET_H
#define LOWBEND_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include <lowbend/device.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_dataset;

struct lb_dataset_params {
    const char *name;   ///< a built-in name, or the path of a .cl file
    int size;           ///< height and width in pixels; 0 (default): the dataset's default
    double cap_degrees; ///< half-angle of a spherical cap, in (0, 90]; 0 (default): the dataset's
                        ///< default
    const char *mesh;   ///< .obj, .off, .ply or .stl file, for datasets that render a mesh; NULL
                        ///< (default) or "": none
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[16];
};

/** Properties of an open dataset, as its .cl file defines them. */
struct lb_dataset_info {
    char name[64];
    char manifold[32];
    int dimension;  ///< m of the manifold; 0: user pairs, whose manifold is unknown
    int point_size; ///< p, floats per point; 0 for user pairs
    int height;
    int width;
    int channels;              ///< D = height * width * channels
    double injectivity_radius; ///< INFINITY if unbounded
    double h;                  ///< constant of E* (method.md, section 3); NAN if E* is unknown
    double cap_degrees;        ///< 0: the dataset has no cap
    uint64_t mesh_hash;        ///< hash of the mesh file's bytes; 0: no mesh
    uint64_t text_hash;        ///< hash of the bytes of a user's .cl file; 0: built-in dataset
    int64_t limit_latent; ///< dimension of the space spanned by the embedding that attains E*; a
                          ///< smaller latent dimension cannot reach E*; 0: unknown
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[15];
};

/**
 * Opens a dataset: compiles its .cl file together with the kernel that reports its sizes.
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (the text lists the built-in names), LB_ERR_BUILD (file, line and
 *         source), LB_ERR_ARGUMENT (a size, cap or mesh that the dataset does not support),
 *         LB_ERR_FORMAT (a damaged mesh: file, line and what to do), LB_ERR_OPENCL
 *
 * The caller owns the dataset; the device must outlive it.
 */
LB_API enum lb_status lb_dataset_open(struct lb_dataset **out, struct lb_device *device,
                                      const struct lb_dataset_params *params);
/**
 * The properties that lb_dataset_open() would report. Reads them from the source text where
 * possible, without compiling it, so it may succeed for a file that does not compile. Does not read
 * the mesh.
 */
LB_API enum lb_status lb_dataset_describe(struct lb_device *device,
                                          const struct lb_dataset_params *params,
                                          struct lb_dataset_info *info);
LB_API void lb_dataset_close(struct lb_dataset **dataset);
LB_API const struct lb_dataset_info *lb_dataset_get_info(const struct lb_dataset *dataset);
/** The context of the dataset's device. */
LB_API struct lb_context *lb_dataset_context(const struct lb_dataset *dataset);

/**
 * Names of the built-in datasets, sorted: the .cl files in dataset/ of the kernel folder.
 *
 * @param names receives an array of *count strings; free it with lb_dataset_names_free()
 */
LB_API enum lb_status lb_dataset_names(struct lb_device *device, char ***names, size_t *count);
LB_API void lb_dataset_names_free(char ***names, size_t count);

/**
 * Draws n points from the volume measure of the manifold.
 *
 * @param points receives (n, p) floats
 * Point i depends only on seed and i.
 */
LB_API enum lb_status lb_dataset_points(struct lb_dataset *dataset, uint64_t seed, size_t n,
                                        float *points);

/** Renders n points (n, p) to images (n, H, W, C). Values are in [0,1], except for point
 * datasets. */
LB_API enum lb_status lb_dataset_render(struct lb_dataset *dataset, const float *points, size_t n,
                                        float *images);

/**
 * Points on the shortest geodesics from x to y at parameters j / 2^levels, j = 0..2^levels, by
 * repeated midpoints.
 *
 * @param x, y (n, p) floats
 * @param path receives (n, 2^levels + 1, p) floats; levels in 0..10
 */
LB_API enum lb_status lb_dataset_geodesics(struct lb_dataset *dataset, const float *x,
                                           const float *y, size_t n, int levels, float *path);

/** Writes the geodesic distances (n) of n pairs (n, p). */
LB_API enum lb_status lb_dataset_distances(struct lb_dataset *dataset, const float *x,
                                           const float *y, size_t n, float *distances);

/**
 * The exponential map: follows the geodesics with the given velocities from n points for time 1.
 *
 * @param x           (n, p) floats
 * @param coordinates (n, m): velocities in an orthonormal frame at each point, which depends only
 *                    on the point
 * @param y           receives (n, p) floats
 * @param inside      receives (n): 1 if y lies in the manifold, 0 if beyond its boundary
 */
LB_API enum lb_status lb_dataset_exponential(struct lb_dataset *dataset, const float *x,
                                             const float *coordinates, size_t n, float *y,
                                             int *inside);

/** Called for each failed check with one line: dataset, check, values, what to do. */
typedef void (*lb_check_fn)(void *user, const char *line);

/**
 * Checks a few hundred random points and pairs: points and pixels are finite, pixels are in [0,1]
 * (except for point datasets), points lie in the manifold, and distance and midpoint agree with the
 * exponential map.
 *
 * @param smooth also check that the images have no jumps or kinks: difference quotients of the
 *               pixels stay bounded as the distance shrinks
 * @param report NULL: stop at the first failure, which becomes the context's error text
 *
 * @return LB_OK, LB_ERR_NUMERIC (a check failed), or any error of sampling and rendering
 */
LB_API enum lb_status lb_dataset_check(struct lb_dataset *dataset, uint64_t seed, bool smooth,
                                       lb_check_fn report, void *user);

struct lb_pairs_params {
    double epsilon;      ///< sampling radius, below the injectivity radius
    double min_distance; ///< smallest distance; negative (default): epsilon / 10
    uint64_t seed;       ///< default 0
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

/** n pairs of nearby points. The caller owns the arrays; NULL skips an array. */
struct lb_pairs {
    float *point_x; ///< (n, p)
    float *point_y;
    float *point_average;
    float *x; ///< (n, H, W, C)
    float *y;
    float *average;
    float *distance; ///< (n)
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

/**
 * Draws n fresh pairs: x from the volume measure, y uniform in the geodesic ball around x outside
 * min_distance, with exact distance and geodesic midpoint. Pair i depends only on params and i.
 *
 * @return LB_OK, LB_ERR_ARGUMENT (radii out of order, epsilon not below the injectivity radius),
 *         LB_ERR_NUMERIC (found no y inside a manifold with boundary), LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_dataset_pairs(struct lb_dataset *dataset,
                                       const struct lb_pairs_params *params, size_t n,
                                       const struct lb_pairs *pairs);

#ifdef __cplusplus
}
#endif

#endif
