#include "geometry/dataset.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

enum { MAX_EXTENT = 1 << 15 }; // of the constants that a dataset states

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
                    strerror(errno));
        free(path);
        return status;
    }
    free(path);
    bool memory = true;
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

static enum lb_status fail_unknown(struct lb_device *device, const char *name)
{
    char **names = NULL;
    size_t count = 0;
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

/* Neighbouring pixels that one work-item renders: GPUs vectorise across work-items themselves. */
static int vector_width(const struct lb_device_info *device)
{
    if (device->type != LB_DEVICE_CPU) {
        return 1;
    }
    return device->vector_width >= 16 ? 16 : device->vector_width >= 8 ? 8 : 4;
}

/* Text before a kernel: the interface, the options as macros, then the dataset. */
static enum lb_status make_prelude(struct lb_dataset *dataset,
                                   const struct lb_dataset_params *params)
{
    struct lb_device *device = dataset->device;
    const bool is_path =
        lb_string_ends_with(params->name, ".cl") || strchr(params->name, '/') != NULL;
    struct lb_text text = {0};
    lb_text_addf(&text, "#define VECTOR_WIDTH %d\n", dataset->vector_width);
    lb_text_add(&text, "#include \"lib/dataset.cl\"\n");
    if (params->size != 0) {
        lb_text_addf(&text, "#define OPTION_SIZE %d\n", params->size);
    }
    if (params->cap_degrees != 0.0) {
        lb_text_addf(&text, "#define OPTION_CAP_DEGREES %.9ef\n", params->cap_degrees);
    }
    if (is_path) {
        if (!lb_file_exists(params->name)) {
            lb_text_free(&text);
            return lb_fail(device->ctx, LB_ERR_NOT_FOUND,
                           "dataset %s: no such file (give a built-in name or the path of a .cl "
                           "file)",
                           params->name);
        }
        char *absolute = realpath(params->name, NULL); // so that its own includes are found
        lb_text_addf(&text, "#include \"%s\"\n", absolute != NULL ? absolute : params->name);
        free(absolute);
    } else {
        struct lb_text path = {0};
        lb_text_addf(&path, "%s/dataset/%s.cl", device->cl_dir, params->name);
        const bool known = path.data != NULL && lb_file_exists(path.data);
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

enum lb_status lb_dataset_kernel(struct lb_dataset *dataset, cl_kernel *out, const char *file,
                                 const char *name)
{
    return lb_kernel_get(dataset->device, out, file, name, dataset->prelude);
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

/* The facts that the .cl file states, as describe.cl reports them. */
struct description {
    cl_int integers[5];
    cl_float reals[4];
    char manifold[sizeof((struct lb_dataset_info *)0)->manifold];
};

static enum lb_status read_description(struct lb_dataset *dataset, const char *name_given,
                                       struct description *facts)
{
    struct lb_device *device = dataset->device;
    const cl_int capacity = (cl_int)sizeof facts->manifold;
    const struct lb_grid one = {1, {1, 1, 1}, {1, 1, 1}};
    cl_kernel kernel;
    cl_mem integers = NULL;
    cl_mem reals = NULL;
    cl_mem name = NULL;
    enum lb_status status = LB_OK;
    status = lb_dataset_kernel(dataset, &kernel, "geometry/describe.cl", "describe");
    if (status == LB_ERR_BUILD) {
        status = name_dataset(device->ctx, name_given);
    }
    LB_CHECK(status);
    LB_CHECK(lb_buffer_create(device, &integers, sizeof facts->integers, "dataset facts"));
    LB_CHECK(lb_buffer_create(device, &reals, sizeof facts->reals, "dataset facts"));
    LB_CHECK(lb_buffer_create(device, &name, sizeof facts->manifold, "dataset facts"));
    LB_CHECK(lb_launch(device, kernel, one, LB_ARG(integers), LB_ARG(reals), LB_ARG(name),
                       LB_ARG(capacity)));
    LB_CHECK(lb_buffer_read(device, integers, 0, facts->integers, sizeof facts->integers));
    LB_CHECK(lb_buffer_read(device, reals, 0, facts->reals, sizeof facts->reals));
    LB_CHECK(lb_buffer_read(device, name, 0, facts->manifold, sizeof facts->manifold));
fail:
    lb_buffer_release(&integers);
    lb_buffer_release(&reals);
    lb_buffer_release(&name);
    return status;
}

static void copy_name(struct lb_dataset_info *info, const char *name)
{
    const char *base = strrchr(name, '/');
    base = base != NULL ? base + 1 : name;
    snprintf(info->name, sizeof info->name, "%s", base);
    if (lb_string_ends_with(info->name, ".cl")) {
        info->name[strlen(info->name) - 3] = '\0';
    }
}

/* Takes over the facts, refusing those that no dataset can have and options it did not take. */
static enum lb_status accept_description(struct lb_dataset *dataset,
                                         const struct description *facts,
                                         const struct lb_dataset_params *params)
{
    struct lb_context *ctx = dataset->device->ctx;
    struct lb_dataset_info *info = &dataset->info;
    static const char *const names[] = {"DIMENSION", "POINT_SIZE", "HEIGHT", "WIDTH", "CHANNELS"};
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        if (facts->integers[i] < 1 || facts->integers[i] > MAX_EXTENT) {
            return lb_fail(ctx, LB_ERR_BUILD, "dataset %s: %s is %d (#define it as 1 to 32768)",
                           params->name, names[i], (int)facts->integers[i]);
        }
    }
    copy_name(info, params->name);
    memcpy(info->manifold, facts->manifold, sizeof info->manifold);
    info->dimension = facts->integers[0];
    info->point_size = facts->integers[1];
    info->height = facts->integers[2];
    info->width = facts->integers[3];
    info->channels = facts->integers[4];
    info->injectivity_radius = (double)facts->reals[0];
    info->h = facts->reals[1] >= 0.0f ? (double)facts->reals[1] : (double)NAN;
    info->cap_degrees = (double)facts->reals[2];
    dataset->image_size = (size_t)info->height * (size_t)info->width * (size_t)info->channels;
    if (params->size != 0 && info->height != params->size) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "dataset %s: takes no size (leave out --size)",
                       params->name);
    }
    if (params->cap_degrees != 0.0 && info->cap_degrees == 0.0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "dataset %s: has no cap (leave out --cap)",
                       params->name);
    }
    if (info->cap_degrees > (double)facts->reals[3]) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: cap of %g degrees: at most %g (use a smaller --cap)",
                       params->name, info->cap_degrees, (double)facts->reals[3]);
    }
    return LB_OK;
}

