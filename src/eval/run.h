/* A run folder that was opened: its settings, dataset and networks. */
#ifndef LB_EVAL_RUN_H
#define LB_EVAL_RUN_H

#include <lowbend/run.h>

#include "base/context.h"

struct lb_pair_file;

struct lb_run {
    struct lb_context *ctx;
    char *path;
    struct lb_train_params params;
    struct lb_dataset *dataset;
    struct lb_network *encoder;
    struct lb_network *decoder; ///< NULL: there is none
    struct lb_pair_file *pairs; ///< own pairs, opened at their first use
    size_t point_size;          ///< p; 0 of own pairs
    size_t image_size;          ///< D
    size_t latent;              ///< l
};

/** A malloc'ed RUN/name, or NULL. */
char *lb_run_file(const struct lb_run *run, const char *name);

#endif
