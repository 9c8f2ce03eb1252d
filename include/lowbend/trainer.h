/*
 * Training step by step in memory: what lb_train() does with a RUN folder around it, and all that
 * other programs need to do their own.
 *
 *     lb_trainer_create(&trainer, device, &params);
 *     do {
 *         lb_trainer_step(trainer, 100);
 *         lb_trainer_means(trainer, &means);
 *         lb_trainer_get_state(trainer, &state);
 *     } while (state.step < state.steps);
 *     lb_trainer_evaluate(trainer, &means);
 *     lb_trainer_next_phase(trainer);       // the decoder, then finished
 *
 * A trainer belongs to the caller, keeps its own copy of the settings, and must be destroyed before
 * its device. Like everything on a context it belongs to one thread at a time.
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

/** Where training stands. */
struct lb_trainer_state {
    enum lb_phase phase;
    int step;      ///< steps done in this phase
    int steps;     ///< of this phase
    bool finished; ///< there is no further phase
    int skipped;   ///< steps left out so far, see lb_train_params.skip_nonfinite
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[4];
};

/**
 * Opens what the settings name, tests the device if that has not been done, and draws the encoder's
 * first weights. log_every is the interval of lb_trainer_means(); checkpoint_every means nothing.
 *
 * @return LB_OK, or what lb_train() returns for the same settings
 */
LB_API enum lb_status lb_trainer_create(struct lb_trainer **out, struct lb_device *device,
                                        const struct lb_train_params *params);
/** Waits for what is enqueued. NULL and &NULL: no-op. */
LB_API void lb_trainer_destroy(struct lb_trainer **trainer);

/**
 * Takes up to n steps, as many as the phase has left. Most of their work is still on its way when
 * the call returns: numbers that are not finite are found by lb_trainer_means().
 */
LB_API enum lb_status lb_trainer_step(struct lb_trainer *trainer, int n);

/** Goes on to the phase after this one, whether or not this one is complete; after the last phase
 * the trainer is finished, and this does nothing. */
LB_API enum lb_status lb_trainer_next_phase(struct lb_trainer *trainer);

/** With skip_nonfinite it waits, to count the steps left out. */
LB_API enum lb_status lb_trainer_get_state(struct lb_trainer *trainer,
                                           struct lb_trainer_state *state);

/**
 * Waits; means over the logging interval of the last step: the steps since the last multiple of
 * log_every before it. LB_ERR_NUMERIC names the step and the term that is not finite, with
 * skip_nonfinite only if no finite step is left; LB_ERR_ARGUMENT before a phase's first step.
 */
LB_API enum lb_status lb_trainer_means(struct lb_trainer *trainer, struct lb_means *means);

/**
 * Evaluates the phase's loss on at least 4096 fresh pairs or images, or on all that own pairs keep
 * for this; never on those of training. Allowed at any time; training goes on as without it.
 */
LB_API enum lb_status lb_trainer_evaluate(struct lb_trainer *trainer, struct lb_means *means);

/**
 * The networks as they are now: to encode and decode (lb_network_apply()), to save
 * (lb_network_save()), to read and replace parameters (lb_network_get_parameters(),
 * lb_network_set_parameters(); moments of the optimiser stay). Those that the present phase trains
 * are as its last step left them; with lb_train_params.average they become the mean once all its
 * steps are done, and keep their last weights if it is left before. Lent: valid as long as the
 * trainer.
 */
LB_API struct lb_network *lb_trainer_encoder(struct lb_trainer *trainer);
/** NULL if the settings want no decoder. All its parameters are 0 before its phase; those that are
 * set by then are kept as its first weights. */
LB_API struct lb_network *lb_trainer_decoder(struct lb_trainer *trainer);

/** The dataset that is trained on, and the settings with all defaults replaced by what they stand
 * for. Lent. */
LB_API struct lb_dataset *lb_trainer_dataset(struct lb_trainer *trainer);
LB_API const struct lb_train_params *lb_trainer_params(const struct lb_trainer *trainer);

#ifdef __cplusplus
}
#endif

#endif
