#include "optim/adam.h"

#include <math.h>

#include "device/profile.h"
#include "device/vector.h"

void lb_adam_drop_gradient(struct lb_adam *adam)
{
    lb_buffer_release(&adam->gradient);
}

enum lb_status lb_adam_hold_gradient(struct lb_adam *adam)
{
    const size_t bytes = adam->count * sizeof(float);
    if (adam->gradient != NULL) {
        return LB_OK;
    }
    LB_TRY(lb_buffer_create(adam->device, &adam->gradient, bytes, "gradients"));
    /* Backward passes never write the padding between views */
    return lb_buffer_zero(adam->device, adam->gradient, 0, bytes);
}

enum lb_status lb_adam_create(struct lb_adam *adam, struct lb_device *device, size_t count)
{
    const size_t bytes = count * sizeof(float);
    *adam = (struct lb_adam){.device = device, .count = count};
    enum lb_status status = LB_OK;
    LB_CHECK(lb_adam_hold_gradient(adam));
    LB_CHECK(lb_buffer_create(device, &adam->moment1, bytes, "Adam's first moments"));
    LB_CHECK(lb_buffer_create(device, &adam->moment2, bytes, "Adam's second moments"));
    LB_CHECK(lb_buffer_create(device, &adam->never, sizeof(cl_int), "Adam's flag"));
    LB_CHECK(lb_buffer_zero(device, adam->never, 0, sizeof(cl_int)));
    LB_CHECK(lb_buffer_zero(device, adam->moment1, 0, bytes));
    LB_CHECK(lb_buffer_zero(device, adam->moment2, 0, bytes));
    LB_CHECK(lb_step_kernel(device, &adam->kernel, "adam_update"));
    LB_CHECK(lb_step_kernel(device, &adam->runs_kernel, "adam_update_runs"));
    return LB_OK;
fail:
    lb_adam_destroy(adam);
    return status;
}

void lb_adam_destroy(struct lb_adam *adam)
{
    lb_buffer_release(&adam->gradient);
    lb_buffer_release(&adam->moment1);
    lb_buffer_release(&adam->moment2);
    lb_buffer_release(&adam->never);
}

enum lb_status lb_adam_step(struct lb_adam *adam, cl_mem parameters, long t,
                            const struct lb_adam_params *params)
{
    const cl_int n = (cl_int)adam->count;
    const cl_float beta1 = (cl_float)params->beta1;
    const cl_float one_minus_beta1 = (cl_float)(1.0 - params->beta1);
    const cl_float beta2 = (cl_float)params->beta2;
    const cl_float one_minus_beta2 = (cl_float)(1.0 - params->beta2);
    const cl_float rate = (cl_float)(params->lr / (1.0 - pow(params->beta1, (double)t)));
    const cl_float root = (cl_float)(1.0 / sqrt(1.0 - pow(params->beta2, (double)t)));
    const cl_float epsilon = (cl_float)params->epsilon;
    const cl_float decay = (cl_float)(1.0 - params->lr * params->weight_decay);
    const struct lb_gradient own = {adam->gradient, 1};
    const struct lb_gradient gradient = params->gradient.mem != NULL ? params->gradient : own;
    const cl_int parts = gradient.parts;
    const cl_mem skip = params->skip != NULL ? params->skip : adam->never;
    const struct lb_runs *runs = params->runs;
    const double numbers = runs != NULL ? runs->numbers : (double)adam->count;
    const cl_mem table = runs != NULL ? runs->table : NULL;
    const cl_int count = runs != NULL ? runs->count : 0;
    const struct lb_arg args[] = {
        LB_ARG(parameters),    LB_ARG(gradient.mem),
        LB_ARG(parts),         LB_ARG(adam->moment1),
        LB_ARG(adam->moment2), LB_ARG(n),
        LB_ARG(beta1),         LB_ARG(one_minus_beta1),
        LB_ARG(beta2),         LB_ARG(one_minus_beta2),
        LB_ARG(rate),          LB_ARG(root),
        LB_ARG(epsilon),       LB_ARG(decay),
        LB_ARG(skip),          LB_ARG(table),
        LB_ARG(count),
    };
    const struct lb_ndrange grid = runs != NULL ? lb_runs_grid(adam->device, runs)
                                                : lb_ndrange_runs(adam->device, adam->count);
    lb_profile_expect(adam->device, (13.0 + parts) * numbers, (24.0 + 4.0 * parts) * numbers);
    return lb_launch_args(adam->device, runs != NULL ? adam->runs_kernel : adam->kernel, &grid,
                          args, LB_COUNT(args) - (runs != NULL ? 0 : 2));
}
