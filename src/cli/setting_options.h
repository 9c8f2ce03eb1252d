/* The training settings as command line options. */
#ifndef LB_CLI_SETTING_OPTIONS_H
#define LB_CLI_SETTING_OPTIONS_H

#include "option_table.h"

/** Texts given for the settings, and the option rows that store them. */
struct setting_options {
    struct option_row *rows; ///< `own` rows of the command, then one per setting
    size_t count;
    const char **values; ///< indexed as lb_setting_at(): "" for a flag, NULL if not given
    char *helps;
    const char **given; ///< names of those given, terminated by NULL
};

/** Copies the command's rows and appends the settings; false when out of memory. */
bool setting_options_create(struct setting_options *options, const struct option_row *own,
                            size_t own_count);
void setting_options_destroy(struct setting_options *options);

/** Stores the dataset (unless NULL) and the given options in params. Returns an exit status. */
int setting_options_apply(struct cli *cli, const struct setting_options *options,
                          const char *dataset, struct lb_train_params *params);

/** Replaces all settings not given by the dataset's recommendation; params names the dataset, and
 * the device must be open. Returns an exit status. */
int setting_options_recommend(struct cli *cli, const struct setting_options *options,
                              struct lb_train_params *params);

/** Opens the context, applies the given options to the defaults, opens the device and applies the
 * recommendation. */
int setting_options_open(struct cli *cli, const struct setting_options *options,
                         const char *dataset, struct lb_train_params *params);

#endif
