/* Training an encoder on E_epsilon alone, then a decoder; everything goes to a RUN folder. */
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
#define LB_LAYERS_BYTES 256 ///< of a network's text, the 0 at its end included

/** What the learning rates are multiplied by at step t = 0, 1, ... of a phase's n; a warm-up is one
 * more factor. */
enum lb_schedule {
    LB_CONSTANT,        ///< 1
    LB_COSINE,          ///< (1 + cos(pi t / n)) / 2
    LB_FALLING,         ///< 1 - t / n
    LB_WARM_HOLD_DECAY, ///< 1, over the last fifth of the steps falling linearly to 0
};

enum lb_optimizer {
    LB_ADAM,
    LB_ADAMW, ///< decoupled weight decay
    LB_MUON,  ///< orthogonalised momentum for the weights of all layers but the last, Adam for the
              ///< rest: biases and the last layer
};

/** What a training step samples to estimate E. */
enum lb_strategy {
    LB_STRATEGY_BALL,  ///< pairs with their midpoint: three images each
    LB_STRATEGY_CHAIN, ///< five equidistant points of a geodesic: ten distances, four midpoints
};

enum lb_train_mode {
    LB_TRAIN_SEPARATE, ///< encoder on E_epsilon, then the decoder with the encoder frozen
    LB_TRAIN_JOINT,    ///< both at once on E_epsilon + reconstruction
    LB_TRAIN_PLAIN,    ///< both at once on the reconstruction alone: an ordinary autoencoder
};

/** Networks that need not be written out. */
enum lb_preset {
    LB_PRESET_NONE, ///< the layers are given
    LB_PRESET_MLP,  ///< dense layers 512,512,512, the decoder their mirror
    LB_PRESET_CONV, ///< convolutions that fit the images, which must have rows and columns, and a
                    ///< decoder that fits them too; see docs/networks.md
};

/**
 * Settings that determine the result; config.json holds exactly these, a preset as its layers. The
 * defaults named here are lb_train_params_default()'s; lb_train_params_recommend() has better ones
 * for images. docs/method.md explains what they mean.
 */
struct lb_train_params {
    char dataset[LB_PATH_BYTES];   ///< built-in name, path of a .cl file, or .safetensors with own
                                   ///< pairs; default "sundial"
    int size;                      ///< pixels; 0 (default): the dataset's own
    double cap;                    ///< degrees; 0 (default): the dataset's own
    char mesh[LB_PATH_BYTES];      ///< .obj, .off, .ply or .stl file for a dataset that shows
                                   ///< one; default ""
    double epsilon;                ///< sampling radius, default 0.3; of own pairs their largest d
    double min_distance;           ///< smallest d; negative (default): epsilon / 10, of own pairs 0
    int samples;                   ///< 0 (default): fresh pairs at every step; else all pairs among
                                   ///< as many fixed points
    double scale;                  ///< float32 images of own pairs are divided by it, 1 takes any
                                   ///< values; 0 (default): images must be in [0,1]
    double held_out;               ///< share of own pairs kept for evaluation, default 0.1
    double lambda;                 ///< weight of the bending, a squared length; default 0.03
    double c;                      ///< of gamma_c, default 0
    int latent;                    ///< latent dimension, default 16
    int hidden[LB_MAX_HIDDEN];     ///< widths of the hidden layers, the decoder's reversed, where
                                   ///< encoder_layers and decoder_layers say nothing else
    int hidden_count;              ///< default 3: 512, 512, 512
    enum lb_activation activation; ///< default LB_ELU
    enum lb_activation output_activation; ///< of the decoder: LB_LINEAR (default) or LB_SIGMOID
    int pairs; ///< per step, 3 images each, or 3/5 as many chains; for the decoder images; default
               ///< 128
    int steps; ///< of the encoder, or of both if they learn at once; default 1200
    int decoder_steps;            ///< of the decoder's own phase, default 1500; 0: no decoder
    double lr;                    ///< learning rate of Adam in the phase of `steps`, default 1e-3
    double decoder_lr;            ///< in the decoder's own phase, default 4e-3
    enum lb_schedule schedule;    ///< default LB_COSINE
    enum lb_optimizer optimizer;  ///< default LB_ADAM
    double weight_decay;          ///< of LB_ADAMW, default 0.01
    enum lb_train_mode mode;      ///< default LB_TRAIN_SEPARATE
    double reconstruction_weight; ///< of the joint mode, default 1
    double code_noise; ///< standard deviation of the noise on the codes that a decoder learns from;
                       ///< negative (default): epsilon / 10, 0 where both networks learn at once
    enum lb_gemm_kind gemm; ///< default LB_GEMM_AUTO
    int log_every;          ///< steps between lines of metrics.csv, default 50
    int checkpoint_every;   ///< steps between checkpoints, default 500; 0: only at phase ends
    bool skip_nonfinite;    ///< leave out steps whose loss or gradient is not finite,
                            ///< and count them; false (default): an error
    uint64_t seed;          ///< default 0
    /** The layers between image and latent as text, "pool,conv24,pool,conv48,256"; it counts in
     * place of `hidden`. "" (default): dense layers, as `hidden` says. */
    char encoder_layers[LB_LAYERS_BYTES];
    /** Those between latent and image, "256,dense8x8x48,up,conv24,up"; "" (default): the mirror of
     * the encoder's. */
    char decoder_layers[LB_LAYERS_BYTES];
    /** Replaces the encoder's layers, and unless decoder_layers are given also the decoder's.
     * LB_PRESET_NONE (default): they are as above. */
    enum lb_preset network;
    enum lb_strategy strategy; ///< default LB_STRATEGY_BALL
    double muon_lr;            ///< learning rate of the weights that LB_MUON trains, default 0.02
    int muon_steps;            ///< Newton-Schulz steps of LB_MUON, default 5
    int warmup;     ///< steps at a phase's start over which learning rates rise linearly: the t-th
                    ///< has the share t / warmup; default 0
    double average; ///< share of a phase's steps, the last ones, of whose weights the mean is kept;
                    ///< 0 (default): the last weights
    double clip;    ///< largest norm of a network's gradient, larger ones are scaled down to it;
                    ///< 0 (default): no limit
    double epsilon_start; ///< sampling radius of the first step, at least epsilon and below the
                          ///< injectivity radius; 0 (default): epsilon
    double epsilon_share; ///< share of the steps over which it falls log-linearly, default 0.75
    double cross_weight; ///< weight at the first step of the distances between the pairs of a step;
                         ///< it falls linearly to 0 at 60 % of the steps; 0 (default): none
    int microbatch; ///< images of a batch that pass through a network at a time; 0 (default): all
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[23];
};

