#include "geometry/dataset_mesh.h"

#include <stdlib.h>

#include "geometry/surfel_build.h"
#include "io/mesh_read.h"

/* Width of a pixel; the picture shows [-1,1]^2. */
static double pixel_width(const struct lb_dataset_info *info)
{
    return 2.0 / (info->height > info->width ? info->height : info->width);
}

static enum lb_status upload(struct lb_dataset *dataset, const struct lb_surfels *surfels,
                             const char *path)
{
    struct lb_device *device = dataset->device;
    size_t count;
    float *data = lb_surfels_pack(surfels, &count);
    if (data == NULL) {
        return lb_fail_memory(device->ctx, path);
    }
    enum lb_status status = lb_buffer_create(device, &dataset->data, count * sizeof *data, path);
    if (status == LB_OK) {
        status = lb_buffer_write(device, dataset->data, 0, data, count * sizeof *data);
    }
    free(data);
    return status;
}

bool lb_dataset_wants_mesh(const struct lb_dataset_params *params)
{
    return params->mesh != NULL && params->mesh[0] != '\0';
}

enum lb_status lb_dataset_load_mesh(struct lb_dataset *dataset, const char *path)
{
    struct lb_context *ctx = dataset->device->ctx;
    struct lb_mesh mesh = {0};
    struct lb_surfels surfels = {0};
    enum lb_status status = LB_OK;
    LB_CHECK(lb_mesh_read(&mesh, ctx, path));
    LB_CHECK(lb_surfels_build(&surfels, ctx, &mesh, path, pixel_width(&dataset->info)));
    LB_CHECK(upload(dataset, &surfels, path));
    LB_CHECK(lb_dataset_kernel(dataset, &dataset->render, "geometry/render_strips.cl", "render"));
    dataset->info.mesh_hash = mesh.hash;
    lb_log(ctx, LB_LOG_DEBUG, "%s: %zu triangles, %zu surfels under %zu nodes", path,
           mesh.n_triangles, surfels.count, surfels.node_count);
fail:
    lb_surfels_free(&surfels);
    lb_mesh_free(&mesh);
    return status;
}
