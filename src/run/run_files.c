#include "run/run_files.h"

#include <dirent.h>
#include <stdlib.h>

#include <lowbend/train.h>

#include "base/file.h"
#include "base/text.h"
#include "io/png.h"

static const struct {
    const char *name;
    bool is_read; ///< by other commands than the one that writes it
} files[LB_RUN_FILE_COUNT] = {
    [LB_RUN_CONFIG] = {"config.json", true},
    [LB_RUN_METRICS] = {"metrics.csv", true},
    [LB_RUN_ENCODER] = {"encoder.safetensors", true},
    [LB_RUN_DECODER] = {"decoder.safetensors", true},
    [LB_RUN_LATENT] = {"latent.safetensors", true},
    [LB_RUN_CHECKPOINT] = {"checkpoint.safetensors", true},
    [LB_RUN_SAMPLES] = {"samples.png", false},
    [LB_RUN_RECONSTRUCTION] = {"reconstruction.png", false},
    [LB_RUN_INTERPOLATION] = {"interpolation.png", false},
    [LB_RUN_LATENT_PICTURE] = {"latent.png", false},
    [LB_RUN_LOSS_PICTURE] = {"loss.png", false},
    [LB_RUN_EVALUATION] = {"eval.json", true},
    [LB_RUN_SINGULAR_VALUES] = {"singular_values.png", false},
    [LB_RUN_DISTANCES] = {"distances.png", false},
    [LB_RUN_INTERPOLATION_ERROR] = {"interpolation_error.png", false},
    [LB_RUN_REPORT] = {"report.html", false},
};

const char *lb_run_file_name(enum lb_run_file file)
{
    return files[file].name;
}

char *lb_run_file_path(const char *run, enum lb_run_file file)
{
    return lb_path_join(run, files[file].name);
}

/* Files are written beside their place first. */
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
                          "%s: would replace %s, which is read (name another file)", out, path)
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

/* A picture among those of the folder would be one of them the next time. */
static enum lb_status check_pictures(struct lb_context *ctx, const char *out, const char *folder)
{
    if (lb_png_named(out) && is_in_folder(out, folder)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: would be one of the pictures of %s, which are read (name a file in "
                       "another folder)",
                       out, folder);
    }
    DIR *stream = opendir(folder);
    enum lb_status status = LB_OK;
    const struct dirent *entry;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): safe on a folder of one's own
    while (stream != NULL && status == LB_OK && (entry = readdir(stream)) != NULL) {
        if (lb_png_named(entry->d_name)) { // or another name of one of them
            status = check_in_folder(ctx, out, folder, entry->d_name);
        }
    }
    if (stream != NULL) {
        closedir(stream);
    }
    return status;
}

static enum lb_status check_run(struct lb_context *ctx, const char *out, const char *run)
{
    struct lb_train_params params;
    for (int i = 0; i < LB_RUN_FILE_COUNT; i++) {
        if (files[i].is_read) {
            LB_TRY(check_in_folder(ctx, out, run, files[i].name));
        }
    }
    if (lb_train_params_read(ctx, &params, run) != LB_OK) {
        return LB_OK; // whoever opens the run says why
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
        } else if (sources[i].kind == LB_PATH_IMAGES) {
            LB_TRY(check_pictures(ctx, out, path));
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
