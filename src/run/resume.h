/* Settings of a RUN that is gone on with. */
#ifndef LB_RUN_RESUME_H
#define LB_RUN_RESUME_H

#include "run/extension.h"
#include "run/training_data.h"

/**
 * Checks that RUN can go on with these settings and data, and lets the device multiply matrices as
 * it did for RUN. What was left open takes what RUN has.
 *
 * @param given  the settings as the caller gave them
 * @param params the same, resolved with `data`; takes what RUN has where `given` leaves it open
 * @param moved     receives whether files are elsewhere than RUN notes, see lb_config_note_files()
 * @param extension receives whether RUN gets more steps than it has
 *
 * @return LB_OK, LB_ERR_ARGUMENT (a setting differs, named), LB_ERR_FORMAT (other files than RUN
 *         was trained on, or a damaged config.json)
 */
enum lb_status lb_resume_settings(struct lb_device *device, const struct lb_train_params *given,
                                  struct lb_train_params *params,
                                  const struct lb_training_data *data, const char *run, bool *moved,
                                  struct lb_extension *extension);

#endif
