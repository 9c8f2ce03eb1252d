/* The options of a dataset, for the commands that open one. */
#ifndef LB_CLI_DATASET_OPTIONS_H
#define LB_CLI_DATASET_OPTIONS_H

#include "option_table.h"

/** As given; {0} is the dataset's own. */
struct dataset_options {
    const char *name;
    long long size;
    double cap;
    const char *mesh;
};

/** The rows of all of them. */
#define DATASET_ROWS(options)                                                                      \
    dataset_size_row(options), dataset_cap_row(options), dataset_mesh_row(options)
struct option_row dataset_size_row(struct dataset_options *options);
struct option_row dataset_cap_row(struct dataset_options *options);
struct option_row dataset_mesh_row(struct dataset_options *options);

/** The rows --dataset and --mesh of commands that open a RUN whose files may have moved. */
struct option_row run_dataset_row(struct lb_run_files *files);
struct option_row run_mesh_row(struct lb_run_files *files);

/** Refuses an output that is the dataset's file or its mesh; returns an exit status, reported. */
int dataset_options_check_output(struct cli *cli, const struct dataset_options *options,
                                 const char *out);

/** Opens the device, then the dataset; returns an exit status, reported if not EXIT_DONE. The
 * caller closes the dataset either way. */
int dataset_options_open(struct cli *cli, const struct dataset_options *options,
                         struct lb_dataset **dataset);

/** The settings that suit the dataset, whose path is not too long; the device is open. Returns an
 * exit status, reported if not EXIT_DONE. */
int dataset_options_recommend(struct cli *cli, const struct dataset_options *options,
                              struct lb_train_params *params);

#endif
