#include "run/run_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "run/run_files.h"

static enum lb_status remove_old_files(struct lb_context *ctx, const char *path)
{
    for (int i = 0; i < LB_RUN_FILE_COUNT; i++) {
        char *file = lb_run_file_path(path, (enum lb_run_file)i);
        enum lb_status status = LB_OK;
        if (file == NULL) {
            status = lb_fail_memory(ctx, path);
        } else if (unlink(file) != 0 && errno != ENOENT) { // most of them are not there
            status = lb_fail(ctx, LB_ERR_IO, "%s: cannot remove: %s (check permissions)", file,
                             lb_errno_text(errno).text);
        }
        free(file);
        LB_TRY(status);
    }
    return LB_OK;
}

/* What a process that was killed while it began a run has left. */
static void remove_half_config(const char *path)
{
    char *file = lb_path_join(path, "config.json.partial");
    if (file != NULL) {
        unlink(file);
    }
    free(file);
}

static enum lb_status check_content(struct lb_run_folder *folder, struct lb_context *ctx, bool *old)
{
    const char *path = folder->path;
    char *config = lb_run_file_path(path, LB_RUN_CONFIG);
    if (config == NULL) {
        return lb_fail_memory(ctx, path);
    }
    const bool has_config = !lb_file_missing(config);
    free(config);
    *old = folder->resume && has_config;
    if (folder->resume) {
        remove_half_config(path);
    }
    if (*old || folder->overwrite || !lb_folder_exists(path) || lb_folder_empty(path)) {
        return LB_OK;
    }
    return lb_fail(ctx, LB_ERR_EXISTS,
                   "%s: is not empty (use --resume to go on, --overwrite to start again, or "
                   "another --out)",
                   path);
}

enum lb_status lb_run_folder_open(struct lb_run_folder *folder, struct lb_context *ctx, bool *old)
{
    if (lb_folder_exists(folder->path)) {
        LB_TRY(lb_folder_lock_take(&folder->lock, ctx, folder->path));
    }
    return check_content(folder, ctx, old);
}

enum lb_status lb_run_folder_clear(struct lb_run_folder *folder, struct lb_context *ctx)
{
    if (folder->lock.descriptor == -1) {
        bool old = false;
        LB_TRY(lb_folder_create(ctx, folder->path));
        LB_TRY(lb_folder_lock_take(&folder->lock, ctx, folder->path));
        LB_TRY(check_content(folder, ctx, &old)); // another may have been faster
        if (old) {
            return lb_fail(ctx, LB_ERR_EXISTS,
                           "%s: another process has just begun a run there (use --resume again)",
                           folder->path);
        }
    }
    return remove_old_files(ctx, folder->path);
}

void lb_run_folder_close(struct lb_run_folder *folder)
{
    lb_folder_lock_release(&folder->lock);
}
