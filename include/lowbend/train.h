/* Trains an encoder on E_epsilon alone, then a decoder, and writes everything to a RUN folder. */
#ifndef LOWBEND_TRAIN_H
#define LOWBEND_TRAIN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include <lowbend/dataset.h>
#include <lowbend/means.h>
#include <lowbend/network.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_MAX_HIDDEN   30
#define LB_PATH_BYTES   1024
#define LB_LAYERS_BYTES 256 ///< size of a network's text, including the final 0

/** Factor of the learning rate at step t = 0, 1, ... of n; a warm-up is an additional factor. */
enum lb_schedule {
    LB_CONSTANT,        ///< 1
    LB_COSINE,          ///< (1 + cos(pi t / n)) / 2
    LB_LINEAR_DECAY,    ///< 1 - t / n
    LB_WARM_HOLD_DECAY, ///< 1, then linearly to 0 over the last fifth of the steps
};

enum lb_optimizer {
    LB_ADAM,
    LB_ADAMW, ///< decoupled weight decay
    LB_MUON,  ///< orthogonalised momentum for the weights of all layers but the last; Adam for
              ///< biases and the last layer
};

/** What a training step samples to estimate E. */
enum lb_strategy {
    LB_STRATEGY_BALL,  ///< pairs with their midpoint: three images each
    LB_STRATEGY_CHAIN, ///< five equidistant points of a geodesic: ten distances, four midpoints
};

enum lb_train_mode {
    LB_TRAIN_SEPARATE, ///< encoder on E_epsilon, then decoder with the encoder frozen
    LB_TRAIN_JOINT,    ///< both together on E_epsilon + reconstruction
    LB_TRAIN_PLAIN,    ///< both together on the reconstruction alone: an ordinary autoencoder
};

/** Predefined networks. */
enum lb_preset {
    LB_PRESET_NONE, ///< layers are given explicitly
    LB_PRESET_MLP,  ///< dense layers 512,512,512, with a mirrored decoder
    LB_PRESET_CONV, ///< convolutions matched to the images, which must have rows and columns, and a
                    ///< matching decoder; see docs/networks.md
};

/**
 * Settings that determine the result; config.json holds exactly these, with a preset replaced by
 * its layers. The defaults named here are those of lb_train_params_default();
 * lb_train_params_recommend() has better ones for images. docs/method.md explains their meaning.
 */
struct lb_train_params {
    char dataset[LB_PATH_BYTES]; ///< built-in name, path of a .cl file, or .safetensors with user
                                 ///< pairs; default "sundial"
    int size;                    ///< pixels; 0 (default): the dataset's default
    double cap;                  ///< degrees; 0 (default): the dataset's default
    char mesh[LB_PATH_BYTES]; ///< .obj, .off, .ply or .stl file for a dataset that renders a mesh;
                              ///< default ""
    double epsilon;           ///< sampling radius, default 0.3; for user pairs their largest d
    double min_distance;      ///< smallest d; negative (default): epsilon / 10, for user pairs 0
    int samples;  ///< 0 (default): fresh pairs at every step; else the number of fixed points, with
                  ///< all pairs among them
    double scale; ///< divisor of user pairs' float32 images, 1 accepts any values; 0 (default):
                  ///< images must be in [0,1]
    double held_out;               ///< fraction of user pairs held out for evaluation, default 0.1
    double lambda;                 ///< weight of the bending, in squared length units; default 0.03
    double c;                      ///< c of gamma_c, default 0
    int latent;                    ///< latent dimension, default 16
    int hidden[LB_MAX_HIDDEN];     ///< widths of the hidden layers, reversed in the decoder, unless
                                   ///< encoder_layers and decoder_layers are set
    int hidden_count;              ///< default 3: 512, 512, 512
    enum lb_activation activation; ///< default LB_ELU
    enum lb_activation output_activation; ///< of the decoder: LB_LINEAR (default) or LB_SIGMOID
    int pairs; ///< pairs per step, 3 images each, or 3/5 as many chains; for the decoder, images;
               ///< default 128
    int steps; ///< steps of the encoder phase, or of joint training; default 1200
    int decoder_steps;            ///< steps of the decoder phase, default 1500; 0: no decoder
    double lr;                    ///< learning rate of Adam in the phase of `steps`, default 1e-3
    double decoder_lr;            ///< in the decoder phase, default 4e-3
    enum lb_schedule schedule;    ///< default LB_COSINE
    enum lb_optimizer optimizer;  ///< default LB_ADAM
    double weight_decay;          ///< for LB_ADAMW, default 0.01
    enum lb_train_mode mode;      ///< default LB_TRAIN_SEPARATE
    double reconstruction_weight; ///< for joint mode, default 1
    /** Standard deviation of the noise on the codes that train a decoder; negative (default):
     * epsilon / 10, or 0 if both networks are trained together. */
    double code_noise;
    enum lb_gemm_kind gemm; ///< default LB_GEMM_AUTO
    int log_every;          ///< steps between lines of metrics.csv, default 50
    int checkpoint_every; ///< steps between checkpoints, default 500; 0: only at the end of phases
    bool skip_nonfinite;  ///< skip and count steps whose loss or gradient is not finite; false
                          ///< (default): an error
    uint64_t seed;        ///< default 0
    /** Layers from image to latent as text, "pool,conv24,pool,conv48,256"; overrides `hidden`. ""
     * (default): dense layers as in `hidden`. */
    char encoder_layers[LB_LAYERS_BYTES];
    /** Layers from latent to image, "256,dense8x8x48,up,conv24,up"; "" (default): mirror of the
     * encoder. */
    char decoder_layers[LB_LAYERS_BYTES];
    /** Replaces the encoder's layers and, unless decoder_layers is set, the decoder's.
     * LB_PRESET_NONE (default): no replacement. */
    enum lb_preset network;
    enum lb_strategy strategy; ///< default LB_STRATEGY_BALL
    double muon_lr;            ///< learning rate of the weights that LB_MUON trains, default 0.02
    int muon_steps;            ///< Newton-Schulz steps of LB_MUON, default 5
    int warmup; ///< steps at the start of a phase over which the learning rates rise linearly, by
                ///< factor t / warmup at step t; default 0
    double average; ///< fraction of a phase's steps, at its end, over which the weights are
                    ///< averaged; 0 (default): the last weights
    double clip; ///< largest norm of a network's gradient; larger gradients are scaled down to it;
                 ///< 0 (default): no limit
    double epsilon_start; ///< sampling radius at the first step, at least epsilon and below the
                          ///< injectivity radius; 0 (default): epsilon
    /** Fraction of the steps over which it decreases log-linearly, default 0.75. */
    double epsilon_share;
    double cross_weight; ///< weight, at the first step, of distances between different pairs of a
                         ///< step; decreases linearly to 0 at 60 % of the steps; 0 (default): none
    int microbatch; ///< images of a batch that pass through a network at once; 0 (default): all
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[23];
};

