#include "nn/convolution.h"

#include "nn/network.h"

int lb_convolution_patch(const struct lb_convolution *convolution)
{
    return convolution->kernel * convolution->kernel * convolution->image.channels;
}

enum lb_status lb_convolution_run(struct lb_network *network,
                                  const struct lb_convolution *convolution, int rows, cl_mem image,
                                  cl_mem map, float beta, const struct lb_epilogue *epilogue)
{
    (void)convolution, (void)rows, (void)image, (void)map, (void)beta, (void)epilogue;
    return lb_fail(network->device->ctx, LB_ERR_UNSUPPORTED, "not yet");
}

enum lb_status lb_convolution_adjoint(struct lb_network *network,
                                      const struct lb_convolution *convolution, int rows,
                                      cl_mem map, cl_mem image, float beta,
                                      const struct lb_epilogue *epilogue)
{
    (void)convolution, (void)rows, (void)image, (void)map, (void)beta, (void)epilogue;
    return lb_fail(network->device->ctx, LB_ERR_UNSUPPORTED, "not yet");
}

enum lb_status lb_convolution_weights(struct lb_network *network,
                                      const struct lb_convolution *convolution, int rows,
                                      cl_mem image, cl_mem map, cl_mem gradient)
{
    (void)convolution, (void)rows, (void)image, (void)map, (void)gradient;
    return lb_fail(network->device->ctx, LB_ERR_UNSUPPORTED, "not yet");
}

enum lb_status lb_convolution_bias(struct lb_network *network, int rows, int columns, cl_mem x,
                                   cl_mem gradient, size_t offset)
{
    (void)rows, (void)columns, (void)x, (void)gradient, (void)offset;
    return lb_fail(network->device->ctx, LB_ERR_UNSUPPORTED, "not yet");
}
