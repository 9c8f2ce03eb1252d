/* Settings of a resumed RUN. */
#ifndef LB_RUN_RESUME_H
#define LB_RUN_RESUME_H

#include "run/extension.h"
#include "run/training_data.h"

/**
 * Checks that RUN can continue with these settings and data, and makes the device multiply matrices
 * as it did for RUN. Settings left open are taken from RUN.
 *
 * @param given  the caller's settings
 * @param params the same, resolved with `data`; settings open in `given` are replaced by RUN's
 * @param moved     receives whether files have moved, see lb_config_note_files()
 * @param extension receives whether RUN gets more steps
 *
 * @return LB_OK, LB_ERR_ARGUMENT (a setting differs, named), LB_ERR_FORMAT (other files than RUN
 *         was trained on, or a damaged config.json)
 */
enum lb_status lb_resume_settings(struct lb_device *device, const struct lb_train_params *given,
                                  struct lb_train_params *params,
                                  const struct lb_training_data *data, const char *run, bool *moved,
                                  struct lb_extension *extension);

#endif
