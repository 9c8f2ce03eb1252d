/* More steps for a RUN that is finished. */
#ifndef LB_RUN_EXTENSION_H
#define LB_RUN_EXTENSION_H

#include "run/checkpoint.h"

/** Starts as {0}. */
struct lb_extension {
    bool wanted;
    int steps; ///< as RUN was trained with
    int decoder_steps;
};

/**
 * Whether the settings ask for more steps or decoder_steps than RUN has, which then become those of
 * `before`; LB_ERR_ARGUMENT unless RUN is finished. Fewer steps are left to who compares settings.
 */
enum lb_status lb_extension_find(struct lb_extension *extension, struct lb_context *ctx,
                                 const struct lb_train_params *params,
                                 struct lb_train_params *before, const char *run);

/** The phase that goes on: the encoder's or joint one if it gets more steps, else the decoder's. */
enum lb_phase lb_extension_phase(const struct lb_extension *extension,
                                 const struct lb_train_params *params);

/** Whether the decoder begins anew: its phase comes behind more steps of the encoder, or RUN had
 * none. */
bool lb_extension_renews_decoder(const struct lb_extension *extension,
                                 const struct lb_train_params *params);

/**
 * Puts the position of a finished RUN to the last step of the phase that goes on. Of metrics.csv
 * the lines up to there count; what stands behind them is made again.
 */
enum lb_status lb_extension_begin(const struct lb_extension *extension, struct lb_context *ctx,
                                  const struct lb_train_params *params,
                                  struct lb_position *position, const char *run);

/** Takes away what was measured of the networks before. */
enum lb_status lb_extension_remove_results(struct lb_context *ctx, const char *run);

#endif
