/* The folder of a RUN that is being trained: one process at a time writes there. */
#ifndef LB_RUN_RUN_FOLDER_H
#define LB_RUN_RUN_FOLDER_H

#include <stdbool.h>

#include "base/lock.h"

/** What may happen to a folder that is not empty. */
struct lb_run_folder {
    const char *path;
    bool resume;    ///< go on with the run in it
    bool overwrite; ///< replace what is in it
    struct lb_folder_lock lock;
};

/**
 * Takes a folder that is there for this process. *old tells whether it holds a run to go on with.
 * The caller closes it, also on failure. LB_ERR_EXISTS if it is not empty and may be neither
 * resumed nor overwritten, or if another process holds it.
 */
enum lb_status lb_run_folder_open(struct lb_run_folder *folder, struct lb_context *ctx, bool *old);

/** Makes room for a new run: creates the folder, or removes the files of an earlier run. */
enum lb_status lb_run_folder_clear(struct lb_run_folder *folder, struct lb_context *ctx);

void lb_run_folder_close(struct lb_run_folder *folder);

#endif
