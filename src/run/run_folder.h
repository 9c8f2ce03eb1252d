/* The folder of a RUN in training: one process at a time, and nothing is replaced without the
 * caller's consent. */
#ifndef LB_RUN_RUN_FOLDER_H
#define LB_RUN_RUN_FOLDER_H

#include <stdbool.h>

#include "base/lock.h"

/** Initialise with the settings, which stay the caller's, and lock = LB_FOLDER_LOCK_NONE. */
struct lb_run_folder {
    struct lb_context *ctx;
    const char *path;
    bool resume;    ///< continue an existing run, if there is one
    bool overwrite; ///< replace an existing run
    struct lb_folder_lock lock;
};

/**
 * Locks the folder if it exists. *old: whether it holds a run to continue. LB_ERR_EXISTS if another
 * process trains there, or if it is not empty and neither `resume` nor `overwrite` is set.
 */
enum lb_status lb_run_folder_take(struct lb_run_folder *folder, bool *old);

/** Prepares the folder for a new run: creates and locks it, and removes files of an older run. */
enum lb_status lb_run_folder_clear(struct lb_run_folder *folder);

/** No-op if the folder was not taken. */
void lb_run_folder_release(struct lb_run_folder *folder);

#endif