/* Options go into the kernels' text as they are, so only sensible ones may. */
static enum lb_status check_options(struct lb_context *ctx, const struct lb_dataset_params *params)
{
    const double cap = params->cap_degrees;
    if (params->size < 0 || params->size > MAX_EXTENT) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "dataset %s: size of %d pixels: must be 1 to %d (use another --size)",
                       params->name, params->size, MAX_EXTENT);
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
    struct description facts;
    struct lb_dataset *dataset = calloc(1, sizeof *dataset);
    if (dataset == NULL) {
        return lb_fail_memory(device->ctx, "dataset");
    }
    dataset->device = device;
    dataset->vector_width = vector_width(lb_device_get_info(device));
    enum lb_status status = LB_OK;
    LB_CHECK(make_prelude(dataset, params));
    LB_CHECK(read_description(dataset, params->name, &facts));
    LB_CHECK(accept_description(dataset, &facts, params));
    LB_CHECK(lb_dataset_check_functions(dataset, params->name));
    LB_CHECK(lb_dataset_kernel(dataset, &dataset->sample_points, "geometry/sample_points.cl",
                               "sample_points"));
    LB_CHECK(lb_dataset_kernel(dataset, &dataset->sample_pairs, "geometry/sample_pairs.cl",
                               "sample_pairs"));
    LB_CHECK(lb_dataset_kernel(dataset, &dataset->render, "geometry/render.cl", "render"));
    *out = dataset;
    return LB_OK;
fail:
    lb_dataset_close(&dataset);
    return status;
}

void lb_dataset_close(struct lb_dataset **dataset)
{
    if (dataset == NULL || *dataset == NULL) {
        return;
    }
    free((*dataset)->prelude);
    free(*dataset);
    *dataset = NULL;
}

const struct lb_dataset_info *lb_dataset_get_info(const struct lb_dataset *dataset)
{
    return &dataset->info;
}
