/*
 * A rank's share of a trainer's batches, and how the shares are combined to a step. Rank r of R
 * processes items r B / R ... of each batch of B as a batch of its own, with means over that for
 * losses and gradients; those of the whole batch are sums over ranks, weighted by the fraction of
 * items.
 *
 * All functions are collective, and no-ops without ranks.
 */
#ifndef LB_TRAIN_SHARE_H
#define LB_TRAIN_SHARE_H

#include "train/trainer.h"

/** A part of a batch. */
struct lb_trainer_part {
    struct lb_batch_request batch; ///< part of the batch; rows may be 0
    int decoded; ///< images that a phase with reconstruction decodes, from the part's first rows
};

/** Rank r's part of a batch; without ranks the whole batch. */
struct lb_trainer_part lb_trainer_part(const struct lb_trainer *trainer, int rank,
                                       const struct lb_batch_request *whole);
/** This rank's part. */
struct lb_trainer_part lb_trainer_own_part(const struct lb_trainer *trainer,
                                           const struct lb_batch_request *whole);

/**
 * Replaces the gradients of the learners (NULL: none) and the losses' means in a slot by those of
 * the whole batch. Waits.
 */
enum lb_status lb_trainer_sum_step(struct lb_trainer *trainer, enum lb_phase phase,
                                   const struct lb_batch_request *whole,
                                   struct lb_learner *const *learners, size_t n, int slot);

/** Replaces the means of an evaluation's batches, in slots from `first` on, by those of the whole
 * batches; `pairs`: batches of pairs. */
enum lb_status lb_trainer_sum_evaluation(struct lb_trainer *trainer, enum lb_phase phase,
                                         const struct lb_evaluation_batches *batches, bool pairs,
                                         int first);

/**
 * Cross pairs connect all points of a batch: enqueues their loss and adds the gradient for this
 * rank's codes. Waits; without ranks it only enqueues.
 */
enum lb_status lb_trainer_cross_pairs(struct lb_trainer *trainer,
                                      const struct lb_batch_request *whole, int slot);

/** Adds noise to the codes that this rank decodes. */
enum lb_status lb_trainer_add_noise(struct lb_trainer *trainer,
                                    const struct lb_batch_request *whole, int step);

/** Factor of the reconstruction gradient in a joint step: converts weighting by pairs to weighting
 * by decoded images. */
double lb_trainer_decoded_scale(const struct lb_trainer *trainer,
                                const struct lb_batch_request *whole);

/** Waits, and checks that all ranks could draw their pairs. */
enum lb_status lb_trainer_check(struct lb_trainer *trainer);

/** Distributes the weights that each rank has updated after a step. Waits. */
enum lb_status lb_trainer_share_update(struct lb_trainer *trainer, struct lb_learner *learner);

/** Gathers all optimiser moments, of which a rank may have only its share, on all ranks; needed
 * before a checkpoint. */
enum lb_status lb_trainer_gather_moments(struct lb_trainer *trainer);

/** Sets a network's parameters to rank 0's, because different devices round differently. */
enum lb_status lb_trainer_same_parameters(struct lb_trainer *trainer, struct lb_network *network);

#endif
