/* The projection onto the latent manifold of a RUN: its training, and the resulting geometry. */
#ifndef LOWBEND_PROJECTION_H
#define LOWBEND_PROJECTION_H

#include <stddef.h>
#include <stdint.h>

#include <lowbend/geometry.h>
#include <lowbend/run.h>
#include <lowbend/train.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_projection_params {
    double sigma; ///< standard deviation of the noise added to codes, in latent units; 0 (default):
                  ///< the smaller of 0.1 / kappa and 0.05 times the spread of the codes
    int steps;    ///< training steps; 0 (default): LB_PROJECTION_STEPS
    size_t dimension; ///< m of the manifold; 0 (default): the dataset's dimension; for user pairs,
                      ///< estimated from D Pi
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

enum { LB_PROJECTION_STEPS = 1000 };

/** Properties of a projection. Lengths are in latent units. */
struct lb_projection_info {
    double sigma;     ///< standard deviation of its training noise
    double curvature; ///< kappa: 90th percentile of the curvature of Z
    double residual;  ///< mean |Pi(z) - z| on codes of images not used in its training
    double spread;    ///< square root of the total variance of the codes
    size_t dimension; ///< m
    int steps;        ///< steps it was trained for
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

/**
 * Trains Pi: R^l -> R^l, a network of dense layers, to minimise mean |Pi(z + eta) - z|^2, where z
 * are codes of images drawn as in the RUN's training, and eta is Gaussian noise of deviation sigma
 * in R^l. The minimiser is the mean of the codes that could have produced a noisy one. It lies off
 * Z by about m sigma^2 kappa / 2, hence sigma kappa <= 0.1; near a boundary of Z it is off by a
 * fraction of sigma, hence the bound relative to the spread. For codes z_x, z_y and z_mid of two
 * points and their midpoint, the curvature is 8 |(z_x + z_y) / 2 - z_mid| / |z_y - z_x|^2.
 *
 * Writes projection.safetensors, in the format of lb_network_load(), to the RUN. Does nothing if
 * the RUN has a projection trained with the same settings for the same encoder; continues an
 * interrupted training with the same result as without interruption. Equal settings give equal
 * bytes.
 *
 * @param run     opened by lb_run_open(); its folder must be writable
 * @param params  NULL for the defaults
 * @param control NULL: silent. `progress` sees LB_PHASE_PROJECTION; `stop` and `max_seconds` stop
 *                it with a checkpoint; `resumed` works as in lb_train(); `overwrite` starts over.
 *                Other fields are ignored.
 * @param info    may be NULL
 *
 * @return LB_OK; LB_ERR_ARGUMENT (settings out of range); LB_ERR_INTERRUPTED (checkpoint written);
 *         LB_ERR_EXISTS (another process trains in RUN); LB_ERR_UNSUPPORTED (opened by
 *         lb_run_open_networks()); LB_ERR_NUMERIC; LB_ERR_NOT_FOUND, LB_ERR_FORMAT (user pairs);
 *         LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_run_train_projection(struct lb_run *run,
                                              const struct lb_projection_params *params,
                                              const struct lb_train_control *control,
                                              struct lb_projection_info *info);

/**
 * Reads the properties stored in a RUN's projection.safetensors.
 *
 * @return LB_OK; LB_ERR_NOT_FOUND (none, or it belongs to an earlier encoder of the RUN);
 *         LB_ERR_FORMAT; LB_ERR_IO; LB_ERR_OPENCL; LB_ERR_MEMORY
 */
LB_API enum lb_status lb_run_projection_info(struct lb_run *run, struct lb_projection_info *info);

/**
 * Opens the geometry of a RUN's latent manifold, defined by its projection.safetensors.
 *
 * @param run must outlive the geometry
 * @param out free it with lb_geometry_destroy()
 *
 * @return as lb_run_projection_info()
 */
LB_API enum lb_status lb_geometry_open(struct lb_geometry **out, struct lb_run *run);

/**
 * Selects the metric of a run's decoder (see lb_geometry_set_metric()): lengths are those of the
 * decoded images as vectors.
 *
 * @param geometry of this run, which must outlive it
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (no decoder)
 */
LB_API enum lb_status lb_geometry_use_decoder(struct lb_geometry *geometry, struct lb_run *run);

#ifdef __cplusplus
}
#endif

#endif
