/* Tables of runs, with which kernels walk parts of a parameter block (cl/lib/runs.cl). */
#ifndef LB_OPTIM_RUNS_H
#define LB_OPTIM_RUNS_H

#include "device/device.h"

/** Numbers of a block that belong together. */
struct lb_span {
    size_t first;
    size_t count;
    size_t other; ///< where the first of them is in the buffers that hold such spans alone
    int index;    ///< of what they are
};

struct lb_runs {
    cl_mem table; ///< int4 (count)
    cl_int count;
    double numbers; ///< of all runs together
};

/** Divides the spans. Starts as {0}; the caller destroys it. */
enum lb_status lb_runs_create(struct lb_runs *runs, struct lb_device *device,
                              const struct lb_span *spans, size_t n);
void lb_runs_destroy(struct lb_runs *runs);

/** The grid of a kernel that walks them. */
struct lb_ndrange lb_runs_grid(const struct lb_device *device, const struct lb_runs *runs);

#endif
