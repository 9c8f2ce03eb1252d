/* A finished RUN folder: applying its networks, its latent sample, its pictures. */
#ifndef LOWBEND_RUN_H
#define LOWBEND_RUN_H

#include <lowbend/dataset.h>
#include <lowbend/network.h>
#include <lowbend/train.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_run;

/**
 * Opens a RUN folder: config.json, its dataset and its networks.
 *
 * @return LB_OK, LB_ERR_NOT_FOUND (no RUN there, or no encoder yet), LB_ERR_FORMAT (damaged files),
 *         or what opening the dataset and the networks returns
 */
LB_API enum lb_status lb_run_open(struct lb_run **out, struct lb_device *device, const char *path);
LB_API void lb_run_close(struct lb_run **run);

LB_API struct lb_dataset *lb_run_dataset(struct lb_run *run);
LB_API struct lb_network *lb_run_encoder(struct lb_run *run);
/** NULL if the run has no decoder. */
LB_API struct lb_network *lb_run_decoder(struct lb_run *run);
LB_API const struct lb_train_params *lb_run_params(const struct lb_run *run);

/**
 * Images in `in_path` (.safetensors with `images`, or .npy; (n,H,W,C), (n,H,W) or (n,D), float32 or
 * uint8) to latent codes in `out_path` (`latent` (n,l) float32).
 * LB_ERR_FORMAT names what does not fit: n = 0, a wrong shape or dtype, a missing tensor.
 */
LB_API enum lb_status lb_run_encode_file(struct lb_run *run, const char *in_path,
                                         const char *out_path);
/** The reverse: `latent` (n,l) float32 to `images` (n,H,W,C) float32. */
LB_API enum lb_status lb_run_decode_file(struct lb_run *run, const char *in_path,
                                         const char *out_path);

/** Writes latent.safetensors: `points` (n,p) and `latent` (n,l) of a fixed sample. */
LB_API enum lb_status lb_run_write_latent(struct lb_run *run);

/**
 * Writes samples.png, latent.png, loss.png and, with a decoder, reconstruction.png and
 * interpolation.png into the RUN folder.
 */
LB_API enum lb_status lb_run_write_pictures(struct lb_run *run);

#ifdef __cplusplus
}
#endif

#endif
