/*
 * Training step by step in memory: lb_train() without the RUN folder, for programs with their own
 * training loop.
 *
 *     lb_trainer_create(&trainer, device, &params);
 *     lb_trainer_get_state(trainer, &state);
 *     while (!state.finished) {
 *         lb_trainer_step(trainer, 100);
 *         lb_trainer_means(trainer, &means);
 *         lb_trainer_get_state(trainer, &state);
 *         if (state.step == state.steps) {
 *             lb_trainer_evaluate(trainer, &means);
 *             lb_trainer_next_phase(trainer);       // the decoder, then finished
 *             lb_trainer_get_state(trainer, &state);
 *         }
 *     }
 *
 * tools/train_in_memory.c is a complete program, which also checks each status. The caller owns a
 * trainer and must destroy it before its device. The trainer copies the settings. Like everything
 * on a context, only one thread at a time may use it.
 */
#ifndef LOWBEND_TRAINER_H
#define LOWBEND_TRAINER_H

#include <lowbend/dataset.h>
#include <lowbend/means.h>
#include <lowbend/network.h>
#include <lowbend/train.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_trainer;

/** State of the training. */
struct lb_trainer_state {
    enum lb_phase phase;
    int step;      ///< steps done in this phase
    int steps;     ///< steps of this phase
    bool finished; ///< true after the last phase
    int skipped;   ///< steps skipped so far, see lb_train_params.skip_nonfinite
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[4];
};

/**
 * Opens the data that the settings name, runs the device's self-test if there is no earlier result,
 * and initialises the encoder's weights. log_every is the interval of lb_trainer_means();
 * checkpoint_every is ignored.
 *
 * @return LB_OK, or any error of lb_train() with the same settings
 */
LB_API enum lb_status lb_trainer_create(struct lb_trainer **out, struct lb_device *device,
                                        const struct lb_train_params *params);
/** Waits for enqueued work. NULL and a pointer to NULL: no-op. */
LB_API void lb_trainer_destroy(struct lb_trainer **trainer);

/**
 * Takes n steps, or the remaining ones of the phase if fewer. Most of the work is still enqueued
 * when the call returns: lb_trainer_means() detects non-finite numbers.
 */
LB_API enum lb_status lb_trainer_step(struct lb_trainer *trainer, int n);

/** Moves to the next phase, whether or not this one is complete. After the last phase the trainer
 * is finished, and this does nothing. */
LB_API enum lb_status lb_trainer_next_phase(struct lb_trainer *trainer);

/** Returns the phase and its progress. With skip_nonfinite it waits for the device, to count the
 * skipped steps. */
LB_API enum lb_status lb_trainer_get_state(struct lb_trainer *trainer,
                                           struct lb_trainer_state *state);

/**
 * Waits, and returns means over the logging interval of the last step: the steps since the last
 * multiple of log_every before it. LB_ERR_NUMERIC names the step and the term that is not finite
 * (with skip_nonfinite only if no finite step is left). LB_ERR_ARGUMENT before a phase's first
 * step.
 */
LB_API enum lb_status lb_trainer_means(struct lb_trainer *trainer, struct lb_means *means);

/**
 * Evaluates the phase's loss on at least 4096 fresh pairs or images, or on all held-out user pairs;
 * never on training data. May be called at any time and does not affect the training.
 */
LB_API enum lb_status lb_trainer_evaluate(struct lb_trainer *trainer, struct lb_means *means);

/**
 * The networks in their present state: to encode and decode (lb_network_apply()), to save
 * (lb_network_save()), to read and replace parameters (lb_network_get_parameters(),
 * lb_network_set_parameters(); the optimiser's moments stay). The networks of the present phase
 * hold the weights of its last step. With lb_train_params.average they hold the averaged weights
 * once all steps of the phase are done; if the phase is left early they keep the last ones.
 * Borrowed: valid as long as the trainer.
 */
LB_API struct lb_network *lb_trainer_encoder(struct lb_trainer *trainer);
/** NULL if the settings have no decoder. All parameters are 0 before its phase; parameters set by
 * then become its initial weights. */
LB_API struct lb_network *lb_trainer_decoder(struct lb_trainer *trainer);

/** The training dataset, and the settings with all defaults resolved. Borrowed. */
LB_API struct lb_dataset *lb_trainer_dataset(struct lb_trainer *trainer);
LB_API const struct lb_train_params *lb_trainer_params(const struct lb_trainer *trainer);

#ifdef __cplusplus
}
#endif

#endif
