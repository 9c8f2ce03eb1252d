#include "loss/isometry.h"

#include <math.h>

#include <lowbend/energy.h>

#include "device/vector.h"

const struct lb_loss_kind lb_isometry_kind = {"isometry", 2, {"distortion", "bending"}};

enum lb_status lb_isometry_create(struct lb_isometry *isometry, struct lb_device *device, int pairs,
                                  int slots, double lambda, double c)
{
    const size_t groups = ((size_t)pairs + LB_GROUP - 1) / LB_GROUP;
    enum lb_status status = LB_OK;
    isometry->c = c;
    LB_CHECK(lb_loss_create(&isometry->loss, device, &lb_isometry_kind, slots));
    isometry->loss.weight[1] = lambda;
    LB_CHECK(lb_step_kernel(device, &isometry->pair_gradient, "loss_gradient"));
    LB_CHECK(lb_step_kernel(device, &isometry->chain_gradient, "chain_gradient"));
    LB_CHECK(lb_step_kernel(device, &isometry->mean, "mean_terms"));
    LB_CHECK(lb_buffer_create(device, &isometry->partial, groups * sizeof(cl_float4), "loss sums"));
    return LB_OK;
fail:
    lb_isometry_destroy(isometry);
    return status;
}

void lb_isometry_destroy(struct lb_isometry *isometry)
{
    lb_buffer_release(&isometry->partial);
    lb_loss_destroy(&isometry->loss);
}

static enum lb_status run(struct lb_isometry *isometry, cl_kernel gradient, cl_mem latent,
                          cl_mem distance, int n, int l, cl_mem latent_gradient, int slot)
{
    struct lb_device *device = isometry->loss.device;
    const cl_int items = n;
    const cl_int dimension = l;
    const cl_float weight = (cl_float)isometry->loss.weight[1];
    const cl_float c_squared = (cl_float)(isometry->c * isometry->c);
    const cl_float least = (cl_float)LB_ISOMETRY_FLOOR;
    const cl_int groups = (n + LB_GROUP - 1) / LB_GROUP;
    const cl_float count = (cl_float)n;
    const cl_int target = slot;
    LB_TRY(lb_launch(device, gradient, LB_NDRANGE(n), LB_ARG(latent), LB_ARG(distance),
                     LB_ARG(items), LB_ARG(dimension), LB_ARG(weight), LB_ARG(c_squared),
                     LB_ARG(least), LB_ARG(latent_gradient), LB_ARG(isometry->partial)));
    return lb_launch(device, isometry->mean, LB_NDRANGE(LB_GROUP), LB_ARG(isometry->partial),
                     LB_ARG(groups), LB_ARG(count), LB_ARG(isometry->loss.slots), LB_ARG(target));
}

enum lb_status lb_isometry_run(struct lb_isometry *isometry, cl_mem latent, cl_mem distance, int n,
                               int l, cl_mem latent_gradient, int slot)
{
    return run(isometry, isometry->pair_gradient, latent, distance, n, l, latent_gradient, slot);
}

enum lb_status lb_isometry_run_chains(struct lb_isometry *isometry, cl_mem latent, cl_mem distance,
                                      int n, int l, cl_mem latent_gradient, int slot)
{
    return run(isometry, isometry->chain_gradient, latent, distance, n, l, latent_gradient, slot);
}

double lb_isometry_gamma(double first_squared, double c)
{
    return lb_gamma(fmax(first_squared, LB_ISOMETRY_FLOOR), c);
}
