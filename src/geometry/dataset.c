#include "geometry/dataset.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/text.h"
#include "device/vector.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum lb_status lb_dataset_names(struct lb_device *device, char ***names, size_t *count)
{
    *names = NULL;
    *count = 0;
    char *path = lb_path_join(device->cl_dir, "dataset");
    if (path == NULL) {
        return lb_fail_memory(device->ctx, "dataset list");
    }
    DIR *folder = opendir(path);
    if (folder == NULL) {
        const enum lb_status status =
            lb_fail(device->ctx, LB_ERR_NOT_FOUND, "%s: cannot list: %s (check --cl-dir)", path,
                    lb_errno_text(errno).text);
        free(path);
        return status;
    }
    free(path);
    bool memory = true;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): safe on a folder of one's own
    for (struct dirent *entry = readdir(folder); entry != NULL && memory; entry = readdir(folder)) {
        if (entry->d_name[0] == '.' || !lb_string_ends_with(entry->d_name, ".cl")) {
            continue;
        }
        char **longer = realloc(*names, (*count + 1) * sizeof **names);
        memory = longer != NULL;
        if (memory) {
            *names = longer;
            entry->d_name[strlen(entry->d_name) - 3] = '\0';
            (*names)[*count] = lb_string_copy(entry->d_name);
            memory = (*names)[*count] != NULL;
            *count += memory;
        }
    }
    closedir(folder);
    if (!memory) {
        lb_dataset_names_free(names, *count);
        *count = 0;
        return lb_fail_memory(device->ctx, "dataset list");
    }
    if (*count > 0) {
        qsort(*names, *count, sizeof **names, compare_names);
    }
    return LB_OK;
}

void lb_dataset_names_free(char ***names, size_t count)
{
    for (size_t i = 0; *names != NULL && i < count; i++) {
        free((*names)[i]);
    }
    free(*names);
    *names = NULL;
}

/* Files and folders that another option or command takes. */
static enum lb_status fail_other_input(struct lb_context *ctx, const char *name)
{
    if (lb_string_ends_with(name, ".obj") || lb_string_ends_with(name, ".off")) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND,
                       "%s: is a mesh, not a dataset (use rotating-object --mesh %s)", name, name);
    }
    if (lb_string_ends_with(name, ".npz") || lb_string_ends_with(name, ".csv")) {
        return lb_fail(
            ctx, LB_ERR_NOT_FOUND,
            "%s: is no dataset (save its images with numpy.save as a .npy file, and make "
            "pairs: lowbend pairs FILE.npy --out pairs.safetensors)",
            name);
    }
    if (lb_folder_exists(name) || lb_string_ends_with(name, ".npy") ||
        lb_string_ends_with(name, ".png")) {
        return lb_fail(
            ctx, LB_ERR_NOT_FOUND,
            "%s: is no dataset: images alone have no distances (make pairs: lowbend pairs "
            "%s --out pairs.safetensors, and use these)",
            name, lb_string_ends_with(name, ".png") ? "FOLDER" : name);
    }
    return LB_OK;
}

