#include "geometry/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "device/vector.h"

bool lb_dataset_is_path(const char *name)
{
    return lb_string_ends_with(name, ".cl") || strchr(name, '/') != NULL;
}

enum lb_status lb_dataset_need_manifold(const struct lb_dataset *dataset)
{
    if (dataset->has_manifold) {
        return LB_OK;
    }
    return lb_fail(dataset->device->ctx, LB_ERR_UNSUPPORTED,
                   "%s: holds user pairs, whose manifold is unknown: there are no points, "
                   "geodesics or fresh pairs (use a dataset)",
                   dataset->info.name);
}

/* The program that contains a file's kernels: those needed by training share one. */
static const char *program_of(const char *file)
{
    static const char *const shared[] = {"geometry/describe.cl",      "geometry/distance_matrix.cl",
                                         "geometry/query.cl",         "geometry/render.cl",
                                         "geometry/sample_chains.cl", "geometry/sample_pairs.cl",
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
