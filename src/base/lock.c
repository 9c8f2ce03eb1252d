#include "base/posix.h"

#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/errno_text.h"

enum lb_status lb_folder_lock_take(struct lb_folder_lock *lock, struct lb_context *ctx,
                                   const char *path)
{
    lock->descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock->descriptor == -1) {
        return lb_fail(ctx, LB_ERR_IO,
                       "%s: cannot open the folder: %s (check path and permissions)", path,
                       lb_errno_text(errno).text);
    }
    int result;
    do {
        result = flock(lock->descriptor, LOCK_EX | LOCK_NB);
    } while (result != 0 && errno == EINTR);
    if (result == 0) {
        return LB_OK;
    }
    const int reason = errno;
    lb_folder_lock_release(lock);
    if (reason == EWOULDBLOCK) {
        return lb_fail(ctx, LB_ERR_EXISTS,
                       "%s: another process is writing there (wait for it or stop it, or use "
                       "another folder)",
                       path);
    }
    lb_log(ctx, LB_LOG_WARNING,
           "%s: cannot be locked: %s (make sure that no other process writes there)", path,
           lb_errno_text(reason).text);
    return LB_OK;
}

void lb_folder_lock_release(struct lb_folder_lock *lock)
{
    if (lock->descriptor != -1) {
        close(lock->descriptor);
    }
    *lock = LB_FOLDER_LOCK_NONE;
}