static enum lb_status fail_unknown(struct lb_device *device, const char *name)
{
    char **names = NULL;
    size_t count = 0;
    LB_TRY(fail_other_input(device->ctx, name));
    LB_TRY(lb_dataset_names(device, &names, &count));
    struct lb_text list = {0};
    for (size_t i = 0; i < count; i++) {
        lb_text_addf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const enum lb_status status = lb_fail(
        device->ctx, LB_ERR_NOT_FOUND,
        "dataset %s: there is none of this name (known: %s; or give the path of a .cl file)", name,
        list.data != NULL ? list.data : "none");
    lb_text_free(&list);
    lb_dataset_names_free(&names, count);
    return status;
}

bool lb_dataset_is_path(const char *name)
{
    return lb_string_ends_with(name, ".cl") || strchr(name, '/') != NULL;
}

static enum lb_status hash_text(struct lb_dataset *dataset, const char *name)
{
    char *text = NULL;
    size_t size = 0;
    if (!lb_dataset_is_path(name)) {
        return LB_OK;
    }
    LB_TRY(lb_file_read(dataset->device->ctx, name, &text, &size));
    dataset->info.text_hash = lb_hash_bytes(text, size);
    free(text);
    return LB_OK;
}

/* Text before a kernel: the interface, the options as macros, then the dataset. */
static enum lb_status make_prelude(struct lb_dataset *dataset,
                                   const struct lb_dataset_params *params)
{
    struct lb_device *device = dataset->device;
    struct lb_text text = {0};
    lb_text_addf(&text, "#define VECTOR_WIDTH %d\n#define STRIP_ROWS %d\n", dataset->vector_width,
                 dataset->strip_rows);
    lb_text_add(&text, "#include \"lib/dataset.cl\"\n");
    if (params->size != 0) {
        lb_text_addf(&text, "#define OPTION_SIZE %d\n", params->size);
    }
    if (params->cap_degrees != 0.0) {
        lb_text_addf(&text, "#define OPTION_CAP_DEGREES %.9ef\n", params->cap_degrees);
    }
    if (lb_dataset_is_path(params->name)) {
        if (!lb_string_ends_with(params->name, ".cl")) {
            const enum lb_status status = fail_other_input(device->ctx, params->name);
            if (status != LB_OK) {
                lb_text_free(&text);
                return status;
            }
        }
        if (!lb_file_exists(params->name)) {
            lb_text_free(&text);
            return lb_fail(device->ctx, LB_ERR_NOT_FOUND,
                           "dataset %s: no such file (give a built-in name or the path of a .cl "
                           "file)",
                           params->name);
        }
        char *absolute = realpath(params->name, NULL); // so that its own includes are found
        const char *path = absolute != NULL ? absolute : params->name;
        const bool one_line = strchr(path, '\n') == NULL;
        lb_text_addf(&text, "#include \"%s\"\n", path);
        free(absolute);
        if (!one_line) {
            lb_text_free(&text);
            return lb_fail(device->ctx, LB_ERR_ARGUMENT,
                           "dataset %s: a line break in a path cannot be included (rename it)",
                           params->name);
        }
    } else {
        struct lb_text path = {0};
        lb_text_addf(&path, "%s/dataset/%s.cl", device->cl_dir, params->name);
        text.failed = text.failed || path.failed; // told below
        const bool known = path.failed || !lb_file_missing(path.data);
        lb_text_free(&path);
        if (!known) {
            lb_text_free(&text);
            return fail_unknown(device, params->name);
        }
        lb_text_addf(&text, "#include \"dataset/%s.cl\"\n", params->name);
    }
    lb_text_add(&text, "#include \"lib/complete.cl\"\n");
    if (text.failed) {
        lb_text_free(&text);
        return lb_fail_memory(device->ctx, "dataset");
    }
    dataset->prelude = text.data;
    return LB_OK;
}

enum lb_status lb_dataset_need_manifold(const struct lb_dataset *dataset)
{
    if (dataset->prelude != NULL) {
        return LB_OK;
    }
    return lb_fail(dataset->device->ctx, LB_ERR_UNSUPPORTED,
                   "%s: holds own pairs, of which no manifold is known: there are no points, "
                   "geodesics and fresh pairs of it (use a dataset)",
                   dataset->info.name);
}

/* The program that a file's kernels come from: those that training needs share one. */
static const char *program_of(const char *file)
{
    static const char *const shared[] = {"geometry/describe.cl", "geometry/relate.cl",
                                         "geometry/render.cl", "geometry/sample_pairs.cl",
                                         "geometry/sample_points.cl"};
    for (size_t i = 0; i < LB_COUNT(shared); i++) {
        if (strcmp(file, shared[i]) == 0) {
            return "geometry/kernels.cl";
        }
    }
    return file;
}

enum lb_status lb_dataset_kernel(struct lb_dataset *dataset, cl_kernel *out, const char *file,
                                 const char *name)
{
    LB_TRY(lb_dataset_need_manifold(dataset));
    for (size_t i = 0; i < dataset->kernel_count; i++) {
        const struct lb_known_kernel *known = &dataset->kernels[i];
        if (strcmp(known->file, file) == 0 && strcmp(known->name, name) == 0) {
            *out = known->kernel;
            return LB_OK;
        }
    }
    LB_TRY(lb_kernel_get(dataset->device, out, program_of(file), name, dataset->prelude));
    if (dataset->kernel_count < LB_KNOWN_KERNELS) {
        dataset->kernels[dataset->kernel_count++] = (struct lb_known_kernel){file, name, *out};
    }
    return LB_OK;
}

/* Puts the dataset in front of a build error, which may be about something that it lacks. */
static enum lb_status name_dataset(struct lb_context *ctx, const char *name)
{
    char *text = lb_string_copy(ctx->error);
    const enum lb_status status =
        lb_fail(ctx, LB_ERR_BUILD, "dataset %s: %s", name, text != NULL ? text : "does not build");
    free(text);
    return status;
}

/* After a build that failed. Compilers show the place in the source, linkers do not: then it is
 * likely a function that is missing. */
static enum lb_status explain_build(struct lb_dataset *dataset, const char *name)
{
    struct lb_context *ctx = dataset->device->ctx;
    const bool has_place = strstr(ctx->error, "\n> ") != NULL;
    const enum lb_status status = name_dataset(ctx, name);
    if (!has_place) {
        LB_TRY(lb_dataset_check_functions(dataset, name));
    }
    return status;
}

/* Takes the kernels of every step, all of one program. */
static enum lb_status build(struct lb_dataset *dataset, const char *name)
{
    enum lb_status status = lb_dataset_kernel(dataset, &dataset->sample_points,
                                              "geometry/sample_points.cl", "sample_points");
    if (status == LB_ERR_BUILD) {
        status = explain_build(dataset, name);
    }
    LB_TRY(status);
    LB_TRY(lb_dataset_kernel(dataset, &dataset->sample_pairs, "geometry/sample_pairs.cl",
                             "sample_pairs"));
    return lb_dataset_kernel(dataset, &dataset->render, "geometry/render.cl", "render");
}

/* Options go into the kernels' text as they are, so only sensible ones may. */
static enum lb_status check_options(struct lb_context *ctx, const struct lb_dataset_params *params)
{
    const double cap = params->cap_degrees;
    if (params->size < 0 || params->size > LB_MAX_EXTENT) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: size of %d pixels: must be 1 to %d (use another --size)",
                       params->name, params->size, LB_MAX_EXTENT);
    }
    if (!(cap >= 0.0 && cap <= 90.0)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: cap of %g degrees: must be above 0 and at most 90 (use another "
                       "--cap)",
                       params->name, cap);
    }
    return LB_OK;
}

