/* State of lb_train(), shared by open_run.c and train.c. */
#ifndef LB_TRAIN_TRAIN_RUN_H
#define LB_TRAIN_TRAIN_RUN_H

#include "run/checkpoint.h"
#include "run/extension.h"
#include "run/metrics.h"
#include "run/run_folder.h"
#include "run/training_data.h"
#include "selftest/self_test_pool.h"
#include "train/trainer.h"

/** All ranks train; only rank 0 writes files and reports. */
struct lb_train_run {
    struct lb_trainer *trainer;
    struct lb_ranks *ranks; ///< NULL: a single process
    struct lb_run_folder folder;
    const struct lb_train_control *control;
    struct lb_metrics metrics;
    const char *terms[LB_MEANS_TERMS]; ///< columns of metrics.csv
    double called;                     ///< clock at the start of the call
    double start; ///< clock at the first step, minus the seconds of earlier parts of the run
    double interval_time; ///< clock at the last line
    int interval_step;    ///< step of the last line
};

/** Arguments of lb_train(), and the folder's content. */
struct lb_train_task {
    struct lb_device *device;
    const struct lb_train_params *given;
    struct lb_train_params params; ///< resolved
    struct lb_training_data data;
    struct lb_self_test_pool tests;
    struct lb_extension extension;
    bool old;            ///< RUN exists and can be continued
    bool has_checkpoint; ///< training has started
    bool moved;          ///< a file has moved
};

/** Whether this rank writes the RUN's files. */
bool lb_train_run_writes(const struct lb_train_run *run);

/** Phase and step. */
struct lb_position *lb_train_run_position(struct lb_train_run *run);

/** The contents of a checkpoint of this trainer; they point into the trainer. */
struct lb_checkpoint lb_train_run_checkpoint(struct lb_trainer *trainer);

/**
 * Opens data and RUN, tests the device, makes the trainer, and reads or initialises its state:
 * everything before the first step, agreed on by all ranks. The caller closes what `run` and `task`
 * hold, also after a failure.
 */
enum lb_status lb_train_run_open(struct lb_train_run *run, struct lb_train_task *task);

#endif
