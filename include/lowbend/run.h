/* A finished RUN folder: applying its networks, its latent sample, its pictures. */
#ifndef LOWBEND_RUN_H
#define LOWBEND_RUN_H

#include <stdint.h>

#include <lowbend/dataset.h>
#include <lowbend/images.h>
#include <lowbend/network.h>
#include <lowbend/tensor.h>
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

/** The files of a RUN folder. */
enum lb_run_file {
    LB_RUN_CONFIG,              ///< config.json: settings, and facts of what was trained on
    LB_RUN_METRICS,             ///< metrics.csv: losses and their terms by step
    LB_RUN_ENCODER,             ///< encoder.safetensors
    LB_RUN_DECODER,             ///< decoder.safetensors
    LB_RUN_LATENT,              ///< latent.safetensors: see lb_run_write_latent()
    LB_RUN_CHECKPOINT,          ///< checkpoint.safetensors: what resuming needs
    LB_RUN_SAMPLES,             ///< samples.png
    LB_RUN_RECONSTRUCTION,      ///< reconstruction.png
    LB_RUN_INTERPOLATION,       ///< interpolation.png
    LB_RUN_LATENT_PICTURE,      ///< latent.png
    LB_RUN_LOSS_PICTURE,        ///< loss.png
    LB_RUN_EVALUATION,          ///< eval.json
    LB_RUN_SINGULAR_VALUES,     ///< singular_values.png
    LB_RUN_DISTANCES,           ///< distances.png
    LB_RUN_INTERPOLATION_ERROR, ///< interpolation_error.png
    LB_RUN_REPORT,              ///< report.html
    LB_RUN_PROJECTION,          ///< projection.safetensors: see lb_run_train_projection()
    LB_RUN_GEOMETRY,            ///< geometry.json: see lb_run_write_geometry()
    LB_RUN_GEOMETRY_PICTURE,    ///< geometry.png
    LB_RUN_PROJECTION_STATE,    ///< projection-checkpoint.safetensors: what resuming that needs
    LB_RUN_FILE_COUNT,
};
/** The file's name in the folder. */
LB_API const char *lb_run_file_name(enum lb_run_file file);

/** Where files of a RUN are now. Their content must be what the RUN was trained on. */
struct lb_run_files {
    const char *dataset; ///< a user's .cl file, or .safetensors with own pairs; NULL: where it was
    const char *mesh;    ///< NULL: where it was
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[6];
};

/**
 * lb_run_open() of a RUN whose files have moved; `files` may be NULL. LB_ERR_NOT_FOUND says which
 * file is missing, LB_ERR_FORMAT which holds something else, LB_ERR_ARGUMENT which the RUN lacks.
 */
LB_API enum lb_status lb_run_open_with(struct lb_run **out, struct lb_device *device,
                                       const char *path, const struct lb_run_files *files);

/**
 * Opens the networks of a RUN alone, without what it was trained on: enough to encode, decode,
 * export and follow latent paths. Of its dataset only the shape of the images is known, as of own
 * pairs, and what needs more fails with LB_ERR_UNSUPPORTED.
 */
LB_API enum lb_status lb_run_open_networks(struct lb_run **out, struct lb_device *device,
                                           const char *path);
LB_API void lb_run_close(struct lb_run **run);

LB_API struct lb_dataset *lb_run_dataset(struct lb_run *run);
LB_API struct lb_network *lb_run_encoder(struct lb_run *run);
/** NULL if the run has no decoder. */
LB_API struct lb_network *lb_run_decoder(struct lb_run *run);
LB_API const struct lb_train_params *lb_run_params(const struct lb_run *run);

/**
 * Whether the manifold of the run's images is known: not of a run trained on own pairs, of which
 * lb_run_dataset() knows the shape of the images alone. All that needs a manifold then fails with
 * LB_ERR_UNSUPPORTED.
 */
LB_API bool lb_run_has_manifold(const struct lb_run *run);

/**
 * Number of own pairs that were kept from training. Opens their file at the first call.
 *
 * @return LB_OK, LB_ERR_UNSUPPORTED (the run was not trained on own pairs), LB_ERR_NOT_FOUND,
 *         LB_ERR_FORMAT (the file is not the one that the run was trained on)
 */
LB_API enum lb_status lb_run_held_out_count(struct lb_run *run, size_t *count);

/**
 * Held-out pairs first..first+n-1, in an order that depends on the run's seed: images (n, H, W, C),
 * bytes scaled to [0,1], and distances (n). Points do not exist and are left alone.
 * LB_ERR_ARGUMENT if there are not as many; else as lb_run_held_out_count().
 */
LB_API enum lb_status lb_run_held_out(struct lb_run *run, size_t first, size_t n,
                                      const struct lb_pairs *pairs);

/**
 * Images in `in_path` (.safetensors or .npz with `images`, or .npy; (n,H,W,C), (n,H,W) or (n,D), of
 * any dtype; or a picture or a folder of them, in the natural order of their names) to latent codes
 * in `out_path` (`latent` (n,l) float32). Array files are mapped and converted in batches, so both
 * files may be larger than memory; they must not change meanwhile (LB_ERR_IO).
 * LB_ERR_FORMAT names what does not fit: n = 0, a wrong shape or dtype, a missing tensor, values
 * far from [0,1].
 */
LB_API enum lb_status lb_run_encode_file(struct lb_run *run, const char *in_path,
                                         const char *out_path);
/** The same with options of how images are read; without a scale of theirs, or with NULL, that of
 * the run's own pairs is taken. */
LB_API enum lb_status lb_run_encode_file_with(struct lb_run *run, const char *in_path,
                                              const char *out_path,
                                              const struct lb_image_options *options);
/** The reverse: `latent` (n,l), floats of 16 to 64 bits, to `images` (n,H,W,C) float32. */
LB_API enum lb_status lb_run_decode_file(struct lb_run *run, const char *in_path,
                                         const char *out_path);

/**
 * The same with arrays in memory: `images`, of the shapes and dtypes that a file may have, to
 * `latent` (n,l) floats, and the reverse, `latent` (n,l) to `images` (n,H,W,C) floats. Arrays are
 * the caller's, and are called by the tensor's name in messages. LB_ERR_ARGUMENT for a tensor
 * without dtype or data; else as with files.
 */
LB_API enum lb_status lb_run_encode(struct lb_run *run, const struct lb_tensor *images,
                                    const struct lb_image_options *options, float *latent);
LB_API enum lb_status lb_run_decode(struct lb_run *run, const struct lb_tensor *latent,
                                    float *images);

/**
 * Writes latent.safetensors: `points` (n,p) and `latent` (n,l) of a fixed sample; of own pairs the
 * codes of at most 2048 held-out images x, and in `index` (n) int64 the numbers of their pairs.
 * LB_ERR_EXISTS while another process trains in the folder.
 */
LB_API enum lb_status lb_run_write_latent(struct lb_run *run);

/**
 * Writes samples.png, latent.png, loss.png and, with a decoder, reconstruction.png and
 * interpolation.png into the RUN folder. Of own pairs they show held-out images x, and there is no
 * interpolation.png, which needs geodesics. LB_ERR_EXISTS while another process trains there.
 */
LB_API enum lb_status lb_run_write_pictures(struct lb_run *run);

#ifdef __cplusplus
}
#endif

#endif
