#include "loss/reconstruction.h"

#include "device/vector.h"

enum { GROUPS = 64 }; // of partial sums

const struct lb_loss_kind lb_reconstruction_kind = {"reconstruction", 1, {"reconstruction"}};

enum lb_status lb_reconstruction_create(struct lb_reconstruction *reconstruction,
                                        struct lb_device *device, int slots, double weight)
{
    enum lb_status status = LB_OK;
    reconstruction->gradient_scale = 1.0;
    LB_CHECK(lb_loss_create(&reconstruction->loss, device, &lb_reconstruction_kind, slots));
    reconstruction->loss.weight[0] = weight;
    LB_CHECK(lb_step_kernel(device, &reconstruction->gradient, "squared_error"));
    LB_CHECK(lb_step_kernel(device, &reconstruction->mean, "mean_terms"));
    LB_CHECK(lb_buffer_create(device, &reconstruction->partial, GROUPS * sizeof(cl_float4),
                              "error sums"));
    return LB_OK;
fail:
    lb_reconstruction_destroy(reconstruction);
    return status;
}

void lb_reconstruction_destroy(struct lb_reconstruction *reconstruction)
{
    lb_buffer_release(&reconstruction->partial);
    lb_loss_destroy(&reconstruction->loss);
}

enum lb_status lb_reconstruction_run(struct lb_reconstruction *reconstruction, cl_mem out,
                                     cl_mem target, int n, cl_mem gradient, int slot)
{
    const struct lb_loss *loss = &reconstruction->loss;
    const cl_int count = n;
    const cl_float scale = (cl_float)(reconstruction->gradient_scale * loss->weight[0]);
    const cl_int groups = GROUPS;
    const cl_float divisor = (cl_float)n;
    const cl_int target_slot = slot;
    LB_TRY(lb_launch(loss->device, reconstruction->gradient, LB_NDRANGE(GROUPS * LB_GROUP),
                     LB_ARG(out), LB_ARG(target), LB_ARG(count), LB_ARG(scale), LB_ARG(gradient),
                     LB_ARG(reconstruction->partial)));
    return lb_launch(loss->device, reconstruction->mean, LB_NDRANGE(LB_GROUP),
                     LB_ARG(reconstruction->partial), LB_ARG(groups), LB_ARG(divisor),
                     LB_ARG(loss->slots), LB_ARG(target_slot));
}
