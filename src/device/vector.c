#include "device/vector.h"

#include <stdio.h>

/* As in cl/lib/vfloat.cl: GPUs vectorise across work-items themselves. */
static int vector_width(const struct lb_device *device)
{
    const uint32_t width = device->info.vector_width;
    return device->info.type != LB_DEVICE_CPU ? 1 : width >= 16 ? 16 : width >= 8 ? 8 : 4;
}

enum lb_status lb_step_kernel(struct lb_device *device, cl_kernel *out, const char *name)
{
    char prelude[32];
    snprintf(prelude, sizeof prelude, "#define VECTOR_WIDTH %d\n", vector_width(device));
    return lb_kernel_get(device, out, "step.cl", name, prelude);
}

struct lb_ndrange lb_ndrange_vectors(const struct lb_device *device, size_t n)
{
    const size_t width = (size_t)vector_width(device);
    const struct lb_ndrange grid = LB_NDRANGE((n + width - 1) / width);
    return grid;
}

struct lb_ndrange lb_ndrange_rows(const struct lb_device *device, size_t rows, size_t size)
{
    const struct lb_ndrange loops = {1, {rows, 1, 1}, {1, 1, 1}};
    return vector_width(device) > 1 ? loops : lb_ndrange_vectors(device, rows * size);
}

struct lb_ndrange lb_ndrange_runs(const struct lb_device *device, size_t n, size_t vectors)
{
    const size_t run = vectors * (size_t)vector_width(device);
    const struct lb_ndrange loops = {1, {(n + run - 1) / run, 1, 1}, {1, 1, 1}};
    return run > vectors ? loops : lb_ndrange_vectors(device, n);
}