enum lb_status lb_dataset_open(struct lb_dataset **out, struct lb_device *device,
                               const struct lb_dataset_params *params)
{
    *out = NULL;
    LB_TRY(check_options(device->ctx, params));
    if (lb_string_ends_with(params->name, ".safetensors")) {
        return lb_fail(device->ctx, LB_ERR_UNSUPPORTED,
                       "%s: own pairs can be trained on, but there is no manifold to draw from "
                       "(use a dataset)",
                       params->name);
    }
    struct lb_dataset *dataset = calloc(1, sizeof *dataset);
    if (dataset == NULL) {
        return lb_fail_memory(device->ctx, "dataset");
    }
    dataset->device = device;
    dataset->vector_width = lb_item_width(device);
    dataset->strip_rows = dataset->vector_width > 1 ? 8 : 2; // the sums stay near the core
    enum lb_status status = LB_OK;
    LB_CHECK(make_prelude(dataset, params));
    LB_CHECK(lb_dataset_check_text(dataset, params->name));
    LB_CHECK(build(dataset, params->name));
    LB_CHECK(lb_dataset_read_facts(dataset, params));
    if (dataset->info.height * dataset->info.width == 1) {
        LB_CHECK(lb_dataset_kernel(dataset, &dataset->sample_pair_images,
                                   "geometry/sample_pairs.cl", "sample_pair_images"));
    }
    LB_CHECK(hash_text(dataset, params->name));
    if (dataset->chart.lines > 0 || dataset->chart.hue[0] != '\0') { // else pictures fail later
        LB_CHECK(lb_dataset_check_functions(dataset, params->name));
    }
    if (lb_dataset_wants_mesh(params)) {
        LB_CHECK(lb_dataset_load_mesh(dataset, params->mesh));
    }
    *out = dataset;
    return LB_OK;
fail:
    lb_dataset_close(&dataset);
    return status;
}

enum lb_status lb_dataset_describe(struct lb_device *device, const struct lb_dataset_params *params,
                                   struct lb_dataset_info *info)
{
    struct lb_dataset *dataset = calloc(1, sizeof *dataset);
    if (dataset == NULL) {
        return lb_fail_memory(device->ctx, "dataset");
    }
    dataset->device = device;
    dataset->vector_width = lb_item_width(device);
    enum lb_status status = LB_OK;
    LB_CHECK(check_options(device->ctx, params));
    LB_CHECK(make_prelude(dataset, params));
    status = lb_dataset_read_facts(dataset, params);
    if (status == LB_ERR_BUILD) { // opening explains it
        lb_dataset_close(&dataset);
        LB_CHECK(lb_dataset_open(&dataset, device, params));
    }
    LB_CHECK(status);
    *info = dataset->info;
fail:
    lb_dataset_close(&dataset);
    return status;
}

enum lb_status lb_dataset_create_images(struct lb_dataset **out, struct lb_device *device,
                                        const struct lb_dataset_info *info)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return lb_fail_memory(device->ctx, "dataset");
    }
    (*out)->device = device;
    (*out)->info = *info;
    (*out)->image_size = (size_t)info->height * (size_t)info->width * (size_t)info->channels;
    return LB_OK;
}

void lb_dataset_close(struct lb_dataset **dataset)
{
    if (dataset == NULL || *dataset == NULL) {
        return;
    }
    lb_buffer_release(&(*dataset)->data);
    free((*dataset)->prelude);
    free(*dataset);
    *dataset = NULL;
}

const struct lb_dataset_info *lb_dataset_get_info(const struct lb_dataset *dataset)
{
    return &dataset->info;
}

struct lb_context *lb_dataset_context(const struct lb_dataset *dataset)
{
    return dataset->device->ctx;
}
