/* A run folder that was opened: its settings, dataset and networks. */
#ifndef LB_RUN_RUN_H
#define LB_RUN_RUN_H

#include <lowbend/evaluate.h>
#include <lowbend/run.h>

#include "base/context.h"

struct lb_pair_file;

/** Who is asked whether a measure may go on, and what it is told. */
struct lb_watch {
    lb_evaluate_fn progress; ///< NULL: nobody
    void *user;
    const char *measure;
    int done;
    int total;
};

struct lb_run {
    struct lb_context *ctx;
    char *path;
    struct lb_train_params params;
    struct lb_dataset *dataset;
    bool networks_only; ///< the dataset is no more than a shape, whatever it was
    struct lb_network *encoder;
    struct lb_network *decoder; ///< NULL: there is none
    struct lb_pair_file *pairs; ///< own pairs, opened at their first use
    size_t point_size;          ///< p; 0 of own pairs
    size_t image_size;          ///< D
    size_t latent;              ///< l
    struct lb_watch watch;      ///< set during lb_run_evaluate()
};

/** A malloc'ed RUN/name, or NULL. */
char *lb_run_file(const struct lb_run *run, const char *name);

#endif
