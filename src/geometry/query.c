#include "geometry/query.h"

#include <stdlib.h>
#include <string.h>

#include "geometry/sampling.h"

enum { BATCH = 256 };

static size_t batch_of(size_t n, size_t start)
{
    return n - start < BATCH ? n - start : BATCH;
}

enum lb_status lb_dataset_points(struct lb_dataset *dataset, uint64_t seed, size_t n, float *points)
{
    struct lb_device *device = dataset->device;
    const size_t p = (size_t)dataset->info.point_size;
    cl_mem mem = NULL;
    LB_TRY(lb_buffer_create(device, &mem, BATCH * p * sizeof(float), "points"));
    enum lb_status status = LB_OK;
    for (size_t start = 0; start < n; start += BATCH) {
        const size_t rows = batch_of(n, start);
        const struct lb_random_counter counter = {seed, LB_STREAM_USER_POINTS, 0, (uint32_t)start};
        LB_CHECK(lb_dataset_enqueue_points(dataset, counter, (int)rows, mem));
        LB_CHECK(lb_buffer_read(device, mem, 0, points + start * p, rows * p * sizeof(float)));
    }
fail:
    lb_buffer_release(&mem);
    return status;
}

enum lb_status lb_dataset_render(struct lb_dataset *dataset, const float *points, size_t n,
                                 float *images)
{
    struct lb_device *device = dataset->device;
    const size_t p = (size_t)dataset->info.point_size;
    const size_t size = dataset->image_size;
    cl_mem point_mem = NULL;
    cl_mem image_mem = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_buffer_create(device, &point_mem, BATCH * p * sizeof(float), "points"));
    LB_CHECK(lb_buffer_create(device, &image_mem, BATCH * size * sizeof(float), "images"));
    for (size_t start = 0; start < n; start += BATCH) {
        const size_t rows = batch_of(n, start);
        LB_CHECK(
            lb_buffer_write(device, point_mem, 0, points + start * p, rows * p * sizeof(float)));
        LB_CHECK(lb_dataset_enqueue_render(dataset, point_mem, (int)rows, image_mem));
        LB_CHECK(lb_buffer_read(device, image_mem, 0, images + start * size,
                                rows * size * sizeof(float)));
    }
fail:
    lb_buffer_release(&point_mem);
    lb_buffer_release(&image_mem);
    return status;
}

/* Runs a kernel of query.cl on points x and y (n, p); y NULL: x only. result (n, width). */
static enum lb_status query(struct lb_dataset *dataset, const char *name, const float *x,
                            const float *y, size_t n, size_t width, float *result)
{
    struct lb_device *device = dataset->device;
    const size_t p = (size_t)dataset->info.point_size;
    cl_kernel kernel;
    cl_mem x_mem = NULL;
    cl_mem y_mem = NULL;
    cl_mem result_mem = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_dataset_kernel(dataset, &kernel, "geometry/query.cl", name));
    LB_CHECK(lb_buffer_create(device, &x_mem, BATCH * p * sizeof(float), "points"));
    if (y != NULL) {
        LB_CHECK(lb_buffer_create(device, &y_mem, BATCH * p * sizeof(float), "points"));
    }
    LB_CHECK(lb_buffer_create(device, &result_mem, BATCH * width * sizeof(float), "points"));
    for (size_t start = 0; start < n; start += BATCH) {
        const size_t rows = batch_of(n, start);
        const cl_int count = (cl_int)rows;
        LB_CHECK(lb_buffer_write(device, x_mem, 0, x + start * p, rows * p * sizeof(float)));
        if (y != NULL) {
            LB_CHECK(lb_buffer_write(device, y_mem, 0, y + start * p, rows * p * sizeof(float)));
            LB_CHECK(lb_launch(device, kernel, LB_NDRANGE(rows), LB_ARG(x_mem), LB_ARG(y_mem),
                               LB_ARG(count), LB_ARG(result_mem)));
        } else {
            LB_CHECK(lb_launch(device, kernel, LB_NDRANGE(rows), LB_ARG(x_mem), LB_ARG(count),
                               LB_ARG(result_mem)));
        }
        LB_CHECK(lb_buffer_read(device, result_mem, 0, result + start * width,
                                rows * width * sizeof(float)));
    }
fail:
    lb_buffer_release(&x_mem);
    lb_buffer_release(&y_mem);
    lb_buffer_release(&result_mem);
    return status;
}

enum lb_status lb_dataset_distances(struct lb_dataset *dataset, const float *x, const float *y,
                                    size_t n, float *distances)
{
    return query(dataset, "query_distance", x, y, n, 1, distances);
}

enum lb_status lb_dataset_midpoints(struct lb_dataset *dataset, const float *x, const float *y,
                                    size_t n, float *midpoints)
{
    const size_t p = (size_t)dataset->info.point_size;
    return query(dataset, "query_midpoint", x, y, n, p, midpoints);
}

