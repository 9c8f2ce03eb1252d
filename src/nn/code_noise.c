#include "nn/code_noise.h"

#include "base/philox.h"
#include "device/vector.h"

enum lb_status lb_code_noise_add_part(struct lb_device *device, cl_mem codes, size_t at,
                                      size_t first, size_t n, double sigma, uint64_t seed,
                                      uint32_t step)
{
    const cl_int stands = (cl_int)at;
    const cl_int place = (cl_int)first;
    const cl_int count = (cl_int)n;
    const cl_float deviation = (cl_float)sigma;
    const cl_ulong key = seed;
    const cl_uint stream = LB_STREAM_CODE_NOISE;
    const cl_uint iteration = step;
    const cl_int run = 4;
    const size_t skipped = first / (size_t)run;
    const size_t end = (first + n + (size_t)run - 1) / (size_t)run;
    const struct lb_ndrange grid = LB_NDRANGE(end - skipped);
    cl_kernel kernel;
    LB_TRY(lb_step_kernel(device, &kernel, "add_code_noise"));
    return lb_launch(device, kernel, grid, LB_ARG(codes), LB_ARG(stands), LB_ARG(place),
                     LB_ARG(count), LB_ARG(deviation), LB_ARG(key), LB_ARG(stream),
                     LB_ARG(iteration), LB_ARG(run));
}

enum lb_status lb_code_noise_add(struct lb_device *device, cl_mem codes, size_t n, double sigma,
                                 uint64_t seed, uint32_t step)
{
    return lb_code_noise_add_part(device, codes, 0, 0, n, sigma, seed, step);
}
