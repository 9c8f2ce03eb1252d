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
    const double *weights;    ///< one a row, see lb_geometry_mean(); NULL (default): all equal
    size_t count;             ///< of weights
    const char *weights_path; ///< in place of them: a file that holds them, `weights` (n) or its
                              ///< only array; NULL (default): none
    bool principal;           ///< the principal geodesics, too; default false
    size_t segments;          ///< of the geodesics to the mean; 0 (default): 16
    struct lb_image_options read; ///< how images are to be understood; default {0}
    lb_evaluate_fn progress;      ///< may stop; may be NULL
    void *user;
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

/**
 * Finds the Fréchet mean of the codes of all rows of a file, as lb_geometry_mean() does, and
 * decodes it. The file holds images or codes, as lb_latent_path_create() takes them. `out_path`
 * gets, with .npy, the image (1,H,W,C) float32 alone; safetensors `images` and its code `latent`
 * (1,l), and with `principal` what lb_geometry_principal() finds there, `directions` (m,l) and
 * `variances` (m) float32.
 *
 * @param run    with a decoder and a projection
 * @param params NULL for the defaults
 * @param info   may be NULL
 *
 * @return LB_OK; LB_ERR_NOT_FOUND (no decoder, no projection, or no such file); LB_ERR_ARGUMENT
 *         (not as many weights as rows, or wrong ones; principal geodesics in an .npy file);
 * LB_ERR_FORMAT (a file does not fit the run); LB_ERR_INTERRUPTED (progress said stop);
 * LB_ERR_NUMERIC (codes are not finite); LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_run_mean_file(struct lb_run *run, const char *in_path,
                                       const struct lb_latent_mean_params *params,
                                       const char *out_path, struct lb_mean_info *info);

#ifdef __cplusplus
}
#endif

#endif
