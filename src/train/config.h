/* config.json: the settings of a RUN, and the facts needed to judge it. */
#ifndef LB_TRAIN_CONFIG_H
#define LB_TRAIN_CONFIG_H

#include <lowbend/dataset.h>
#include <lowbend/train.h>

/** Writes RUN/config.json. */
enum lb_status lb_config_write(struct lb_device *device, const struct lb_train_params *params,
                               const struct lb_dataset_info *dataset, const char *run);

/** Warns through the log if device or driver are not those of the RUN: bits will differ. */
enum lb_status lb_config_check_device(struct lb_device *device, const char *run);

#endif
