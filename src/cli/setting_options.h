/* The settings of training as command line options, for the commands that take them. */
#ifndef LB_CLI_SETTING_OPTIONS_H
#define LB_CLI_SETTING_OPTIONS_H

#include "option_table.h"

/** Texts given for the settings, and the option rows that receive them. */
struct setting_options {
    struct option_row *rows; ///< `own` rows of the command's own, then one a setting
    size_t count;
    const char **values; ///< of each lb_setting_at(): "" for a flag, NULL if not given
    char *helps;
    const char **given; ///< room for the names of those given, and NULL
};

/** Copies the command's own rows and appends the settings; false when out of memory. */
bool setting_options_create(struct setting_options *options, const struct option_row *own,
                            size_t own_count);
void setting_options_destroy(struct setting_options *options);

/** Puts the dataset unless NULL, then what was given, into params. Returns an exit status. */
int setting_options_apply(struct cli *cli, const struct setting_options *options,
                          const char *dataset, struct lb_train_params *params);

/** Replaces what was not given by what suits the dataset, which has been put into params; the
 * device is open. Returns an exit status. */
int setting_options_recommend(struct cli *cli, const struct setting_options *options,
                              struct lb_train_params *params);

/** Opens the context, puts what was given into the defaults, opens the device and replaces the
 * rest. */
int setting_options_open(struct cli *cli, const struct setting_options *options,
                         const char *dataset, struct lb_train_params *params);

#endif
