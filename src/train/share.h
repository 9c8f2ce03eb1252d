/*
 * A rank's share of a trainer's batches, and how the ranks' shares become one step again. Rank r of
 * R takes the items r B / R ... of each batch of B, as an own batch, whose losses and gradients are
 * means over it; the batch's are sums over ranks of these times the share of the items.
 *
 * All functions are collective, and do nothing without ranks.
 */
#ifndef LB_TRAIN_SHARE_H
#define LB_TRAIN_SHARE_H

#include "train/trainer.h"

/** A part of a batch. */
struct lb_trainer_part {
    struct lb_batch_request batch; ///< of the batch; rows may be 0
    int decoded; ///< images that a phase with reconstruction decodes, of the first rows of the part
};

/** Rank r's part of a batch; without ranks all of it. */
struct lb_trainer_part lb_trainer_part(const struct lb_trainer *trainer, int rank,
                                       const struct lb_batch_request *whole);
/** The caller's. */
struct lb_trainer_part lb_trainer_own_part(const struct lb_trainer *trainer,
                                           const struct lb_batch_request *whole);

/**
 * The gradients of the learners (NULL: none) and the losses' means in a slot become those of the
 * whole batch. Waits.
 */
enum lb_status lb_trainer_sum_step(struct lb_trainer *trainer, enum lb_phase phase,
                                   const struct lb_batch_request *whole,
                                   struct lb_learner *const *learners, size_t n, int slot);

/** The means of an evaluation's batches, in slots from `first` on, become those of the whole ones;
 * `pairs`: of pairs. */
enum lb_status lb_trainer_sum_evaluation(struct lb_trainer *trainer, enum lb_phase phase,
                                         const struct lb_evaluation_batches *batches, bool pairs,
                                         int first);

/**
 * Cross pairs are between all points of a batch: enqueues their loss and adds what it gives to the
 * gradient of this rank's codes. Waits. Without ranks it only enqueues.
 */
enum lb_status lb_trainer_cross_pairs(struct lb_trainer *trainer,
                                      const struct lb_batch_request *whole, int slot);

/** Noise on the codes that this rank decodes. */
enum lb_status lb_trainer_add_noise(struct lb_trainer *trainer,
                                    const struct lb_batch_request *whole, int step);

/** What the gradient of the reconstruction of a joint step is multiplied by, so that the share of
 * the pairs makes it one of the images decoded. */
double lb_trainer_decoded_scale(const struct lb_trainer *trainer,
                                const struct lb_batch_request *whole);

/** Waits; whether all pairs could be drawn, by all ranks. */
enum lb_status lb_trainer_check(struct lb_trainer *trainer);

/** What each rank has updated of a learner's weights, after a step, becomes all ranks'. Waits. */
enum lb_status lb_trainer_share_update(struct lb_trainer *trainer, struct lb_learner *learner);

/** All moments of the optimisers, of which ranks may have their shares alone, on all ranks: before
 * a checkpoint. */
enum lb_status lb_trainer_gather_moments(struct lb_trainer *trainer);

/** A network's parameters become rank 0's: devices that differ round differently. */
enum lb_status lb_trainer_same_parameters(struct lb_trainer *trainer, struct lb_network *network);

#endif
