#include "nn/code_noise.h"

#include "base/philox.h"
#include "device/vector.h"

enum lb_status lb_code_noise_add(struct lb_device *device, cl_mem codes, size_t n, double sigma,
                                 uint64_t seed, uint32_t step)
{
    const cl_int count = (cl_int)n;
    const cl_float deviation = (cl_float)sigma;
    const cl_ulong key = seed;
    const cl_uint stream = LB_STREAM_CODE_NOISE;
    const cl_uint iteration = step;
    const cl_int run = 4;
    const struct lb_ndrange grid = LB_NDRANGE((n + (size_t)run - 1) / (size_t)run);
    cl_kernel kernel;
    LB_TRY(lb_step_kernel(device, &kernel, "add_code_noise"));
    return lb_launch(device, kernel, grid, LB_ARG(codes), LB_ARG(count), LB_ARG(deviation),
                     LB_ARG(key), LB_ARG(stream), LB_ARG(iteration), LB_ARG(run));
}
