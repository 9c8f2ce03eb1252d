#include "run/output_check.h"

#include <stdlib.h>

#include <lowbend/train.h>

#include "base/file.h"
#include "base/file_facts.h"
#include "base/folder.h"
#include "base/text.h"
#include "batch/picture_list.h"
#include "io/png.h"
#include "run/run_files.h"

/* Checks the temporary name of a file too. */
static enum lb_status check_file(struct lb_context *ctx, const char *out, const char *path)
{
    struct lb_text partial = {0};
    lb_text_addf(&partial, "%s" LB_FILE_PARTIAL, out);
    if (partial.failed) {
        lb_text_free(&partial);
        return lb_fail_memory(ctx, out);
    }
    const bool same = lb_file_same(out, path) || lb_file_same(partial.data, path);
    lb_text_free(&partial);
    return same ? lb_fail(ctx, LB_ERR_ARGUMENT,
                          "%s: would overwrite the input %s (use another file)", out, path)
                : LB_OK;
}

static enum lb_status check_in_folder(struct lb_context *ctx, const char *out, const char *folder,
                                      const char *name)
{
    char *path = lb_path_join(folder, name);
    const enum lb_status status =
        path != NULL ? check_file(ctx, out, path) : lb_fail_memory(ctx, out);
    free(path);
    return status;
}

static bool is_in_folder(const char *path, const char *folder)
{
    char *parent = lb_path_parent(path);
    const bool in = parent != NULL && lb_file_same(parent, folder);
    free(parent);
    return in;
}

/* A picture written beside input pictures would be read as one of them next time. */
static enum lb_status check_beside(struct lb_context *ctx, const char *out, const char *folder)
{
    return lb_png_named(out) && is_in_folder(out, folder)
               ? lb_fail(ctx, LB_ERR_ARGUMENT,
                         "%s: would become one of the input pictures in %s (use another folder)",
                         out, folder)
               : LB_OK;
}

static enum lb_status check_pictures(struct lb_context *ctx, const char *out, const char *folder,
                                     bool recursive)
{
    struct lb_picture_list list = {0};
    LB_TRY(check_beside(ctx, out, folder));
    if (lb_picture_list_add(&list, ctx, folder, recursive) != LB_OK) {
        lb_picture_list_free(&list);
        return LB_OK; // reported when it is read
    }
    enum lb_status status = LB_OK;
    for (size_t i = 0; i < list.count && status == LB_OK; i++) {
        char *parent = lb_path_parent(list.paths[i]);
        status = check_file(ctx, out, list.paths[i]); // or another name for it
        if (status == LB_OK && recursive && parent != NULL) {
            status = check_beside(ctx, out, parent);
        }
        free(parent);
    }
    lb_picture_list_free(&list);
    return status;
}

static enum lb_status check_run(struct lb_context *ctx, const char *out, const char *run)
{
    struct lb_train_params params;
    for (int i = 0; i < LB_RUN_FILE_COUNT; i++) {
        if (lb_run_file_is_read((enum lb_run_file)i)) {
            LB_TRY(check_in_folder(ctx, out, run, lb_run_file_name((enum lb_run_file)i)));
        }
    }
    if (lb_train_params_read(ctx, &params, run) != LB_OK) {
        return LB_OK; // reported when the run is opened
    }
    LB_TRY(check_file(ctx, out, params.dataset));
    return params.mesh[0] != '\0' ? check_file(ctx, out, params.mesh) : LB_OK;
}

enum lb_status lb_output_check(struct lb_context *ctx, const char *out,
                               const struct lb_source_path *sources, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *path = sources[i].path;
        if (path == NULL || path[0] == '\0') {
            continue;
        }
        const bool folder = lb_folder_exists(path);
        if (!folder) {
            LB_TRY(check_file(ctx, out, path));
        } else if (sources[i].kind == LB_PATH_RUN) {
            LB_TRY(check_run(ctx, out, path));
        } else if (sources[i].kind != LB_PATH_FILE) {
            LB_TRY(check_pictures(ctx, out, path, sources[i].kind == LB_PATH_IMAGE_TREE));
        }
    }
    return LB_OK;
}

enum lb_status lb_output_check_run(struct lb_context *ctx, const char *run,
                                   const struct lb_source_path *sources, size_t n)
{
    for (int i = 0; i < LB_RUN_FILE_COUNT; i++) {
        char *path = lb_run_file_path(run, (enum lb_run_file)i);
        const enum lb_status status =
            path != NULL ? lb_output_check(ctx, path, sources, n) : lb_fail_memory(ctx, run);
        free(path);
        LB_TRY(status);
    }
    return LB_OK;
}
