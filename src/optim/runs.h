/* Tables of runs: how kernels traverse parts of a parameter block (cl/lib/runs.cl). */
#ifndef LB_OPTIM_RUNS_H
#define LB_OPTIM_RUNS_H

#include "device/device.h"

/** Contiguous numbers of a block. */
struct lb_span {
    size_t first;
    size_t count;
    size_t other; ///< position of the first one in buffers that hold only such spans
    int index;    ///< index of the object they belong to
};

struct lb_runs {
    cl_mem table; ///< int4 (count)
    cl_int count;
    double numbers; ///< in all runs together
};

/** Divides the spans into runs. Initialise with {0}; the caller destroys it. */
enum lb_status lb_runs_create(struct lb_runs *runs, struct lb_device *device,
                              const struct lb_span *spans, size_t n);
void lb_runs_destroy(struct lb_runs *runs);

/** Grid of a kernel that traverses the runs. */
struct lb_ndrange lb_runs_grid(const struct lb_device *device, const struct lb_runs *runs);

#endif
