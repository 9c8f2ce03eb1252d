/* Lines and geodesics between the codes of two points, compared with the points' geodesic. */
#ifndef LB_EVAL_PATH_ERROR_H
#define LB_EVAL_PATH_ERROR_H

#include <lowbend/evaluate.h>
#include <lowbend/geometry.h>

#include "run/run.h"

/** Points along the geodesic from x to y, at parameters 0, 1/8, ..., 1. */
#define LB_PATH_FRAMES 9

/**
 * Draws n geodesics (n, LB_PATH_FRAMES, p) of length `distance`, uniformly among the shortest ones.
 *
 * @param number index of the distance: different numbers give independent geodesics
 * @param found  false: the manifold has no two points that far apart
 */
enum lb_status lb_interpolation_paths(struct lb_dataset *dataset, uint64_t seed, uint32_t number,
                                      double distance, size_t n, float *paths, bool *found);

/** Additional measurements along paths. */
struct lb_path_extras {
    size_t searched; ///< number of geodesics for off_manifold; 0: it is NAN. See eval/nearest.h
    size_t cloud;    ///< random codes where its search starts
    uint64_t seed;   ///< seed of those
    struct lb_geometry *geometry; ///< the run's; NULL: geodesic_mse is NAN
    size_t followed;              ///< number of geodesics for geodesic_mse
};

/**
 * The errors along n geodesics (n, LB_PATH_FRAMES, p): means over the inner frames of each, with
 * standard errors over the geodesics. image_mse and geodesic_mse are NAN without a decoder.
 *
 * LB_ERR_MEMORY, LB_ERR_NUMERIC (codes are not finite), LB_ERR_OPENCL
 */
enum lb_status lb_interpolation_errors_of_paths(struct lb_run *run, const float *paths, size_t n,
                                                double distance,
                                                const struct lb_path_extras *extras,
                                                struct lb_interpolation_errors *out);

#endif