/** Sets the defaults, which do not depend on the data. */
LB_API void lb_train_params_default(struct lb_train_params *params);

/**
 * Sets what suits the data: the recipe for all images (of more than one pixel) or for all vectors,
 * then the RECIPE of the dataset's .cl file.
 *
 * Before the call, initialise `params` with lb_train_params_default() and set what only the caller
 * knows. `dataset`, `size`, `cap`, `mesh`, `scale` and `held_out` identify the data; `samples`,
 * `mode` and `reconstruction_weight` say how to use them; `gemm`, `log_every`, `checkpoint_every`,
 * `skip_nonfinite` and `seed` are the caller's preference. These fields and the settings named in
 * `keep` are unchanged; all others are replaced. The recipe yields where it conflicts with them:
 * without fresh pairs, and with LB_TRAIN_PLAIN, there are no chains, no decreasing epsilon and no
 * cross pairs; if there are fewer user pairs than a step needs, a step takes all that are not held
 * out. If no recipe sets them, epsilon is a tenth of the injectivity radius or the largest distance
 * of user pairs, and lambda is epsilon squared.
 *
 * @param keep names as in lb_setting_at(), terminated by NULL; NULL: none
 *
 * @return LB_OK; LB_ERR_FORMAT (an invalid RECIPE: dataset and setting); any error of
 *         lb_dataset_describe(), or for user pairs of reading the file's header
 */
LB_API enum lb_status lb_train_params_recommend(struct lb_device *device,
                                                struct lb_train_params *params,
                                                const char *const *keep);

/**
 * Properties of the training data that the settings name: a dataset, or user pairs, whose manifold
 * is unknown (dimension 0). Returns any error of opening it.
 */
LB_API enum lb_status lb_train_dataset_info(struct lb_device *device,
                                            const struct lb_train_params *params,
                                            struct lb_dataset_info *info);

/** Buffer size that is enough for lb_train_describe_encoder() of any network. */
#define LB_NETWORK_TEXT_BYTES 2048

/**
 * Writes a one-line description of the encoder for these images: the input size, then the layers,
 * "1024-512-16"; with shapes if there are image layers, "32x32x3 -> pool 16x16x3 -> conv 16x16x24
 * -> 256 -> 16". Texts longer than `bytes` end in "...". LB_ERR_ARGUMENT, LB_ERR_MEMORY.
 */
LB_API enum lb_status lb_train_describe_encoder(struct lb_context *ctx,
                                                const struct lb_train_params *params,
                                                const struct lb_dataset_info *info, char *text,
                                                size_t bytes);

/** The same for the decoder; "the reverse" if it mirrors the encoder. */
LB_API enum lb_status lb_train_describe_decoder(struct lb_context *ctx,
                                                const struct lb_train_params *params,
                                                const struct lb_dataset_info *info, char *text,
                                                size_t bytes);

/** A setting as shown on a command line: "epsilon", "NUMBER", "sampling radius". */
struct lb_setting_info {
    const char *name;        ///< option name without dashes; also the key in config.json
    const char *placeholder; ///< NULL for a flag
    const char *help;
    bool by_data; ///< the default depends on the dataset and comes from lb_train_params_recommend()
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[3];
};
/** Number of settings, and setting i. */
LB_API size_t lb_setting_count(void);
LB_API struct lb_setting_info lb_setting_at(size_t i);

