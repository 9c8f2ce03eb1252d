#include "tangent_support.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static cl_kernel kernel_of(const struct device_fixture *fixture, const struct lb_dataset *dataset,
                           const char *name)
{
    struct lb_text file = {0};
    cl_kernel kernel;
    lb_text_addf(&file, "%s/../kernels/tangent_test.cl", getenv("LB_TEST_DATA"));
    require_ok(fixture, lb_kernel_get(fixture->device, &kernel, file.data, name, dataset->prelude));
    lb_text_free(&file);
    return kernel;
}

float *frames_of(const struct device_fixture *fixture, const struct lb_dataset *dataset,
                 const float *x, size_t tangent_size, size_t n)
{
    const size_t size = n * (size_t)dataset->info.dimension * tangent_size;
    const cl_int count = (cl_int)n;
    cl_mem frames_mem = NULL;
    cl_mem x_mem = upload(fixture, x, n * (size_t)dataset->info.point_size);
    require_ok(fixture,
               lb_buffer_create(fixture->device, &frames_mem, size * sizeof(float), "frames"));
    require_ok(fixture, lb_launch(fixture->device, kernel_of(fixture, dataset, "frames_of"),
                                  LB_NDRANGE(n), LB_ARG(x_mem), LB_ARG(count), LB_ARG(frames_mem)));
    float *frames = download(fixture, frames_mem, size);
    lb_buffer_release(&x_mem);
    lb_buffer_release(&frames_mem);
    return frames;
}

void exponentials_of(const struct device_fixture *fixture, const struct lb_dataset *dataset,
                     const float *x, const float *tangents, size_t tangent_size, size_t n, float *y)
{
    const size_t size = n * (size_t)dataset->info.point_size;
    const cl_int count = (cl_int)n;
    cl_mem x_mem = upload(fixture, x, size);
    cl_mem tangent_mem = upload(fixture, tangents, n * tangent_size);
    cl_mem y_mem = upload(fixture, x, size);
    require_ok(fixture, lb_launch(fixture->device, kernel_of(fixture, dataset, "exponentials_of"),
                                  LB_NDRANGE(n), LB_ARG(x_mem), LB_ARG(tangent_mem), LB_ARG(count),
                                  LB_ARG(y_mem)));
    float *got = download(fixture, y_mem, size);
    memcpy(y, got, size * sizeof *y);
    free(got);
    lb_buffer_release(&x_mem);
    lb_buffer_release(&tangent_mem);
    lb_buffer_release(&y_mem);
}
