/* The projection onto the latent manifold of a RUN: training it, and the geometry it makes. */
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
    double sigma;     ///< deviation of the noise on codes, latent units; 0 (default): the smaller
                      ///< one of 0.1 / kappa and 0.05 times the spread of the codes
    int steps;        ///< of training; 0 (default): LB_PROJECTION_STEPS
    size_t dimension; ///< m of the manifold; 0 (default): the dataset's, of own pairs what DPi says
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

enum { LB_PROJECTION_STEPS = 1000 };

/** What is known of a projection. Lengths in latent units. */
struct lb_projection_info {
    double sigma;     ///< deviation of the noise that it was trained with
    double curvature; ///< kappa: the curvature of Z that nine tenths of it stay below
    double residual;  ///< mean |Pi(z) - z| on codes of images that it was not trained on
    double spread;    ///< root of the total variance of the codes
    size_t dimension; ///< m
    int steps;        ///< that it was trained for
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

/**
 * Trains Pi: R^l -> R^l, a network of dense layers, on mean |Pi(z + eta) - z|^2: z codes of images
 * as the RUN's training drew them, eta Gaussian noise of deviation sigma in R^l. The minimum is the
 * mean of the codes that a noisy one may come from. It lies off Z by about m sigma^2 kappa / 2,
 * hence sigma kappa <= 0.1; and near a boundary of Z by a share of sigma, hence a share of the
 * spread. Of codes z_x, z_y and z_mid of points and their midpoint the curvature
 * is 8 |(z_x + z_y) / 2 - z_mid| / |z_y - z_x|^2.
 *
 * Writes projection.safetensors, a network as lb_network_load() takes it, to the RUN. What was
 * trained before with the same settings for the same encoder is kept, and nothing is done; where it
 * was stopped it goes on as if it had not been. Equal settings give equal bytes.
 *
 * @param run     opened by lb_run_open(); its folder must be writable
 * @param params  NULL for the defaults
 * @param control NULL: silent. `progress` sees LB_PHASE_PROJECTION; `stop` and `max_seconds` end it
 *                with a checkpoint; `resumed` is called as there; `overwrite`: begin anew. The rest
 *                is not looked at.
 * @param info    may be NULL
 *
 * @return LB_OK; LB_ERR_ARGUMENT (settings out of their range); LB_ERR_INTERRUPTED (checkpoint
 *         written); LB_ERR_EXISTS (another process trains in RUN); LB_ERR_UNSUPPORTED (opened for
 *         its networks alone); LB_ERR_NUMERIC; LB_ERR_NOT_FOUND, LB_ERR_FORMAT (own pairs);
 *         LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_run_train_projection(struct lb_run *run,
                                              const struct lb_projection_params *params,
                                              const struct lb_train_control *control,
                                              struct lb_projection_info *info);

/**
 * Reads what a RUN's projection.safetensors says of itself.
 *
 * @return LB_OK; LB_ERR_NOT_FOUND (there is none, or it is of an encoder that RUN no longer has);
 *         LB_ERR_FORMAT; LB_ERR_IO; LB_ERR_OPENCL; LB_ERR_MEMORY
 */
LB_API enum lb_status lb_run_projection_info(struct lb_run *run, struct lb_projection_info *info);

/**
 * The geometry of a RUN's latent manifold, by its projection.safetensors.
 *
 * @param run must outlive it
 * @param out free it with lb_geometry_destroy()
 *
 * @return as lb_run_projection_info()
 */
LB_API enum lb_status lb_geometry_open(struct lb_geometry **out, struct lb_run *run);

/**
 * Takes the metric of a run's decoder, see lb_geometry_set_metric(): lengths are those of the
 * decoded images as vectors.
 *
 * @param geometry of the run, which must outlive it
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (no decoder)
 */
LB_API enum lb_status lb_geometry_use_decoder(struct lb_geometry *geometry, struct lb_run *run);

#ifdef __cplusplus
}
#endif

#endif
