/* Export of a RUN's networks for other programs. */
#ifndef LOWBEND_EXPORT_H
#define LOWBEND_EXPORT_H

#include <lowbend/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to export. */
enum lb_export_part {
    LB_EXPORT_ALL,     ///< `images` to `latent` and, if the run has a decoder, to `reconstruction`
    LB_EXPORT_ENCODER, ///< `images` to `latent`
    LB_EXPORT_DECODER, ///< `latent` to `images`
};

/**
 * Writes an ONNX file (opset 13, ONNX 1.8). All arrays are float32 with a variable number n of
 * rows: images (n,H,W,C), or (n,D) if an image is a plain vector (H = W = 1), as in encode; latent
 * (n,l). The same networks give the same bytes.
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (LB_EXPORT_DECODER, but the run has no decoder), LB_ERR_ARGUMENT
 *         (larger than 2 GiB, the format's limit), LB_ERR_IO, LB_ERR_MEMORY, LB_ERR_OPENCL
 */
LB_API enum lb_status lb_run_export_onnx(struct lb_run *run, enum lb_export_part part,
                                         const char *path);

#ifdef __cplusplus
}
#endif

#endif
