#include "geometry/geodesic.h"

enum { BATCH = 256 };

static size_t batch_of(size_t n, size_t start)
{
    return n - start < BATCH ? n - start : BATCH;
}

enum lb_status lb_dataset_paths(struct lb_dataset *dataset, struct lb_random_counter counter,
                                double distance, int frames, size_t n, float *paths, bool *found)
{
    struct lb_device *device = dataset->device;
    const size_t width = (size_t)frames * (size_t)dataset->info.point_size;
    const cl_ulong seed = counter.seed;
    const cl_uint stream = (cl_uint)counter.stream;
    const cl_float length = (cl_float)distance;
    const cl_int frame_count = frames;
    cl_int failed = 0;
    cl_kernel kernel;
    cl_mem path_mem = NULL;
    cl_mem failed_mem = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_dataset_kernel(dataset, &kernel, "geometry/geodesic.cl", "sample_paths"));
    LB_CHECK(lb_buffer_create(device, &path_mem, BATCH * width * sizeof(float), "geodesics"));
    LB_CHECK(lb_buffer_create(device, &failed_mem, sizeof(cl_int), "geodesics"));
    LB_CHECK(lb_buffer_zero(device, failed_mem, 0, sizeof(cl_int)));
    for (size_t start = 0; start < n && failed == 0; start += BATCH) {
        const size_t rows = batch_of(n, start);
        const cl_int count = (cl_int)rows;
        const cl_uint first = counter.first + (cl_uint)start;
        LB_CHECK(lb_launch(device, kernel, LB_NDRANGE(rows), LB_ARG(seed), LB_ARG(stream),
                           LB_ARG(counter.step), LB_ARG(first), LB_ARG(count), LB_ARG(length),
                           LB_ARG(frame_count), LB_ARG(path_mem), LB_ARG(failed_mem)));
        LB_CHECK(lb_buffer_read(device, path_mem, 0, paths + start * width,
                                rows * width * sizeof(float)));
        LB_CHECK(lb_buffer_read(device, failed_mem, 0, &failed, sizeof failed));
    }
    *found = failed == 0;
fail:
    lb_buffer_release(&path_mem);
    lb_buffer_release(&failed_mem);
    return status;
}

enum lb_status lb_dataset_exponential(struct lb_dataset *dataset, const float *x,
                                      const float *coordinates, size_t n, float *y, int *inside)
{
    struct lb_device *device = dataset->device;
    const size_t p = (size_t)dataset->info.point_size;
    const size_t m = (size_t)dataset->info.dimension;
    cl_kernel kernel;
    cl_mem x_mem = NULL;
    cl_mem coordinate_mem = NULL;
    cl_mem y_mem = NULL;
    cl_mem inside_mem = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_dataset_kernel(dataset, &kernel, "geometry/geodesic.cl", "exponential"));
    LB_CHECK(lb_buffer_create(device, &x_mem, BATCH * p * sizeof(float), "points"));
    LB_CHECK(lb_buffer_create(device, &coordinate_mem, BATCH * m * sizeof(float), "steps"));
    LB_CHECK(lb_buffer_create(device, &y_mem, BATCH * p * sizeof(float), "points"));
    LB_CHECK(lb_buffer_create(device, &inside_mem, BATCH * sizeof(cl_int), "points"));
    for (size_t start = 0; start < n; start += BATCH) {
        const size_t rows = batch_of(n, start);
        const cl_int count = (cl_int)rows;
        LB_CHECK(lb_buffer_write(device, x_mem, 0, x + start * p, rows * p * sizeof(float)));
        LB_CHECK(lb_buffer_write(device, coordinate_mem, 0, coordinates + start * m,
                                 rows * m * sizeof(float)));
        LB_CHECK(lb_launch(device, kernel, LB_NDRANGE(rows), LB_ARG(x_mem), LB_ARG(coordinate_mem),
                           LB_ARG(count), LB_ARG(y_mem), LB_ARG(inside_mem)));
        LB_CHECK(lb_buffer_read(device, y_mem, 0, y + start * p, rows * p * sizeof(float)));
        LB_CHECK(lb_buffer_read(device, inside_mem, 0, inside + start, rows * sizeof(cl_int)));
    }
fail:
    lb_buffer_release(&x_mem);
    lb_buffer_release(&coordinate_mem);
    lb_buffer_release(&y_mem);
    lb_buffer_release(&inside_mem);
    return status;
}
