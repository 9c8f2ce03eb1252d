/*
 * Private part of the trainer: everything of a training step on the device, and its position.
 *
 * A step only enqueues; its means go to slot step % log_every of each loss, which the host reads
 * every log_every steps. Evaluations use the slots after these.
 */
#ifndef LB_TRAIN_TRAINER_H
#define LB_TRAIN_TRAINER_H

#include <lowbend/trainer.h>

#include "batch/batch_source.h"
#include "device/fence.h"
#include "geometry/sampling.h"
#include "loss/cross.h"
#include "loss/isometry.h"
#include "loss/reconstruction.h"
#include "nn/network.h"
#include "optim/guard.h"
#include "ranks/ranks.h"
#include "run/checkpoint.h"
#include "run/training_data.h"
#include "train/fused.h"
#include "train/learner.h"
#include "train/memory.h"

struct lb_self_test_pool;

/**
 * How loss and gradient of an encoder step are computed: a strategy accepts a trainer or declines
 * it. Evaluations, and phases that train a decoder, always work layer by layer.
 */
struct lb_step_strategy {
    /** *taken is false if this network or device cannot use it. */
    enum lb_status (*accept)(struct lb_trainer *trainer, bool *taken);
    /** Creates its buffers, or releases them: see lb_trainer_hold_phase(). */
    enum lb_status (*hold)(struct lb_trainer *trainer);
    void (*drop)(struct lb_trainer *trainer);
    /** Enqueues the results for this rank's part of a batch, which is in the source's buffers:
     * means to the slot, the gradient to encoder.gradient. */
    enum lb_status (*run)(struct lb_trainer *trainer, const struct lb_batch_request *whole,
                          int slot);
};
extern const struct lb_step_strategy lb_layerwise_step; ///< accepts everything
extern const struct lb_step_strategy lb_fused_step;     ///< small networks on CPU devices

/** All ranks' points of a batch and their codes, for cross pairs; NULL if unused. */
struct lb_shared_codes {
    cl_mem points;
    cl_mem codes;
    cl_mem gradient;
};

struct lb_trainer {
    struct lb_device *device;
    struct lb_ranks *ranks; ///< NULL: none. The trainer then processes whole batches
    float *weights;         ///< (ranks): their fractions of a batch
    float *ones;            ///< (ranks)
    bool alike;             ///< all ranks have equal devices; otherwise all use rank 0's parameters
    bool wants_stop;        ///< set before a step on one rank, it is set after the step on all
    struct lb_shared_codes all;
    struct lb_train_params params; ///< resolved: no open values
    struct lb_training_data data;  ///< its own, or the caller's
    bool owns_data;
    struct lb_self_test_pool *tests; ///< NULL: no self-tests
    struct lb_gemm *gemm;
    struct lb_memory_needs needs[LB_PHASE_PROJECTION]; ///< of the run's phases
    bool holds;                                        ///< the buffers of a phase exist
    enum lb_phase holder;                              ///< that phase
    struct lb_batch_source batches;
    struct lb_learner encoder;
    struct lb_learner decoder; ///< network NULL: no decoder
    struct lb_isometry isometry;
    struct lb_reconstruction reconstruction;
    struct lb_cross cross; ///< slots NULL: no cross pairs
    const struct lb_step_strategy *strategy;
    struct lb_fused fused; ///< for lb_fused_step
    struct lb_guard guard; ///< used only with params.skip_nonfinite
    struct lb_fence fence;
    struct lb_position position;
    bool begun; ///< the phase's weights are initialised
};

/**
 * Builds a trainer for resolved and checked settings, with all weights 0. The caller destroys it.
 *
 * @param ranks  the ranks that train together, or NULL
 * @param data   opened and resolved with these settings; stays the caller's
 * @param tests  NULL: no self-tests
 */
enum lb_status lb_trainer_assemble(struct lb_trainer **out, struct lb_device *device,
                                   struct lb_ranks *ranks, const struct lb_training_data *data,
                                   const struct lb_train_params *params,
                                   struct lb_self_test_pool *tests);

/** True if the run's encoder normalises its images; vectors are not normalised. */
bool lb_trainer_normalises(const struct lb_trainer *trainer);