enum lb_status lb_dataset_contains(struct lb_dataset *dataset, const float *points, size_t n,
                                   float *inside)
{
    return query(dataset, "query_contains", points, NULL, n, 1, inside);
}

enum lb_status lb_dataset_geodesics(struct lb_dataset *dataset, const float *x, const float *y,
                                    size_t n, int levels, float *path)
{
    if (levels < 0 || levels > 10) {
        return lb_fail(dataset->device->ctx, LB_ERR_ARGUMENT,
                       "geodesics: %d levels: must be 0 to 10", levels);
    }
    const size_t p = (size_t)dataset->info.point_size;
    const size_t bytes = p * sizeof(float);
    const size_t last = (size_t)1 << levels;
    const size_t length = (last + 1) * p;
    float *from = malloc(n * bytes);
    float *to = malloc(n * bytes);
    float *middle = malloc(n * bytes);
    enum lb_status status = LB_OK;
    if (from == NULL || to == NULL || middle == NULL) {
        status = n > 0 ? lb_fail_memory(dataset->device->ctx, "geodesics") : LB_OK;
        goto fail;
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(path + i * length, x + i * p, bytes);
        memcpy(path + i * length + last * p, y + i * p, bytes);
    }
    /* Bisect every gap repeatedly */
    for (size_t gap = last; gap > 1; gap /= 2) {
        for (size_t j = 0; j < last; j += gap) {
            for (size_t i = 0; i < n; i++) {
                memcpy(from + i * p, path + i * length + j * p, bytes);
                memcpy(to + i * p, path + i * length + (j + gap) * p, bytes);
            }
            LB_CHECK(lb_dataset_midpoints(dataset, from, to, n, middle));
            for (size_t i = 0; i < n; i++) {
                memcpy(path + i * length + (j + gap / 2) * p, middle + i * p, bytes);
            }
        }
    }
fail:
    free(from);
    free(to);
    free(middle);
    return status;
}

/* Copies one third (x, y or averages) of a batch to the host. */
static enum lb_status read_third(struct lb_device *device, cl_mem mem, size_t third, size_t rows,
                                 size_t width, size_t start, float *target)
{
    if (target == NULL) {
        return LB_OK;
    }
    return lb_buffer_read(device, mem, third * rows * width * sizeof(float), target + start * width,
                          rows * width * sizeof(float));
}

enum lb_status lb_dataset_pairs(struct lb_dataset *dataset, const struct lb_pairs_params *params,
                                size_t n, const struct lb_pairs *pairs)
{
    struct lb_device *device = dataset->device;
    const size_t p = (size_t)dataset->info.point_size;
    const size_t size = dataset->image_size;
    const double min_distance =
        params->min_distance < 0.0 ? params->epsilon / 10.0 : params->min_distance;
    const bool images = pairs->x != NULL || pairs->y != NULL || pairs->average != NULL;
    struct lb_pair_buffers mem = {0};
    cl_mem image_mem = NULL;
    LB_TRY(lb_dataset_check_radii(dataset, min_distance, params->epsilon));
    enum lb_status status = LB_OK;
    LB_CHECK(lb_pair_buffers_create(&mem, dataset, BATCH, LB_PAIR_IMAGES * BATCH));
    if (images) {
        LB_CHECK(lb_buffer_create(device, &image_mem, 3 * BATCH * size * sizeof(float), "images"));
    }
    for (size_t start = 0; start < n; start += BATCH) {
        const size_t rows = batch_of(n, start);
        const struct lb_random_counter counter = {params->seed, LB_STREAM_USER_PAIRS, 0,
                                                  (uint32_t)start};
        LB_CHECK(lb_dataset_enqueue_pairs(dataset, counter, (int)rows, min_distance,
                                          params->epsilon, &mem));
        LB_CHECK(read_third(device, mem.points, 0, rows, p, start, pairs->point_x));
        LB_CHECK(read_third(device, mem.points, 1, rows, p, start, pairs->point_y));
        LB_CHECK(read_third(device, mem.points, 2, rows, p, start, pairs->point_average));
        LB_CHECK(read_third(device, mem.distance, 0, rows, 1, start, pairs->distance));
        if (images) {
            LB_CHECK(lb_dataset_enqueue_render(dataset, mem.points, 3 * (int)rows, image_mem));
            LB_CHECK(read_third(device, image_mem, 0, rows, size, start, pairs->x));
            LB_CHECK(read_third(device, image_mem, 1, rows, size, start, pairs->y));
            LB_CHECK(read_third(device, image_mem, 2, rows, size, start, pairs->average));
        }
    }
    LB_CHECK(lb_pair_buffers_check(dataset, &mem));
fail:
    lb_pair_buffers_release(&mem);
    lb_buffer_release(&image_mem);
    return status;
}
