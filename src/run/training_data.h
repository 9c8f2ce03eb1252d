/* Training data: a dataset, or images alone from a file of user pairs. */
#ifndef LB_RUN_TRAINING_DATA_H
#define LB_RUN_TRAINING_DATA_H

#include <lowbend/train.h>

#include "batch/pair_file.h"
#include "geometry/dataset.h"

struct lb_training_data {
    struct lb_dataset *dataset;
    struct lb_pair_file *file; ///< NULL: no user pairs
};

/** Opens the dataset that the settings name, if it is not user pairs; and the user pairs. */
enum lb_status lb_training_data_open_dataset(struct lb_dataset **dataset, struct lb_device *device,
                                             const struct lb_train_params *params);
enum lb_status lb_training_data_open_pairs(struct lb_pair_file **file, struct lb_context *ctx,
                                           const struct lb_train_params *params);

/** Opens what the settings name. Initialise with {0}; the caller closes it, also on failure. */
enum lb_status lb_training_data_open(struct lb_training_data *data, struct lb_device *device,
                                     const struct lb_train_params *params);
void lb_training_data_close(struct lb_training_data *data);

/**
 * Checks the data with these settings and resolves settings that depend on it, so that config.json
 * is complete. Reads a file of user pairs once, and splits it.
 */
enum lb_status lb_training_data_resolve(struct lb_training_data *data,
                                        struct lb_train_params *params);

#endif
