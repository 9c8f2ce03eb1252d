#include "device/vector.h"

#include <stdio.h>

#include "device/path.h"

/* Runs are long, because PoCL compiles a kernel again for 2^16 work-items or more. */
enum { RUN_VECTORS = 64 };

/* Several work-items per unit, so that slow units get fewer of them; starting one is cheap. */
enum { ITEMS_OF_UNIT = 16 };

int lb_vector_width(const struct lb_device *device)
{
    const uint32_t width = lb_takes_cpu_path(device) ? device->info.vector_width : 1;
    return width >= 16 ? 16 : width >= 8 ? 8 : 4;
}

int lb_item_width(const struct lb_device *device)
{
    return lb_takes_cpu_path(device) ? lb_vector_width(device) : 1;
}

/* Numbers of a work-item of lb_ndrange_runs(). */
static int run_of(const struct lb_device *device)
{
    const int width = lb_item_width(device);
    return width > 1 ? RUN_VECTORS * width : 1;
}

enum lb_status lb_step_kernel(struct lb_device *device, cl_kernel *out, const char *name)
{
    char prelude[96];
    snprintf(prelude, sizeof prelude, "#define VECTOR_WIDTH %d\n#define RUN %d\n#define GROUP %d\n",
             lb_item_width(device), run_of(device), LB_GROUP);
    return lb_kernel_get(device, out, "step.cl", name, prelude);
}

/* Work-items that are long loops: groups of one. */
static struct lb_ndrange loops(size_t n)
{
    return (struct lb_ndrange){1, {n, 1, 1}, {1, 1, 1}};
}

struct lb_ndrange lb_ndrange_vectors(const struct lb_device *device, size_t n)
{
    const size_t width = (size_t)lb_item_width(device);
    return LB_NDRANGE((n + width - 1) / width);
}

struct lb_ndrange lb_ndrange_rows(const struct lb_device *device, size_t rows, size_t size)
{
    const size_t enough = ITEMS_OF_UNIT * device->info.compute_units;
    return lb_item_width(device) > 1 ? loops(rows < enough ? rows : enough)
                                     : LB_NDRANGE(rows * size);
}

struct lb_ndrange lb_ndrange_runs(const struct lb_device *device, size_t n)
{
    const size_t run = (size_t)run_of(device);
    return run > 1 ? loops((n + run - 1) / run) : LB_NDRANGE(n);
}
