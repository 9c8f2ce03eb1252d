#include "optim/clip.h"

#include "device/profile.h"
#include "device/vector.h"

enum lb_status lb_clip_create(struct lb_clip *clip, struct lb_device *device, size_t count,
                              double limit)
{
    const struct lb_span all = {.count = count};
    *clip = (struct lb_clip){.device = device, .count = count, .limit = limit};
    LB_TRY(lb_step_kernel(device, &clip->squares, "clip_squares"));
    LB_TRY(lb_step_kernel(device, &clip->factor, "clip_factor"));
    LB_TRY(lb_step_kernel(device, &clip->scale, "clip_scale"));
    LB_TRY(lb_runs_create(&clip->runs, device, &all, 1));
    const struct lb_ndrange grid = lb_runs_grid(device, &clip->runs);
    LB_TRY(lb_buffer_create(device, &clip->partial, grid.global[0] * sizeof(float),
                            "squares of the gradient"));
    return lb_buffer_create(device, &clip->by, sizeof(float), "squares of the gradient");
}

void lb_clip_destroy(struct lb_clip *clip)
{
    lb_runs_destroy(&clip->runs);
    lb_buffer_release(&clip->partial);
    lb_buffer_release(&clip->by);
}

enum lb_status lb_clip_run(struct lb_clip *clip, const struct lb_gradient *gradient, cl_mem out)
{
    const struct lb_ndrange grid = lb_runs_grid(clip->device, &clip->runs);
    const struct lb_ndrange group = LB_NDRANGE(LB_GROUP);
    const cl_int n = (cl_int)clip->count;
    const cl_int parts = gradient->parts;
    const cl_float limit = (cl_float)clip->limit;
    const double numbers = clip->runs.numbers;
    lb_profile_expect(clip->device, (1.0 + parts) * numbers, 4.0 * (1.0 + parts) * numbers);
    LB_TRY(lb_launch(clip->device, clip->squares, grid, LB_ARG(clip->runs.table),
                     LB_ARG(clip->runs.count), LB_ARG(gradient->mem), LB_ARG(parts), LB_ARG(n),
                     LB_ARG(out), LB_ARG(clip->partial)));
    LB_TRY(lb_launch(clip->device, clip->factor, group, LB_ARG(clip->partial),
                     LB_ARG(clip->runs.count), LB_ARG(limit), LB_ARG(clip->by)));
    lb_profile_expect(clip->device, numbers, 8.0 * numbers);
    return lb_launch(clip->device, clip->scale, grid, LB_ARG(clip->runs.table),
                     LB_ARG(clip->runs.count), LB_ARG(out), LB_ARG(clip->by));
}
