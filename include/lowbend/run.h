/* A trained RUN folder: its networks, latent sample and pictures. */
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
 * @return LB_OK, LB_ERR_NOT_FOUND (no such RUN, or no encoder yet), LB_ERR_FORMAT (damaged files),
 *         or any error of opening the dataset and the networks
 */
LB_API enum lb_status lb_run_open(struct lb_run **out, struct lb_device *device, const char *path);

/** The files of a RUN folder. */
enum lb_run_file {
    LB_RUN_CONFIG,                ///< config.json: settings, and properties of the training data
    LB_RUN_METRICS,               ///< metrics.csv: losses and their terms by step
    LB_RUN_ENCODER,               ///< encoder.safetensors
    LB_RUN_DECODER,               ///< decoder.safetensors
    LB_RUN_LATENT,                ///< latent.safetensors: see lb_run_write_latent()
    LB_RUN_CHECKPOINT,            ///< checkpoint.safetensors: state for resuming
    LB_RUN_SAMPLES,               ///< samples.png
    LB_RUN_RECONSTRUCTION,        ///< reconstruction.png
    LB_RUN_INTERPOLATION,         ///< interpolation.png
    LB_RUN_LATENT_PICTURE,        ///< latent.png
    LB_RUN_LOSS_PICTURE,          ///< loss.png
    LB_RUN_EVALUATION,            ///< eval.json
    LB_RUN_SINGULAR_VALUES,       ///< singular_values.png
    LB_RUN_DISTANCES,             ///< distances.png
    LB_RUN_INTERPOLATION_ERROR,   ///< interpolation_error.png
    LB_RUN_REPORT,                ///< report.html
    LB_RUN_PROJECTION,            ///< projection.safetensors: see lb_run_train_projection()
    LB_RUN_GEOMETRY,              ///< geometry.json: see lb_run_write_geometry()
    LB_RUN_GEOMETRY_PICTURE,      ///< geometry.png
    LB_RUN_PROJECTION_CHECKPOINT, ///< projection-checkpoint.safetensors: state for resuming its
                                  ///< training
    LB_RUN_FILE_COUNT,
};
/** The file's name in the folder. */
LB_API const char *lb_run_file_name(enum lb_run_file file);

/** Current location of a RUN's files. Their content must be what the RUN was trained on. */
struct lb_run_files {
    const char *dataset; ///< a user's .cl file, or .safetensors with user pairs; NULL: not moved
    const char *mesh;    ///< NULL: not moved
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[6];
};

/**
 * lb_run_open() for a RUN whose files have moved; `files` may be NULL. The text of LB_ERR_NOT_FOUND
 * names the missing file, of LB_ERR_FORMAT the file with different content, of LB_ERR_ARGUMENT the
 * file that the RUN does not use.
 */
LB_API enum lb_status lb_run_open_with(struct lb_run **out, struct lb_device *device,
                                       const char *path, const struct lb_run_files *files);

/**
 * Opens only the networks of a RUN, without its training data: enough to encode, decode, export and
 * follow latent paths. Only the image shape of its dataset is known, as for user pairs; functions
 * that need more fail with LB_ERR_UNSUPPORTED.
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
 * Whether the manifold of the run's images is known. It is not for a run trained on user pairs,
 * where lb_run_dataset() knows only the image shape, and functions that need a manifold fail with
 * LB_ERR_UNSUPPORTED.
 */
LB_API bool lb_run_has_manifold(const struct lb_run *run);

/**
 * Number of user pairs held out from training. The first call opens their file.
 *
 * @return LB_OK, LB_ERR_UNSUPPORTED (the run was not trained on user pairs), LB_ERR_NOT_FOUND,
 *         LB_ERR_FORMAT (not the file that the run was trained on)
 */
LB_API enum lb_status lb_run_held_out_count(struct lb_run *run, size_t *count);

/**
 * Held-out pairs first..first+n-1, in an order that depends on the run's seed: images (n, H, W, C),
 * with bytes scaled to [0,1], and distances (n). There are no points; their arrays are left
 * unchanged. LB_ERR_ARGUMENT if there are fewer pairs; else as lb_run_held_out_count().
 */
LB_API enum lb_status lb_run_held_out(struct lb_run *run, size_t first, size_t n,
                                      const struct lb_pairs *pairs);

/**
 * Encodes images in `in_path` (.safetensors or .npz with `images`, or .npy: (n,H,W,C), (n,H,W) or
 * (n,D), of any dtype; or a picture, or a folder of pictures in natural order of their names) to
 * latent codes in `out_path` (`latent` (n,l) float32). Array files are memory-mapped and converted
 * in batches, so both files may exceed memory; they must not change during the call (LB_ERR_IO).
 * LB_ERR_FORMAT says what does not fit: n = 0, a wrong shape or dtype, a missing tensor, values far
 * from [0,1].
 */
LB_API enum lb_status lb_run_encode_file(struct lb_run *run, const char *in_path,
                                         const char *out_path);
/** The same with options for reading images. Without a scale, or with NULL, the scale of the run's
 * user pairs applies. */
LB_API enum lb_status lb_run_encode_file_with(struct lb_run *run, const char *in_path,
                                              const char *out_path,
                                              const struct lb_image_options *options);
/** The reverse: `latent` (n,l), 16- to 64-bit floats, to `images` (n,H,W,C) float32. */
LB_API enum lb_status lb_run_decode_file(struct lb_run *run, const char *in_path,
                                         const char *out_path);

/**
 * The same with arrays in memory: `images`, in the shapes and dtypes allowed in files, to `latent`
 * (n,l) floats, and the reverse, `latent` (n,l) to `images` (n,H,W,C) floats. The caller owns the
 * arrays; messages refer to them by the tensor's name. LB_ERR_ARGUMENT for a tensor without dtype
 * or data; else as with files.
 */
LB_API enum lb_status lb_run_encode(struct lb_run *run, const struct lb_tensor *images,
                                    const struct lb_image_options *options, float *latent);
LB_API enum lb_status lb_run_decode(struct lb_run *run, const struct lb_tensor *latent,
                                    float *images);

/**
 * Writes latent.safetensors: `points` (n,p) and `latent` (n,l) of a fixed sample. For user pairs:
 * the codes of at most 2048 held-out images x, and in `index` (n) int64 the numbers of their pairs.
 * LB_ERR_EXISTS while another process trains in the folder.
 */
LB_API enum lb_status lb_run_write_latent(struct lb_run *run);

/**
 * Writes samples.png, latent.png, loss.png and, with a decoder, reconstruction.png and
 * interpolation.png to the RUN folder. For user pairs they show held-out images x, and there is no
 * interpolation.png, which needs geodesics. LB_ERR_EXISTS while another process trains there.
 */
LB_API enum lb_status lb_run_write_pictures(struct lb_run *run);

#ifdef __cplusplus
}
#endif

#endif
