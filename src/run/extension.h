/* Adding steps to a finished RUN. */
#ifndef LB_RUN_EXTENSION_H
#define LB_RUN_EXTENSION_H

#include "run/checkpoint.h"

/** Starts as {0}. */
struct lb_extension {
    bool wanted;
    int steps; ///< as RUN was trained
    int decoder_steps;
};

/**
 * Whether the settings ask for more steps or decoder_steps than RUN has; if so, sets them in
 * `before`. LB_ERR_ARGUMENT unless RUN is finished. Fewer steps are rejected when settings are
 * compared.
 */
enum lb_status lb_extension_find(struct lb_extension *extension, struct lb_context *ctx,
                                 const struct lb_train_params *params,
                                 struct lb_train_params *before, const char *run);

/** The phase that continues: encoder or joint if it gets more steps, else the decoder. */
enum lb_phase lb_extension_phase(const struct lb_extension *extension,
                                 const struct lb_train_params *params);

/** Whether the decoder starts from scratch, because the encoder gets more steps or RUN had no
 * decoder. */
bool lb_extension_renews_decoder(const struct lb_extension *extension,
                                 const struct lb_train_params *params);

/**
 * Sets the position of a finished RUN to the last step of the continuing phase. Keeps the lines of
 * metrics.csv up to there; later ones are written again.
 */
enum lb_status lb_extension_begin(const struct lb_extension *extension, struct lb_context *ctx,
                                  const struct lb_train_params *params,
                                  struct lb_position *position, const char *run);

/** Removes evaluations of the previous networks. */
enum lb_status lb_extension_remove_results(struct lb_context *ctx, const char *run);

#endif
