/* A lock that allows one writer in a folder. */
#ifndef LB_BASE_LOCK_H
#define LB_BASE_LOCK_H

#include "base/context.h"

/** Initialise with {.descriptor = -1}; the caller releases it. */
struct lb_folder_lock {
    int descriptor;
};
#define LB_FOLDER_LOCK_NONE ((struct lb_folder_lock){-1})

/**
 * Locks an existing folder for this process, without waiting. The lock is on the folder itself: no
 * file is written, and the system releases it when the process ends in any way.
 *
 * @return LB_OK, also if the file system has no locks, with a warning; LB_ERR_EXISTS if another
 *         process holds it; LB_ERR_IO if the folder cannot be opened
 */
enum lb_status lb_folder_lock_take(struct lb_folder_lock *lock, struct lb_context *ctx,
                                   const char *path);
/** Does nothing if the lock was not taken. */
void lb_folder_lock_release(struct lb_folder_lock *lock);

#endif