/** Fills in the defaults, which are the same whatever is trained on: for programs that choose. */
LB_API void lb_train_params_default(struct lb_train_params *params);

/**
 * Fills in what suits the data: the recipe of all images (of more than one pixel) or that of all
 * vectors, and on top of it the RECIPE that a dataset's .cl file states.
 *
 * Fill in `params` before, by lb_train_params_default() and what is the caller's to say: `dataset`,
 * `size`, `cap`, `mesh`, `scale` and `held_out` name the data; `samples`, `mode` and
 * `reconstruction_weight` what is wanted of them; `gemm`, `log_every`, `checkpoint_every`,
 * `skip_nonfinite` and `seed` suit the caller alone. These stay as they are, and so do the settings
 * named in `keep`; all others are replaced. Where what stays does not allow what the recipe says,
 * the recipe gives way: without fresh pairs, and with LB_TRAIN_PLAIN, there are no chains, no
 * falling epsilon and no cross pairs; where own pairs are fewer than a step takes, it takes those
 * that are not held out. Where no recipe states them, epsilon is a tenth of the
 * injectivity radius, or the largest distance of own pairs, and lambda is epsilon squared.
 *
 * @param keep names as lb_setting_at() has them, then NULL; NULL: none
 *
 * @return LB_OK; LB_ERR_FORMAT (a RECIPE that is wrong: dataset and setting); what
 *         lb_dataset_describe() returns, of own pairs what reading the file's header returns
 */
LB_API enum lb_status lb_train_params_recommend(struct lb_device *device,
                                                struct lb_train_params *params,
                                                const char *const *keep);

/**
 * Facts of what the settings name: a dataset, or own pairs, of which no manifold is known
 * (dimension 0). Returns what opening it returns.
 */
LB_API enum lb_status lb_train_dataset_info(struct lb_device *device,
                                            const struct lb_train_params *params,
                                            struct lb_dataset_info *info);

/** Room for what lb_train_describe_encoder() says of any network. */
#define LB_NETWORK_TEXT_BYTES 2048

/**
 * Writes what one line says of the encoder that the settings make for these images: the numbers of
 * an image, then its layers, "1024-512-16"; of layers that work on images their shapes, "32x32x3 ->
 * pool 16x16x3 -> conv 16x16x24 -> 256 -> 16". Longer texts than `bytes` end in "...".
 * LB_ERR_ARGUMENT, LB_ERR_MEMORY.
 */
LB_API enum lb_status lb_train_describe_encoder(struct lb_context *ctx,
                                                const struct lb_train_params *params,
                                                const struct lb_dataset_info *info, char *text,
                                                size_t bytes);

/** The same of the decoder; "the reverse" if it is the encoder's mirror. */
LB_API enum lb_status lb_train_describe_decoder(struct lb_context *ctx,
                                                const struct lb_train_params *params,
                                                const struct lb_dataset_info *info, char *text,
                                                size_t bytes);

/** One setting as a command line shows it: "epsilon", "NUMBER", "sampling radius". */
struct lb_setting_info {
    const char *name;        ///< option name without dashes, also the key in config.json
    const char *placeholder; ///< NULL for a flag
    const char *help;
    bool by_data; ///< differs between datasets: on a command line its default is that of
                  ///< lb_train_params_recommend()
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[3];
};
/** Number of settings, and the i-th of them. */
LB_API size_t lb_setting_count(void);
LB_API struct lb_setting_info lb_setting_at(size_t i);