/** Fails on all ranks unless all have the same settings and files, and finds out whether they have
 * equal devices. Collective; call it after lb_trainer_assemble(). */
enum lb_status lb_trainer_require_same(struct lb_trainer *trainer);

/** Lets the ranks of one machine read each other's gradients and parameters in place, if possible.
 * Collective; call it after lb_trainer_require_same(), before there are any weights. */
enum lb_status lb_trainer_share_buffers(struct lb_trainer *trainer);

/** Puts the trainer before the first step of the first phase, with initial encoder weights: see
 * initial_weights.c. */
enum lb_status lb_trainer_start(struct lb_trainer *trainer);

/** The normalisation of images, by mean and variance of each channel over a fixed sample, and the
 * encoder's first weights from the seed; where E is trained its last layer is scaled so that the
 * median of |first quotient| over one batch is 1 (method.md, section 4). */
enum lb_status lb_trainer_draw_encoder(struct lb_trainer *trainer);

/** Sets the decoder's initial weights: fits its first layer to the codes, and starts its output at
 * the mean image of a fixed sample. */
enum lb_status lb_trainer_draw_decoder(struct lb_trainer *trainer);

/** Replaces the initial weights, and the encoder's normalisation, by those of another RUN's
 * networks; the decoder's only if both have one. LB_ERR_ARGUMENT if their layers differ. */
enum lb_status lb_trainer_take_networks(struct lb_trainer *trainer, const char *path);

/** The phase's buffers: how many rows of which networks it needs, and whether it trains them. */
struct lb_memory_plan lb_trainer_plan(const struct lb_trainer *trainer, enum lb_phase phase);

/** Creates a phase's buffers, after releasing those of another: only one phase's exist at a time.
 * Waits if it changes anything. Collective; lb_trainer_start() and lb_trainer_begin_phase() call
 * it. */
enum lb_status lb_trainer_hold_phase(struct lb_trainer *trainer, enum lb_phase phase);
/** Creates and uses the decoder phase's buffers, then releases them: if they do not fit, a run must
 * fail before its encoder phase, not after. Not collective. */
enum lb_status lb_trainer_try_decoder_phase(struct lb_trainer *trainer);

/** Enqueues step number `step` (from 0) of a phase, whose buffers are held. */
enum lb_status lb_trainer_enqueue_step(struct lb_trainer *trainer, enum lb_phase phase, int step);

/** Enqueues the end of a phase: with params.average its networks become their means. */
enum lb_status lb_trainer_finish_phase(struct lb_trainer *trainer, enum lb_phase phase);

/** Holds the present phase's buffers, and initialises the decoder's weights if the phase trains it
 * and it has none. */
enum lb_status lb_trainer_begin_phase(struct lb_trainer *trainer);

/** Moves the position to the next phase, or to the end. */
void lb_trainer_advance(struct lb_trainer *trainer);

/** Factor of all learning rates at a step of the present phase, and Adam's learning rate there, as
 * shown in metrics.csv. */
double lb_trainer_rate(const struct lb_trainer *trainer, int step);
double lb_trainer_lr(const struct lb_trainer *trainer, int step);
/** The sampling radius of a step of the phase that trains on E. */
double lb_trainer_epsilon(const struct lb_trainer *trainer, int step);
/** True if a phase trains on E, or on the reconstruction. */
bool lb_trainer_has_energy(const struct lb_trainer *trainer, enum lb_phase phase);
bool lb_trainer_has_reconstruction(enum lb_phase phase);

/** Whether a step of a phase has cross pairs. */
bool lb_trainer_has_cross(const struct lb_trainer *trainer, enum lb_phase phase, int step);

enum { LB_TRAINER_LOSSES = 3 }; ///< most losses of a step
/** The losses that a step of a phase trains on; returns their number. An evaluation uses those of a
 * step after the phase's last. */
int lb_trainer_losses(const struct lb_trainer *trainer, enum lb_phase phase, int step,
                      const struct lb_loss *losses[LB_TRAINER_LOSSES]);

/**
 * Waits; *spread receives the square root of the total variance of the latent codes of the `rows`
 * points x in the last encoded batch.
 */
enum lb_status lb_trainer_latent_spread(struct lb_trainer *trainer, int rows, double *spread);

#endif
