#include "loss/cross.h"

#include <float.h>
#include <math.h>

#include "device/vector.h"
#include "loss/isometry.h"

const struct lb_loss_kind lb_cross_kind = {"cross pairs", 1, {"cross"}};

double lb_cross_bytes(int points)
{
    return sizeof(float) * (double)points * (double)points;
}

enum lb_status lb_cross_create(struct lb_cross *cross, struct lb_device *device, int points,
                               int slots, const struct lb_cross_params *params)
{
    enum lb_status status = LB_OK;
    cross->points = points;
    cross->params = *params;
    cross->gradient_scale = 1.0;
    LB_CHECK(lb_loss_create(&cross->loss, device, &lb_cross_kind, slots));
    cross->loss.weight[0] = params->weight;
    cross->loss.fall = params->fall;
    LB_CHECK(lb_step_kernel(device, &cross->pairs, "cross_pairs"));
    LB_CHECK(lb_step_kernel(device, &cross->mean, "cross_mean"));
    LB_CHECK(lb_step_kernel(device, &cross->gradient, "cross_gradient"));
    LB_CHECK(lb_cross_hold_buffers(cross));
    return LB_OK;
fail:
    lb_cross_destroy(cross);
    return status;
}

void lb_cross_destroy(struct lb_cross *cross)
{
    lb_cross_drop_buffers(cross);
    lb_loss_destroy(&cross->loss);
}

void lb_cross_drop_buffers(struct lb_cross *cross)
{
    lb_buffer_release(&cross->distance);
    lb_buffer_release(&cross->partial);
}

enum lb_status lb_cross_hold_buffers(struct lb_cross *cross)
{
    struct lb_device *device = cross->loss.device;
    const size_t n = (size_t)cross->points;
    if (cross->distance != NULL) {
        return LB_OK;
    }
    LB_TRY(lb_buffer_create(device, &cross->distance, n * n * sizeof(float),
                            "distances of cross pairs"));
    return lb_buffer_create(device, &cross->partial, n * sizeof(cl_float4), "loss sums");
}

enum lb_status lb_cross_run(struct lb_cross *cross, cl_mem latent, int n, int l,
                            cl_mem latent_gradient, int step, int slot)
{
    struct lb_device *device = cross->loss.device;
    const struct lb_cross_params *params = &cross->params;
    const cl_int points = n;
    const cl_int dimension = l;
    const cl_float nearest = (cl_float)params->nearest;
    const cl_float farthest = (cl_float)fmin(params->farthest, (double)FLT_MAX);
    const cl_float c_squared = (cl_float)(params->c * params->c);
    const cl_float least = (cl_float)LB_ISOMETRY_FLOOR;
    const cl_float weight =
        (cl_float)(cross->gradient_scale * lb_loss_weight(&cross->loss, 0, step));
    const cl_int target = slot;
    LB_TRY(lb_launch(device, cross->pairs, LB_NDRANGE((size_t)n * LB_GROUP), LB_ARG(latent),
                     LB_ARG(points), LB_ARG(dimension), LB_ARG(nearest), LB_ARG(farthest),
                     LB_ARG(c_squared), LB_ARG(least), LB_ARG(cross->distance),
                     LB_ARG(cross->partial)));
    LB_TRY(lb_launch(device, cross->mean, LB_NDRANGE(LB_GROUP), LB_ARG(cross->partial),
                     LB_ARG(points), LB_ARG(cross->loss.slots), LB_ARG(target)));
    return lb_launch(device, cross->gradient, LB_NDRANGE((size_t)n * (size_t)l), LB_ARG(latent),
                     LB_ARG(points), LB_ARG(dimension), LB_ARG(cross->distance),
                     LB_ARG(cross->loss.slots), LB_ARG(target), LB_ARG(weight),
                     LB_ARG(latent_gradient));
}
