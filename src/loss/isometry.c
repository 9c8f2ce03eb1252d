#include "loss/isometry.h"

#include <math.h>

#include <lowbend/energy.h>

#include "device/vector.h"

static const double smallest_square = 1e-12; // FLOOR of pair_loss.cl

enum lb_status lb_loss_create(struct lb_loss *loss, struct lb_device *device, int pairs)
{
    const size_t groups = ((size_t)pairs + LB_GROUP - 1) / LB_GROUP;
    loss->device = device;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_step_kernel(device, &loss->gradient, "loss_gradient"));
    LB_CHECK(lb_step_kernel(device, &loss->mean, "mean_terms"));
    LB_CHECK(lb_buffer_create(device, &loss->partial, groups * sizeof(cl_float4), "loss sums"));
    return LB_OK;
fail:
    lb_loss_destroy(loss);
    return status;
}

void lb_loss_destroy(struct lb_loss *loss)
{
    lb_buffer_release(&loss->partial);
}

enum lb_status lb_loss_run(struct lb_loss *loss, cl_mem latent, cl_mem distance, int n, int l,
                           double lambda, double c, cl_mem latent_gradient, cl_mem terms, int slot)
{
    const cl_int pairs = n;
    const cl_int dimension = l;
    const cl_float weight = (cl_float)lambda;
    const cl_float c_squared = (cl_float)(c * c);
    const cl_int groups = (n + LB_GROUP - 1) / LB_GROUP;
    const cl_float count = (cl_float)n;
    const cl_int target = slot;
    const struct lb_ndrange one_group = LB_NDRANGE(LB_GROUP);
    LB_TRY(lb_launch(loss->device, loss->gradient, LB_NDRANGE(n), LB_ARG(latent), LB_ARG(distance),
                     LB_ARG(pairs), LB_ARG(dimension), LB_ARG(weight), LB_ARG(c_squared),
                     LB_ARG(latent_gradient), LB_ARG(loss->partial)));
    return lb_launch(loss->device, loss->mean, one_group, LB_ARG(loss->partial), LB_ARG(groups),
                     LB_ARG(count), LB_ARG(terms), LB_ARG(target));
}

double lb_loss_gamma(double first_squared, double c)
{
    return lb_gamma(fmax(first_squared, smallest_square), c);
}
