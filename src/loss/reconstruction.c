#include "loss/reconstruction.h"

#include "device/vector.h"

enum { GROUPS = 64 }; // of partial sums

enum lb_status lb_squared_error_create(struct lb_squared_error *error, struct lb_device *device)
{
    error->device = device;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_step_kernel(device, &error->gradient, "squared_error"));
    LB_CHECK(lb_step_kernel(device, &error->mean, "mean_terms"));
    LB_CHECK(lb_buffer_create(device, &error->partial, GROUPS * sizeof(cl_float4), "error sums"));
    return LB_OK;
fail:
    lb_squared_error_destroy(error);
    return status;
}

void lb_squared_error_destroy(struct lb_squared_error *error)
{
    lb_buffer_release(&error->partial);
}

enum lb_status lb_squared_error_run(struct lb_squared_error *error, cl_mem out, cl_mem target,
                                    int n, double weight, cl_mem gradient, cl_mem terms, int slot)
{
    const cl_int count = n;
    const cl_float scale = (cl_float)weight;
    const cl_int groups = GROUPS;
    const cl_float divisor = (cl_float)n;
    const cl_int target_slot = slot;
    const struct lb_ndrange grid = LB_NDRANGE(GROUPS * LB_GROUP);
    const struct lb_ndrange one_group = LB_NDRANGE(LB_GROUP);
    LB_TRY(lb_launch(error->device, error->gradient, grid, LB_ARG(out), LB_ARG(target),
                     LB_ARG(count), LB_ARG(scale), LB_ARG(gradient), LB_ARG(error->partial)));
    return lb_launch(error->device, error->mean, one_group, LB_ARG(error->partial), LB_ARG(groups),
                     LB_ARG(divisor), LB_ARG(terms), LB_ARG(target_slot));
}
