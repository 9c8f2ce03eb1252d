#include "optim/average.h"

#include "device/profile.h"
#include "device/vector.h"

enum lb_status lb_average_create(struct lb_average *average, struct lb_device *device, size_t size)
{
    const size_t bytes = size * sizeof(float);
    *average = (struct lb_average){.device = device, .size = size};
    LB_TRY(lb_step_kernel(device, &average->add, "average_add"));
    LB_TRY(lb_step_kernel(device, &average->add_to_count, "average_count"));
    LB_TRY(lb_step_kernel(device, &average->take, "average_take"));
    LB_TRY(lb_buffer_create(device, &average->mean, bytes, "the mean of the weights"));
    LB_TRY(lb_buffer_create(device, &average->count, sizeof(float), "the mean of the weights"));
    return lb_average_clear(average);
}

void lb_average_destroy(struct lb_average *average)
{
    lb_buffer_release(&average->mean);
    lb_buffer_release(&average->count);
}

enum lb_status lb_average_clear(struct lb_average *average)
{
    if (average->mean == NULL) {
        return LB_OK;
    }
    LB_TRY(lb_buffer_zero(average->device, average->mean, 0, average->size * sizeof(float)));
    return lb_buffer_zero(average->device, average->count, 0, sizeof(float));
}

enum lb_status lb_average_add(struct lb_average *average, cl_mem block, cl_mem skip)
{
    const cl_int n = (cl_int)average->size;
    const struct lb_ndrange grid = lb_ndrange_runs(average->device, average->size);
    const struct lb_ndrange one = LB_NDRANGE(1);
    lb_profile_expect(average->device, 3.0 * n, 12.0 * n);
    LB_TRY(lb_launch(average->device, average->add, grid, LB_ARG(block), LB_ARG(n),
                     LB_ARG(average->mean), LB_ARG(average->count), LB_ARG(skip)));
    return lb_launch(average->device, average->add_to_count, one, LB_ARG(average->count),
                     LB_ARG(skip));
}

enum lb_status lb_average_take(struct lb_average *average, cl_mem block)
{
    const cl_int n = (cl_int)average->size;
    const struct lb_ndrange grid = lb_ndrange_runs(average->device, average->size);
    lb_profile_expect(average->device, 0.0, 8.0 * n);
    return lb_launch(average->device, average->take, grid, LB_ARG(block), LB_ARG(n),
                     LB_ARG(average->mean), LB_ARG(average->count));
}