/**
 * Sets one field from text, as the command line and scripts do: ("hidden", "512,512").
 *
 * @param value NULL for flags
 * @return LB_OK, LB_ERR_NOT_FOUND (no such setting), LB_ERR_ARGUMENT (malformed or out of range;
 *         the text lists what is allowed)
 */
LB_API enum lb_status lb_train_params_set(struct lb_context *ctx, struct lb_train_params *params,
                                          const char *name, const char *value);

/**
 * Writes the value of one field as text, in the form that lb_train_params_set() accepts ("1"/"0"
 * for flags). LB_ERR_NOT_FOUND for an unknown name, LB_ERR_MEMORY, both without a message. Longer
 * texts are truncated to `size`.
 */
LB_API enum lb_status lb_train_params_get(const struct lb_train_params *params, const char *name,
                                          char *value, size_t size);

/**
 * Reads the settings of a RUN folder from its config.json. Missing settings, which are newer than
 * the RUN, get the default they had when they were added.
 */
LB_API enum lb_status lb_train_params_read(struct lb_context *ctx, struct lb_train_params *params,
                                           const char *run);

/**
 * Returns LB_ERR_NOT_FOUND, with advice, if a file named in the settings is missing. Call it with
 * the settings of `run` before resuming: files may have moved, and their paths can be replaced.
 */
LB_API enum lb_status lb_train_params_find_files(struct lb_context *ctx,
                                                 const struct lb_train_params *params,
                                                 const char *run);

enum lb_phase {
    LB_PHASE_ENCODER,
    LB_PHASE_DECODER,
    LB_PHASE_JOINT,
    LB_PHASE_PROJECTION, ///< only in lb_run_train_projection()
};
/** "encoder", "decoder", "joint", as in metrics.csv; "projection". */
LB_API const char *lb_phase_name(enum lb_phase phase);

/** Progress of a run, for a progress line. */
struct lb_progress {
    enum lb_phase phase;
    int step; ///< steps done in this phase
    int steps;
    struct lb_means means; ///< over the last logging interval, or of the evaluation
    double per_second;     ///< pairs (decoder: images) per second
    double seconds_left;   ///< of this phase
    int skipped;           ///< steps skipped so far, see skip_nonfinite
    bool final;            ///< true for the evaluation on fresh pairs at the end of the phase
};

/** Called every log_every steps and at the end of phases. Return false to stop (a checkpoint is
 * written). */
typedef bool (*lb_progress_fn)(void *user, const struct lb_progress *progress);

/** Run control: options that do not change the result. */
struct lb_train_control {
    lb_progress_fn progress; ///< NULL: silent, cannot be stopped
    void *user;
    bool resume; ///< continue from RUN's checkpoint, or start from the beginning if there is none.
                 ///< A mesh, .cl file or user pairs may have moved; RUN then records the new path.
                 ///< A finished RUN continues if `steps` or `decoder_steps` has increased:
                 ///< schedules then cover the new total, and after additional encoder steps the
                 ///< decoder is trained from scratch
    bool overwrite; ///< replace a RUN that is not empty
    /** Called once validation and compilation have succeeded: from here on, stopping leaves a
     * checkpoint. May be NULL. */
    void (*began)(void *user);
    /** With resume: called once before the first step with the phase and step where training
     * continues. May be NULL. */
    void (*resumed)(void *user, enum lb_phase phase, int step);
    /** Polled at every step: a non-zero value stops the run with a checkpoint; before the first
     * step it ends the device's self-test. May be NULL; may be set by a signal handler. */
    const volatile sig_atomic_t *stop;
    /** A RUN whose networks replace the random initial weights: the encoder, and the decoder if
     * both runs have one. Shapes, activations and use of normalisation must match (LB_ERR_ARGUMENT
     * says what does not). Ignored if there is a checkpoint to continue from. NULL (default):
     * random weights. */
    const char *init;
    /** Stops with a checkpoint, like `stop`, at the first step after this many seconds of the call;
     * the context's text then names the limit. 0 (default): no limit. */
    double max_seconds;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[12];
};

/**
 * Trains, and writes config.json, metrics.csv, checkpoint.safetensors, encoder.safetensors and
 * decoder.safetensors to the folder `run`.
 *
 * @return LB_OK; LB_ERR_INTERRUPTED (checkpoint written); LB_ERR_EXISTS (RUN is not empty with
 *         neither resume nor overwrite, or another process trains there); LB_ERR_ARGUMENT (epsilon
 *         not below the injectivity radius; a setting that differs from the RUN being resumed,
 *         named); LB_ERR_NUMERIC (NaN or infinite loss, with step and term); LB_ERR_IO;
 *         LB_ERR_OPENCL; LB_ERR_MEMORY; LB_ERR_BUILD; ...
 */
LB_API enum lb_status lb_train(struct lb_device *device, const struct lb_train_params *params,
                               const char *run, const struct lb_train_control *control);

#ifdef __cplusplus
}
#endif

#endif
