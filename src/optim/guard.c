#include "optim/guard.h"

#include "device/vector.h"

enum lb_status lb_guard_create(struct lb_guard *guard, struct lb_device *device)
{
    guard->device = device;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_step_kernel(device, &guard->loss, "guard_loss"));
    LB_CHECK(lb_step_kernel(device, &guard->gradient, "guard_gradient"));
    LB_CHECK(lb_step_kernel(device, &guard->count, "guard_count"));
    LB_CHECK(lb_buffer_create(device, &guard->flags, 2 * sizeof(cl_int), "count of skipped steps"));
    LB_CHECK(lb_guard_write(guard, 0));
    return LB_OK;
fail:
    lb_guard_destroy(guard);
    return status;
}

void lb_guard_destroy(struct lb_guard *guard)
{
    lb_buffer_release(&guard->flags);
}

enum lb_status lb_guard_losses(struct lb_guard *guard, const struct lb_loss *const *losses, int n,
                               int slot)
{
    const struct lb_ndrange one = LB_NDRANGE(1);
    const cl_int at = slot;
    for (int i = 0; i < n; i++) {
        const cl_int terms = losses[i]->kind->terms;
        const cl_int opens = i == 0;
        LB_TRY(lb_loss_complete(losses[i]));
        LB_TRY(lb_launch(guard->device, guard->loss, one, LB_ARG(losses[i]->slots), LB_ARG(at),
                         LB_ARG(terms), LB_ARG(opens), LB_ARG(guard->flags)));
    }
    return LB_OK;
}

enum lb_status lb_guard_gradient(struct lb_guard *guard, cl_mem gradient, size_t n)
{
    const cl_int count = (cl_int)n;
    const struct lb_ndrange grid = lb_ndrange_runs(guard->device, n);
    return lb_launch(guard->device, guard->gradient, grid, LB_ARG(gradient), LB_ARG(count),
                     LB_ARG(guard->flags));
}

enum lb_status lb_guard_count(struct lb_guard *guard)
{
    const struct lb_ndrange grid = LB_NDRANGE(1);
    return lb_launch(guard->device, guard->count, grid, LB_ARG(guard->flags));
}

enum lb_status lb_guard_read(struct lb_guard *guard, int *count)
{
    cl_int flags[2] = {0, 0};
    LB_TRY(lb_buffer_read(guard->device, guard->flags, 0, flags, sizeof flags));
    *count = flags[1];
    return LB_OK;
}

enum lb_status lb_guard_write(struct lb_guard *guard, int count)
{
    const cl_int flags[2] = {0, count};
    return lb_buffer_write(guard->device, guard->flags, 0, flags, sizeof flags);
}
