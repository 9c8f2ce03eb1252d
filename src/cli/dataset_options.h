/* Dataset options of commands that open one. */
#ifndef LB_CLI_DATASET_OPTIONS_H
#define LB_CLI_DATASET_OPTIONS_H

#include "option_table.h"

/** As given; {0} means the dataset's defaults. */
struct dataset_options {
    const char *name;
    long long size;
    double cap;
    const char *mesh;
};

/** Table rows of all of them. */
#define DATASET_ROWS(options)                                                                      \
    dataset_size_row(options), dataset_cap_row(options), dataset_mesh_row(options)
struct option_row dataset_size_row(struct dataset_options *options);
struct option_row dataset_cap_row(struct dataset_options *options);
struct option_row dataset_mesh_row(struct dataset_options *options);

/** Rows --dataset and --mesh for commands that open a RUN whose files may have moved. */
struct option_row run_dataset_row(struct lb_run_files *files);
struct option_row run_mesh_row(struct lb_run_files *files);

/** Rejects an output that is the dataset's file or mesh; returns an exit status, reported. */
int dataset_options_check_output(struct cli *cli, const struct dataset_options *options,
                                 const char *out);

/** Opens the device, then the dataset; returns an exit status, reported if not EXIT_DONE. The
 * caller closes the dataset either way. */
int dataset_options_open(struct cli *cli, const struct dataset_options *options,
                         struct lb_dataset **dataset);

/** The recommended settings for the dataset, whose path must not be too long; the device must be
 * open. Returns an exit status, reported if not EXIT_DONE. */
int dataset_options_recommend(struct cli *cli, const struct dataset_options *options,
                              struct lb_train_params *params);

#endif
