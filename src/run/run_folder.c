#include "run/run_folder.h"

#include <stdlib.h>

#include "base/errno_text.h"
#include "base/file.h"
#include "base/file_facts.h"
#include "base/folder.h"
#include "base/text.h"
#include "run/run_files.h"

/* Left over by a process that was killed while it started a run. */
static enum lb_status remove_half_config(const struct lb_run_folder *folder, const char *config)
{
    struct lb_text path = {0};
    lb_text_addf(&path, "%s" LB_FILE_PARTIAL, config);
    const enum lb_status status = path.failed ? lb_fail_memory(folder->ctx, config) : LB_OK;
    if (status == LB_OK) {
        (void)lb_file_remove(path.data);
    }
    lb_text_free(&path);
    return status;
}

/* *old: whether the folder holds a run to continue. A non-empty folder must be allowed by the
 * caller. */
static enum lb_status check_content(const struct lb_run_folder *folder, bool *old)
{
    char *config = lb_run_file_path(folder->path, LB_RUN_CONFIG);
    enum lb_status status = LB_OK;
    if (config == NULL) {
        return lb_fail_memory(folder->ctx, folder->path);
    }
    *old = folder->resume && !lb_file_missing(config);
    if (folder->resume) {
        status = remove_half_config(folder, config);
    }
    free(config);
    if (status != LB_OK || *old || folder->overwrite || !lb_folder_exists(folder->path) ||
        lb_folder_empty(folder->path)) {
        return status;
    }
    return lb_fail(
        folder->ctx, LB_ERR_EXISTS,
        "%s: is not empty (use --resume to continue, --overwrite to start again, or another --out)",
        folder->path);
}

static enum lb_status remove_old_files(const struct lb_run_folder *folder)
{
    for (int i = 0; i < LB_RUN_FILE_COUNT; i++) {
        char *file = lb_run_file_path(folder->path, (enum lb_run_file)i);
        const int code = file != NULL ? lb_file_remove(file) : 0; // most of them do not exist
        enum lb_status status = LB_OK;
        if (file == NULL) {
            status = lb_fail_memory(folder->ctx, folder->path);
        } else if (code != 0) {
            status = lb_fail(folder->ctx, LB_ERR_IO, "%s: cannot remove: %s (check permissions)",
                             file, lb_errno_text(code).text);
        }
        free(file);
        LB_TRY(status);
    }
    return LB_OK;
}

enum lb_status lb_run_folder_take(struct lb_run_folder *folder, bool *old)
{
    if (lb_folder_exists(folder->path)) {
        LB_TRY(lb_folder_lock_take(&folder->lock, folder->ctx, folder->path));
    }
    return check_content(folder, old);
}

enum lb_status lb_run_folder_clear(struct lb_run_folder *folder)
{
    if (folder->lock.descriptor == -1) {
        bool old = false;
        LB_TRY(lb_folder_create(folder->ctx, folder->path));
        LB_TRY(lb_folder_lock_take(&folder->lock, folder->ctx, folder->path));
        LB_TRY(check_content(folder, &old)); // another process may have been faster
        if (old) {
            return lb_fail(folder->ctx, LB_ERR_EXISTS,
                           "%s: another process has just started a run there (use --resume again)",
                           folder->path);
        }
    }
    return remove_old_files(folder);
}

void lb_run_folder_release(struct lb_run_folder *folder)
{
    lb_folder_lock_release(&folder->lock);
}
