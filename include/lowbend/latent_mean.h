/* The mean of images on the latent manifold of a RUN. */
#ifndef LOWBEND_LATENT_MEAN_H
#define LOWBEND_LATENT_MEAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lowbend/evaluate.h>
#include <lowbend/images.h>
#include <lowbend/projection.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_latent_mean_params {
    const double *weights;    ///< one per row, see lb_geometry_mean(); NULL (default): all equal
    size_t count;             ///< number of weights
    const char *weights_path; ///< alternatively a file with `weights` (n), or with a single array;
                              ///< NULL (default): none
    bool principal;           ///< also compute the principal geodesics; default false
    size_t segments;          ///< segments of the geodesics to the mean; 0 (default): 16
    struct lb_image_options read; ///< how to interpret images; default {0}
    lb_evaluate_fn progress;      ///< may stop; may be NULL
    void *user;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

/**
 * Finds the Fréchet mean of the codes of all rows of a file with lb_geometry_mean(), and decodes
 * it. The file holds images or codes, as for lb_latent_path_create(). An .npy output holds only the
 * image (1,H,W,C) float32. A .safetensors output holds `images`, the code `latent` (1,l), and with
 * `principal` the results of lb_geometry_principal(): `directions` (m,l) and `variances` (m),
 * float32.
 *
 * @param run    must have a decoder and a projection
 * @param params NULL for the defaults
 * @param info   may be NULL
 *
 * @return LB_OK; LB_ERR_NOT_FOUND (no decoder, no projection, or no such file); LB_ERR_ARGUMENT
 *         (wrong number of weights or invalid weights; principal geodesics in an .npy file);
 *         LB_ERR_FORMAT (a file does not fit the run); LB_ERR_INTERRUPTED (progress returned
 *         false); LB_ERR_NUMERIC (codes are not finite); LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_run_mean_file(struct lb_run *run, const char *in_path,
                                       const struct lb_latent_mean_params *params,
                                       const char *out_path, struct lb_mean_info *info);

#ifdef __cplusplus
}
#endif

#endif
