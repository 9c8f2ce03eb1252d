/* The folder of a RUN that is trained in: one process at a time, and nothing there is replaced that
 * the caller does not want to lose. */
#ifndef LB_RUN_RUN_FOLDER_H
#define LB_RUN_RUN_FOLDER_H

#include <stdbool.h>

#include "base/lock.h"

/** Starts with the settings, which stay the caller's, and lock = LB_FOLDER_LOCK_NONE. */
struct lb_run_folder {
    struct lb_context *ctx;
    const char *path;
    bool resume;    ///< go on with the run that is there, if there is one
    bool overwrite; ///< replace a run that is there
    struct lb_folder_lock lock;
};

/**
 * Locks the folder if it exists. *old tells whether it holds a run to go on with. LB_ERR_EXISTS if
 * another process trains there, or if it is full and neither `resume` nor `overwrite` allows that.
 */
enum lb_status lb_run_folder_take(struct lb_run_folder *folder, bool *old);

/** Makes the folder ready for a new run: it exists, is locked and holds no file of an older run. */
enum lb_status lb_run_folder_clear(struct lb_run_folder *folder);

/** Fine on a folder that was not taken. */
void lb_run_folder_release(struct lb_run_folder *folder);

#endif