/**
 * Sets one field from text, as the command line and scripts do: ("hidden", "512,512").
 *
 * @param value NULL for flags
 * @return LB_OK, LB_ERR_NOT_FOUND (no such setting), LB_ERR_ARGUMENT (malformed or out of range;
 *         the text says what is allowed)
 */
LB_API enum lb_status lb_train_params_set(struct lb_context *ctx, struct lb_train_params *params,
                                          const char *name, const char *value);

/**
 * Writes the text of one field, as lb_train_params_set() takes it, to `value` ("1"/"0" for flags).
 * LB_ERR_NOT_FOUND for an unknown name, LB_ERR_MEMORY, both without a message; longer texts are cut
 * to `size`.
 */
LB_API enum lb_status lb_train_params_get(const struct lb_train_params *params, const char *name,
                                          char *value, size_t size);

/**
 * Reads the settings of a RUN folder from its config.json. Those that it lacks, because they are
 * younger than the RUN, take the defaults that held when they were added.
 */
LB_API enum lb_status lb_train_params_read(struct lb_context *ctx, struct lb_train_params *params,
                                           const char *run);

/**
 * LB_ERR_NOT_FOUND, which says what to do, if a file that the settings name is missing. For
 * settings of `run`, before it is resumed: files may have moved since, and their paths may be
 * replaced.
 */
LB_API enum lb_status lb_train_params_find_files(struct lb_context *ctx,
                                                 const struct lb_train_params *params,
                                                 const char *run);

enum lb_phase {
    LB_PHASE_ENCODER,
    LB_PHASE_DECODER,
    LB_PHASE_JOINT,
    LB_PHASE_PROJECTION, ///< of lb_run_train_projection() alone
};
/** "encoder", "decoder", "joint", as metrics.csv has them; "projection". */
LB_API const char *lb_phase_name(enum lb_phase phase);

/** State of a run, for a progress line. */
struct lb_progress {
    enum lb_phase phase;
    int step; ///< done so far in this phase
    int steps;
    struct lb_means means; ///< of the last logging interval, or of the evaluation
    double per_second;     ///< pairs (decoder: images) per second
    double seconds_left;   ///< of this phase
    int skipped;           ///< steps left out so far, see skip_nonfinite
    bool final;            ///< evaluation on fresh pairs at the end of the phase
};

/** Called every log_every steps and at phase ends; returns false to stop (a checkpoint is written).
 */
typedef bool (*lb_progress_fn)(void *user, const struct lb_progress *progress);

/** How to run: settings that do not change the result. */
struct lb_train_control {
    lb_progress_fn progress; ///< NULL: silent, cannot be stopped
    void *user;
    bool resume;    ///< go on from RUN's checkpoint; without one start from the beginning; a mesh,
                    ///< a .cl file and own pairs may have moved, and RUN then notes where to.
                    ///< A finished RUN with more `steps` or `decoder_steps` than it has goes on to
                    ///< these: schedules count them from the start on, and behind more steps of the
                    ///< encoder the decoder is trained anew
    bool overwrite; ///< replace a RUN that is not empty
    /** Told once all that can be refused or must be compiled is behind it: from here on there is
     * something to keep when the run is stopped. May be NULL. */
    void (*began)(void *user);
    /** With resume: told once where training goes on, before the first step. May be NULL. */
    void (*resumed)(void *user, enum lb_phase phase, int step);
    /** Polled at every step: a non-zero value stops the run with a checkpoint; before the first
     * step it ends a self-test of the device. May be NULL; may be set from a signal handler. */
    const volatile sig_atomic_t *stop;
    /** A RUN whose networks a new run starts with instead of random weights, its settings being the
     * caller's: the encoder, and the decoder if both have one. Shapes, activations and whether
     * images are normalised must be the same (LB_ERR_ARGUMENT says what is not). Not looked at once
     * there is a checkpoint to go on with. NULL (default): random weights. */
    const char *init;
    /** Stops at the first step after so many seconds of this call, with a checkpoint, as `stop`
     * does; the context's text then names the limit. 0 (default): no limit. */
    double max_seconds;
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[12];
};

/**
 * Trains and writes config.json, metrics.csv, checkpoint.safetensors, encoder.safetensors and
 * decoder.safetensors to the folder `run`.
 *
 * @return LB_OK; LB_ERR_INTERRUPTED (checkpoint written); LB_ERR_EXISTS (RUN is not empty, and
 *         neither resume nor overwrite, or another process trains there); LB_ERR_ARGUMENT (epsilon
 * not below the injectivity radius, a setting that differs from the RUN being resumed, named);
 * LB_ERR_NUMERIC (NaN or infinite loss, with step and term); LB_ERR_IO; LB_ERR_OPENCL;
 * LB_ERR_MEMORY; LB_ERR_BUILD; ...
 */
LB_API enum lb_status lb_train(struct lb_device *device, const struct lb_train_params *params,
                               const char *run, const struct lb_train_control *control);

#ifdef __cplusplus
}
#endif

#endif
