#include "nn/gather.h"

#include "device/profile.h"
#include "device/vector.h"

enum lb_status lb_gather_run(struct lb_network *network, const struct lb_gather *gather)
{
    const int *sizes = gather->sizes;
    const int *steps = gather->steps;
    const cl_int offset = (cl_int)gather->offset;
    const cl_int to_offset = (cl_int)gather->to_offset;
    const cl_int rows = sizes[0] * sizes[1] * sizes[2];
    const cl_int n = rows * sizes[3];
    const struct lb_ndrange grid = lb_ndrange_rows(network->device, (size_t)rows, (size_t)sizes[3]);
    lb_profile_expect(network->device, 0.0, 2.0 * sizeof(float) * n);
    return lb_launch(network->device, network->gather, grid, LB_ARG(gather->from), LB_ARG(offset),
                     LB_ARG(steps[0]), LB_ARG(steps[1]), LB_ARG(steps[2]), LB_ARG(steps[3]),
                     LB_ARG(gather->to), LB_ARG(to_offset), LB_ARG(n), LB_ARG(sizes[1]),
                     LB_ARG(sizes[2]), LB_ARG(sizes[3]));
}
