#include "geometry/chart.h"

#include "geometry/dataset.h"

enum { BATCH = 1024 };

const struct lb_chart *lb_dataset_chart(const struct lb_dataset *dataset)
{
    return &dataset->chart;
}

enum lb_status lb_dataset_grid(struct lb_dataset *dataset, size_t per_line, float *points)
{
    struct lb_device *device = dataset->device;
    const size_t n = (size_t)dataset->chart.lines * per_line;
    const size_t bytes = n * (size_t)dataset->info.point_size * sizeof(float);
    const cl_int count = (cl_int)per_line;
    cl_kernel kernel;
    cl_mem mem = NULL;
    if (n == 0) {
        return LB_OK;
    }
    LB_TRY(lb_dataset_kernel(dataset, &kernel, "geometry/chart.cl", "chart_grid"));
    LB_TRY(lb_buffer_create(device, &mem, bytes, "coordinate lines"));
    enum lb_status status = LB_OK;
    LB_CHECK(lb_launch(device, kernel, LB_NDRANGE(n), LB_ARG(count), LB_ARG(mem)));
    LB_CHECK(lb_buffer_read(device, mem, 0, points, bytes));
fail:
    lb_buffer_release(&mem);
    return status;
}

enum lb_status lb_dataset_colors(struct lb_dataset *dataset, const float *points, size_t n,
                                 float *colors)
{
    struct lb_device *device = dataset->device;
    const size_t p = (size_t)dataset->info.point_size;
    cl_kernel kernel;
    cl_mem point_mem = NULL;
    cl_mem color_mem = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_dataset_kernel(dataset, &kernel, "geometry/chart.cl", "chart_colors"));
    LB_CHECK(lb_buffer_create(device, &point_mem, BATCH * p * sizeof(float), "points"));
    LB_CHECK(lb_buffer_create(device, &color_mem, BATCH * 3 * sizeof(float), "colours"));
    for (size_t start = 0; start < n; start += BATCH) {
        const size_t rows = n - start < BATCH ? n - start : BATCH;
        const cl_int count = (cl_int)rows;
        LB_CHECK(
            lb_buffer_write(device, point_mem, 0, points + start * p, rows * p * sizeof(float)));
        LB_CHECK(lb_launch(device, kernel, LB_NDRANGE(rows), LB_ARG(point_mem), LB_ARG(count),
                           LB_ARG(color_mem)));
        LB_CHECK(
            lb_buffer_read(device, color_mem, 0, colors + start * 3, rows * 3 * sizeof(float)));
    }
fail:
    lb_buffer_release(&point_mem);
    lb_buffer_release(&color_mem);
    return status;
}
