/*
 * The trainer: everything of a training step on the device, and where the run stands.
 *
 * A step only enqueues; its means go to a slot of `energy` and `error`, which the host reads every
 * log_every steps.
 */
#ifndef LB_TRAIN_TRAINER_H
#define LB_TRAIN_TRAINER_H

#include <lowbend/train.h>

#include "geometry/sampling.h"
#include "loss/isometry.h"
#include "optim/adam.h"
#include "optim/guard.h"
#include "nn/network.h"
#include "loss/reconstruction.h"
#include "train/fused.h"
#include "train/memory.h"
#include "batch/source.h"

/** A network with its optimiser and activations. */
struct lb_learner {
    struct lb_network *network;
    struct lb_activations *tape;
    struct lb_adam adam;
};

struct lb_self_test_child;

struct lb_trainer {
    struct lb_device *device;
    struct lb_train_params params; ///< resolved: no "default" values left
    struct lb_dataset *dataset;
    struct lb_gemm *gemm;
    struct lb_memory_needs needs;
    struct lb_self_test_child *tests; ///< NULL: what is not known of the device is not tested
    struct lb_batch_source source;    ///< of the batches
    struct lb_learner encoder;
    struct lb_learner decoder; ///< network NULL: no decoder wanted
    struct lb_pair_buffers pairs;
    cl_mem images; ///< (3 pairs, D)
    struct lb_loss loss;
    struct lb_fused fused; ///< network NULL: the general way is taken, as in evaluations
    struct lb_squared_error squared_error;
    cl_mem energy;         ///< lb_loss_terms of each step since the last line of metrics.csv, once
                           ///< lb_trainer_complete_energy() has been called
    cl_mem error;          ///< the same for the reconstruction
    struct lb_guard guard; ///< used with params.skip_nonfinite alone
};

/**
 * Starts as {0}, but for what stays the caller's: source.file, own pairs, scanned and split; tests.
 * params must be resolved and checked. The caller destroys the trainer, also on failure.
 */
enum lb_status lb_trainer_create(struct lb_trainer *trainer, struct lb_device *device,
                                 struct lb_dataset *dataset, const struct lb_train_params *params);
void lb_trainer_destroy(struct lb_trainer *trainer);

/** True if the run's encoder is to normalise its images; points and other vectors are none. */
bool lb_trainer_normalises(const struct lb_trainer *trainer);

/**
 * The normalisation of images, by mean and variance of each channel over a fixed sample, and the
 * encoder's first weights from the seed; where E is trained its last layer is scaled so that the
 * median of |first quotient| over one batch is 1 (method.md, section 1).
 */
enum lb_status lb_trainer_initialise(struct lb_trainer *trainer);

/** Before a phase's first step: the first weights of the decoder, if the phase trains it: its first
 * layer is fitted to the codes it will see, and its output starts at the mean image of a fixed
 * sample. */
enum lb_status lb_trainer_begin_phase(struct lb_trainer *trainer, enum lb_phase phase);

/** Enqueues step number `step` (from 0) of a phase; its means go to slot step % log_every. */
enum lb_status lb_trainer_step(struct lb_trainer *trainer, enum lb_phase phase, int step);

/** Learning rate of a step. */
double lb_trainer_lr(const struct lb_trainer *trainer, enum lb_phase phase, int step);
/** Number of steps of a phase. */
int lb_trainer_steps(const struct lb_trainer *trainer, enum lb_phase phase);
/** True if a phase trains on E, and if it trains on the reconstruction. */
bool lb_trainer_has_energy(const struct lb_trainer *trainer, enum lb_phase phase);
bool lb_trainer_has_reconstruction(enum lb_phase phase);

/** Means over steps or batches; NAN where the phase has no such term. */
struct lb_means {
    double loss;
    double distortion;
    double bending;
    double reconstruction;
    double stderr_loss; ///< of the mean over batches
};

/** Enqueues what `energy` still lacks: steps of small networks leave their means to it. */
enum lb_status lb_trainer_complete_energy(struct lb_trainer *trainer);

/**
 * Waits and averages slots first..last-1. LB_ERR_NUMERIC names the first step (the step of slot 0
 * is `step`) and term that is not finite; with params.skip_nonfinite such slots are left out, and
 * it is an error if none is left.
 */
enum lb_status lb_trainer_read_means(struct lb_trainer *trainer, enum lb_phase phase, int first,
                                     int last, int step, struct lb_means *means);
/** The same of an evaluation, where the last slot, of a smaller batch, weighs less than the others,
 * and no slot is left out. */
enum lb_status lb_trainer_read_weighted_means(struct lb_trainer *trainer, enum lb_phase phase,
                                              int first, int last, int step, double last_weight,
                                              struct lb_means *means);

/** Batches of an evaluation, all of one size but for the last one. */
struct lb_evaluation_batches {
    int count;
    int rows;
    int last_rows;
};
struct lb_evaluation_batches lb_trainer_evaluation(const struct lb_trainer *trainer,
                                                   enum lb_phase phase);

/**
 * Waits; *spread receives the root of the total variance of the latent codes of the first `rows`
 * points x that were encoded last.
 */
enum lb_status lb_trainer_latent_spread(struct lb_trainer *trainer, int rows, double *spread);

/**
 * Evaluates a phase's loss on at least 4096 fresh pairs or images, or on all that the source keeps
 * for this; never on the training ones.
 */
enum lb_status lb_trainer_evaluate(struct lb_trainer *trainer, enum lb_phase phase,
                                   struct lb_means *means);

#endif
