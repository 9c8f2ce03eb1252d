/* Gradient clipping by norm, on the device. */
#ifndef LB_OPTIM_CLIP_H
#define LB_OPTIM_CLIP_H

#include "optim/gradient.h"
#include "optim/runs.h"

struct lb_clip {
    struct lb_device *device;
    size_t count;
    double limit;
    cl_kernel squares;
    cl_kernel factor;
    cl_kernel scale;
    struct lb_runs runs;
    cl_mem partial;
    cl_mem by; ///< float: factor applied to the last gradient
};

/** For gradients of `count` numbers. Initialise with {0}; the caller destroys it, also on
 * failure. */
enum lb_status lb_clip_create(struct lb_clip *clip, struct lb_device *device, size_t count,
                              double limit);
void lb_clip_destroy(struct lb_clip *clip);

/** Enqueues: `out` (count), which may be the gradient's buffer, receives the sum of the gradient's
 * parts, scaled down if its norm exceeds the limit. */
enum lb_status lb_clip_run(struct lb_clip *clip, const struct lb_gradient *gradient, cl_mem out);

#endif
