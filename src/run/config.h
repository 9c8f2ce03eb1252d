/* config.json: the settings of a RUN, and the facts needed to judge it. */
#ifndef LB_RUN_CONFIG_H
#define LB_RUN_CONFIG_H

#include <jansson.h>

#include <lowbend/dataset.h>
#include <lowbend/train.h>

#include "batch/pair_file.h"
#include "run/extension.h"

/** The keys of config.json that are no settings. */
extern const char lb_config_format_key[];
extern const char lb_config_version_key[];
extern const char lb_config_dataset_key[]; ///< facts: name, manifold, ...
extern const char lb_config_pairs_key[];   ///< counts: count, training, held_out; fingerprint
extern const char lb_config_device_key[];  ///< name, driver, ...

/**
 * Parses RUN's config.json. LB_ERR_NOT_FOUND if there is no RUN, LB_ERR_FORMAT, also of a format
 * that is newer than this program.
 *
 * @param root the object, the caller's; NULL on failure
 */
enum lb_status lb_config_read(struct lb_context *ctx, const char *run, json_t **root);

/** Writes RUN/config.json, with what is pinned for CLBlast; `file`: the own pairs, or NULL. */
enum lb_status lb_config_write(struct lb_device *device, const struct lb_train_params *params,
                               const struct lb_dataset_info *dataset,
                               const struct lb_pair_file *file, const char *run);

/** LB_ERR_FORMAT if a mesh or a user's .cl file is not the one any more that RUN was trained on. */
enum lb_status lb_config_check_files(struct lb_context *ctx, const struct lb_train_params *params,
                                     const struct lb_dataset_info *dataset, const char *run);

/** Whether a DATASET argument names a file of the user's, not a built-in dataset. */
bool lb_is_data_file(const char *dataset);

/**
 * Of a RUN to be resumed: paths in `params` may differ from those in `before`, RUN's own settings,
 * if the files hold what they held when RUN was trained; `before` then takes them over.
 *
 * @param file  the own pairs of `params`, or NULL
 * @param moved receives whether there is one
 */
enum lb_status lb_config_accept_moved(struct lb_context *ctx, const struct lb_train_params *params,
                                      struct lb_train_params *before,
                                      const struct lb_dataset_info *dataset,
                                      const struct lb_pair_file *file, const char *run,
                                      bool *moved);

/** Notes in RUN's config.json where its files are now; all else in it stays. */
enum lb_status lb_config_note_files(struct lb_context *ctx, const struct lb_train_params *params,
                                    const char *run);
/** Writes the steps of an extended RUN to config.json, and those that it had to its list
 * `extended`. */
enum lb_status lb_config_note_steps(struct lb_context *ctx, const struct lb_train_params *params,
                                    const struct lb_extension *extension, const char *run);

/** LB_ERR_FORMAT if the own pairs are not those that RUN was trained on. */
enum lb_status lb_config_check_pairs(const struct lb_pair_file *file, const char *run);

/** Facts of the images of a RUN trained on own pairs, which are known without their file. */
enum lb_status lb_config_read_images(struct lb_context *ctx, struct lb_dataset_info *info,
                                     const char *run);

/**
 * Pins what CLBlast was given when RUN was trained, see lb_tuning_pin(), so that a later `lowbend
 * tune` changes no bit of it; what is kept for the device where RUN does not say. LB_ERR_FORMAT.
 */
enum lb_status lb_config_pin_tuning(struct lb_device *device, const char *run);

/** Warns through the log if device or driver are not those of the RUN: bits will differ. */
enum lb_status lb_config_check_device(struct lb_device *device, const char *run);

#endif
