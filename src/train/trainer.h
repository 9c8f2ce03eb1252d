/*
 * The trainer's private side: everything of a training step on the device, and where it stands.
 *
 * A step only enqueues; its means go to slot step % log_every of each loss, which the host reads
 * every log_every steps. Evaluations have the slots behind.
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

struct lb_self_test_child;

/**
 * How loss and gradient of an encoder's step are computed: a strategy takes a trainer or declines
 * it. Evaluations, and phases that train a decoder, always go layer by layer.
 */
struct lb_step_strategy {
    /** *taken false: not for this network and device. */
    enum lb_status (*create)(struct lb_trainer *trainer, bool *taken);
    /** Enqueues what this rank's part of a batch, in the source's buffers, gives: means to the
     * slot, the gradient to encoder.gradient. */
    enum lb_status (*run)(struct lb_trainer *trainer, const struct lb_batch_request *whole,
                          int slot);
};
extern const struct lb_step_strategy lb_layerwise_step; ///< takes everything
extern const struct lb_step_strategy lb_fused_step;     ///< small networks on CPU devices

/** All ranks' points of a batch and their codes, for what is between them; NULL where not used. */
struct lb_shared_codes {
    cl_mem points;
    cl_mem codes;
    cl_mem gradient;
};

struct lb_trainer {
    struct lb_device *device;
    struct lb_ranks *ranks; ///< NULL: there are none. All of a batch is then this trainer's
    float *weights;         ///< (ranks): their shares of a batch
    float *ones;            ///< (ranks)
    bool alike;      ///< all ranks have such a device; else rank 0's parameters are all ranks'
    bool wants_stop; ///< set before a step by one rank, it is set behind it for all
    struct lb_shared_codes all;
    struct lb_train_params params; ///< resolved: no "default" values left
    struct lb_training_data data;  ///< its own, or the caller's
    bool owns_data;
    struct lb_self_test_child *tests; ///< NULL: what is not known of the device is not tested
    struct lb_gemm *gemm;
    struct lb_memory_needs needs;
    struct lb_batch_source batches;
    struct lb_learner encoder;
    struct lb_learner decoder; ///< network NULL: no decoder wanted
    struct lb_isometry isometry;
    struct lb_reconstruction reconstruction;
    struct lb_cross cross; ///< slots NULL: there are no cross pairs
    const struct lb_step_strategy *strategy;
    struct lb_fused fused; ///< of lb_fused_step
    struct lb_guard guard; ///< used with params.skip_nonfinite alone
    struct lb_fence fence;
    struct lb_position position;
    bool begun; ///< the phase has its first weights
};

/**
 * Builds a trainer for resolved and checked settings, all weights 0. The caller destroys it.
 *
 * @param ranks  those that train together, or NULL
 * @param data   opened and resolved with these settings; stays the caller's
 * @param tests  NULL: what is not known of the device is not tested
 */
enum lb_status lb_trainer_assemble(struct lb_trainer **out, struct lb_device *device,
                                   struct lb_ranks *ranks, const struct lb_training_data *data,
                                   const struct lb_train_params *params,
                                   struct lb_self_test_child *tests);

/** True if the run's encoder is to normalise its images; points and other vectors are none. */
bool lb_trainer_normalises(const struct lb_trainer *trainer);

/** Fails on all ranks unless all have the same settings and files, and finds out whether they have
 * the same device. To be called on all behind lb_trainer_assemble(). */
enum lb_status lb_trainer_require_same(struct lb_trainer *trainer);

/** Lets the ranks of one machine read each other's gradients and parameters in place, where they
 * can. To be called on all behind lb_trainer_require_same(), before there are any weights. */
enum lb_status lb_trainer_share_buffers(struct lb_trainer *trainer);

/** Puts the trainer before the first step of the first phase, with the encoder's first weights:
 * see initial_weights.c. */
enum lb_status lb_trainer_start(struct lb_trainer *trainer);

/** The normalisation of images, by mean and variance of each channel over a fixed sample, and the
 * encoder's first weights from the seed; where E is trained its last layer is scaled so that the
 * median of |first quotient| over one batch is 1 (method.md, section 4). */
enum lb_status lb_trainer_draw_encoder(struct lb_trainer *trainer);

/** The decoder's first weights: its first layer is fitted to the codes it will see, and its output
 * starts at the mean image of a fixed sample. */
enum lb_status lb_trainer_draw_decoder(struct lb_trainer *trainer);

/** The first weights become those of another RUN's networks, and the encoder's normalisation too; a
 * decoder's only if both have one. LB_ERR_ARGUMENT if their layers differ. */
enum lb_status lb_trainer_take_networks(struct lb_trainer *trainer, const char *path);

/** Enqueues step number `step` (from 0) of a phase. */
enum lb_status lb_trainer_enqueue_step(struct lb_trainer *trainer, enum lb_phase phase, int step);

/** Enqueues what follows a phase's last step: with params.average its networks become their means.
 */
enum lb_status lb_trainer_finish_phase(struct lb_trainer *trainer, enum lb_phase phase);

/** First weights of the decoder, if the present phase trains it and it has none. */
enum lb_status lb_trainer_begin_phase(struct lb_trainer *trainer);

/** The position becomes that of the next phase, or finished. */
void lb_trainer_advance(struct lb_trainer *trainer);

/** What all learning rates are multiplied by at a step of the present phase, and what Adam has
 * then, which metrics.csv shows. */
double lb_trainer_rate(const struct lb_trainer *trainer, int step);
double lb_trainer_lr(const struct lb_trainer *trainer, int step);
/** The sampling radius of a step of the phase that trains on E. */
double lb_trainer_epsilon(const struct lb_trainer *trainer, int step);
/** True if a phase trains on E, and if it trains on the reconstruction. */
bool lb_trainer_has_energy(const struct lb_trainer *trainer, enum lb_phase phase);
bool lb_trainer_has_reconstruction(enum lb_phase phase);

/** Whether a step of a phase has cross pairs. */
bool lb_trainer_has_cross(const struct lb_trainer *trainer, enum lb_phase phase, int step);

enum { LB_TRAINER_LOSSES = 3 }; ///< that a step trains on, at most
/** Those that a step of a phase trains on; returns how many. An evaluation has those of a step
 * behind the phase's last. */
int lb_trainer_losses(const struct lb_trainer *trainer, enum lb_phase phase, int step,
                      const struct lb_loss *losses[LB_TRAINER_LOSSES]);

/**
 * Waits; *spread receives the root of the total variance of the latent codes of the `rows` points x
 * of the batch that was encoded last.
 */
enum lb_status lb_trainer_latent_spread(struct lb_trainer *trainer, int rows, double *spread);

#endif
