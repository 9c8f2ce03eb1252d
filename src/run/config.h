/* config.json: the settings of a RUN, and facts needed to interpret it. */
#ifndef LB_RUN_CONFIG_H
#define LB_RUN_CONFIG_H

#include <jansson.h>

#include <lowbend/dataset.h>
#include <lowbend/train.h>

#include "batch/pair_file.h"
#include "run/extension.h"

/** Keys of config.json that are not settings. */
extern const char lb_config_format_key[];
extern const char lb_config_version_key[];
extern const char lb_config_dataset_key[]; ///< facts: name, manifold, ...
extern const char lb_config_pairs_key[];   ///< counts: count, training, held_out; fingerprint
extern const char lb_config_device_key[];  ///< name, driver, ...

/**
 * Parses RUN's config.json. LB_ERR_NOT_FOUND if there is no RUN, LB_ERR_FORMAT, also if its format
 * is newer than this program.
 *
 * @param root the object, owned by the caller; NULL on failure
 */
enum lb_status lb_config_read(struct lb_context *ctx, const char *run, json_t **root);

/** Writes RUN/config.json, including the parameters pinned for CLBlast; `file`: the user pairs, or
 * NULL. */
enum lb_status lb_config_write(struct lb_device *device, const struct lb_train_params *params,
                               const struct lb_dataset_info *dataset,
                               const struct lb_pair_file *file, const char *run);

/** LB_ERR_FORMAT if a mesh or a user's .cl file has changed since RUN was trained. */
enum lb_status lb_config_check_files(struct lb_context *ctx, const struct lb_train_params *params,
                                     const struct lb_dataset_info *dataset, const char *run);

/** Whether a DATASET argument names a user's file, not a built-in dataset. */
bool lb_is_data_file(const char *dataset);

/**
 * For resuming a RUN: paths in `params` may differ from those in `before`, the RUN's settings, if
 * the files have the same content as when RUN was trained; `before` then adopts them.
 *
 * @param file  the user pairs of `params`, or NULL
 * @param moved receives whether any path differs
 */
enum lb_status lb_config_accept_moved(struct lb_context *ctx, const struct lb_train_params *params,
                                      struct lb_train_params *before,
                                      const struct lb_dataset_info *dataset,
                                      const struct lb_pair_file *file, const char *run,
                                      bool *moved);

/** Records the new location of RUN's files in its config.json; everything else is unchanged. */
enum lb_status lb_config_note_files(struct lb_context *ctx, const struct lb_train_params *params,
                                    const char *run);
/** Writes the steps of an extended RUN to config.json, and its previous steps to the list
 * `extended`. */
enum lb_status lb_config_note_steps(struct lb_context *ctx, const struct lb_train_params *params,
                                    const struct lb_extension *extension, const char *run);

/** LB_ERR_FORMAT if the user pairs are not those that RUN was trained on. */
enum lb_status lb_config_check_pairs(const struct lb_pair_file *file, const char *run);

/** Image properties of a RUN trained on user pairs, known without their file. */
enum lb_status lb_config_read_images(struct lb_context *ctx, struct lb_dataset_info *info,
                                     const char *run);

/**
 * Pins the CLBlast parameters used when RUN was trained, see lb_tuning_pin(), so that a later
 * `lowbend tune` does not change its bits; or the device's stored ones if RUN has none.
 * LB_ERR_FORMAT.
 */
enum lb_status lb_config_pin_tuning(struct lb_device *device, const char *run);

/** Logs a warning if device or driver differ from those of the RUN, since bits will differ. */
enum lb_status lb_config_check_device(struct lb_device *device, const char *run);

#endif
