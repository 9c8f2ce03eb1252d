/* Datasets: images of an explicitly known manifold, written in OpenCL C and rendered on the device.
 */
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
    const char *name; ///< a built-in name, or the path of a .cl file
    int size;         ///< height and width in pixels; 0 (default): the dataset's own
    double
        cap_degrees;  ///< half-angle of a spherical cap, in (0, 90]; 0 (default): the dataset's own
    const char *mesh; ///< a .obj, .off, .ply or .stl file, where the dataset shows one; NULL
                      ///< (default) or "": none
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[16];
};

/** Facts about an open dataset, as its .cl file states them. */
struct lb_dataset_info {
    char name[64];
    char manifold[32];
    int dimension;  ///< m, of the manifold; 0: own pairs, of which no manifold is known
    int point_size; ///< p, floats of one point; 0 of own pairs
    int height;
    int width;
    int channels;              ///< D = height * width * channels
    double injectivity_radius; ///< INFINITY if there is none
    double h;                  ///< constant of E* (method: 2); NAN if E* is not known
    double cap_degrees;        ///< 0: the dataset has no cap
    uint64_t mesh_hash;        ///< of the mesh file's bytes; 0: there is no mesh
    uint64_t text_hash;        ///< of the bytes of a user's .cl file; 0: a built-in dataset
    int64_t limit_latent; ///< dimensions of the space that the embedding with E* spans: codes of
                          ///< fewer cannot reach it; 0: not known
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[15];
};

/**
 * Opens a dataset: compiles its .cl file with the kernel that reports its sizes.
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (the text lists the built-in names), LB_ERR_BUILD (file, line and
 *         source), LB_ERR_ARGUMENT (a size, cap or mesh that the dataset does not take),
 *         LB_ERR_FORMAT (a damaged mesh: file, line and what to do), LB_ERR_OPENCL
 *
 * The dataset is the caller's; the device must outlive it.
 */
LB_API enum lb_status lb_dataset_open(struct lb_dataset **out, struct lb_device *device,
                                      const struct lb_dataset_params *params);
/**
 * The facts that lb_dataset_open() would find, read off the text without compiling it where that is
 * possible. Of a text that does not compile it may succeed; a mesh is not looked at.
 */
LB_API enum lb_status lb_dataset_describe(struct lb_device *device,
                                          const struct lb_dataset_params *params,
                                          struct lb_dataset_info *info);
LB_API void lb_dataset_close(struct lb_dataset **dataset);
LB_API const struct lb_dataset_info *lb_dataset_get_info(const struct lb_dataset *dataset);
/** The context of its device. */
LB_API struct lb_context *lb_dataset_context(const struct lb_dataset *dataset);

/**
 * Names of the built-in datasets (the .cl files of the kernel folder's dataset/), sorted.
 *
 * @param names receives an array of *count strings; free it with lb_dataset_names_free()
 */
LB_API enum lb_status lb_dataset_names(struct lb_device *device, char ***names, size_t *count);
LB_API void lb_dataset_names_free(char ***names, size_t count);

/**
 * Draws n points by the volume measure of the manifold.
 *
 * @param points receives (n, p) floats
 * The i-th point depends on seed and i alone.
 */
LB_API enum lb_status lb_dataset_points(struct lb_dataset *dataset, uint64_t seed, size_t n,
                                        float *points);

/** Renders n points (n, p) to images (n, H, W, C), values in [0,1] but for point datasets. */
LB_API enum lb_status lb_dataset_render(struct lb_dataset *dataset, const float *points, size_t n,
                                        float *images);

/**
 * Points on the shortest geodesics from x to y at the parameters j / 2^levels, j = 0..2^levels, by
 * repeated midpoints.
 *
 * @param x, y (n, p) floats
 * @param path receives (n, 2^levels + 1, p) floats; levels in 0..10
 */
LB_API enum lb_status lb_dataset_geodesics(struct lb_dataset *dataset, const float *x,
                                           const float *y, size_t n, int levels, float *path);

/** Geodesic distances of n pairs (n, p) to (n). */
LB_API enum lb_status lb_dataset_distances(struct lb_dataset *dataset, const float *x,
                                           const float *y, size_t n, float *distances);

/**
 * The exponential map: from n points along the geodesics of these velocities, for time 1.
 *
 * @param x           (n, p) floats
 * @param coordinates (n, m): velocities in an orthonormal frame at each point, which depends on the
 *                    point alone
 * @param y           receives (n, p) floats
 * @param inside      receives (n): 1 where the manifold contains y, 0 behind its boundary
 */
LB_API enum lb_status lb_dataset_exponential(struct lb_dataset *dataset, const float *x,
                                             const float *coordinates, size_t n, float *y,
                                             int *inside);

/** Told of each check that fails, in one line: dataset, what, values, what to do. */
typedef void (*lb_check_fn)(void *user, const char *line);

/**
 * Looks at some hundred random points and pairs: points and pixels are finite, pixels within [0,1]
 * (not those of point datasets), points inside the manifold; distance and midpoint agree with the
 * exponential map.
 *
 * @param smooth also check that the quotients of the pixels stay bounded for shrinking distances,
 *               that is that the images have neither jumps nor kinks
 * @param report NULL: stop at the first failure, which is then the context's error text
 *
 * @return LB_OK, LB_ERR_NUMERIC (a check failed), or what drawing and rendering return
 */
LB_API enum lb_status lb_dataset_check(struct lb_dataset *dataset, uint64_t seed, bool smooth,
                                       lb_check_fn report, void *user);

struct lb_pairs_params {
    double epsilon;      ///< sampling radius, below the injectivity radius
    double min_distance; ///< smallest distance drawn; negative (default): epsilon / 10
    uint64_t seed;       ///< default 0
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

/** n pairs of nearby points; arrays are the caller's, each may be NULL where not wanted. */
struct lb_pairs {
    float *point_x; ///< (n, p)
    float *point_y;
    float *point_average;
    float *x; ///< (n, H, W, C)
    float *y;
    float *average;
    float *distance; ///< (n)
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

/**
 * Draws n fresh pairs: x by the volume measure, y uniform in the geodesic ball round x outside
 * min_distance, their distance and geodesic midpoint exact. The i-th pair depends on params and i.
 *
 * @return LB_OK, LB_ERR_ARGUMENT (radii out of order, epsilon not below the injectivity radius),
 *         LB_ERR_NUMERIC (no y inside a manifold with boundary found), LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_dataset_pairs(struct lb_dataset *dataset,
                                       const struct lb_pairs_params *params, size_t n,
                                       const struct lb_pairs *pairs);

#ifdef __cplusplus
}
#endif

#endif
