#include "nn/activations.h"

#include <stdlib.h>

static const double most_numbers = 1 << 24;

int lb_activations_rows(const struct lb_layer_list *layers, int most)
{
    double row = lb_shape_size(layers->input);
    for (int k = 0; k < layers->count; k++) {
        row += lb_shape_size(layers->layer[k].out);
    }
    const double rows = most_numbers / row;
    return rows >= most ? most : rows < 1.0 ? 1 : (int)rows;
}

enum lb_status lb_activations_create(struct lb_activations **out, struct lb_device *device,
                                     const struct lb_layer_list *layers, int rows, bool training)
{
    *out = NULL;
    struct lb_activations *activations = calloc(1, sizeof *activations);
    if (activations == NULL) {
        return lb_fail_memory(device->ctx, "activations");
    }
    activations->rows = rows;
    activations->layers = layers->count;
    enum lb_status status = LB_OK;
    for (int k = 0; k < activations->layers; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        const size_t bytes = (size_t)rows * (size_t)lb_shape_size(layer->out) * sizeof(float);
        LB_CHECK(lb_buffer_create(device, &activations->output[k], bytes, "activations"));
        if (training) {
            LB_CHECK(
                lb_buffer_create(device, &activations->gradient[k], bytes, "activation gradients"));
            if (lb_layer_has_slope(layer)) {
                LB_CHECK(
                    lb_buffer_create(device, &activations->slope[k], bytes, "activation slopes"));
            }
        }
    }
    *out = activations;
    return LB_OK;
fail:
    lb_activations_destroy(&activations);
    return status;
}

void lb_activations_destroy(struct lb_activations **activations)
{
    if (activations == NULL || *activations == NULL) {
        return;
    }
    lb_buffer_release(&(*activations)->input);
    for (int k = 0; k < (*activations)->layers; k++) {
        lb_buffer_release(&(*activations)->output[k]);
        lb_buffer_release(&(*activations)->slope[k]);
        lb_buffer_release(&(*activations)->gradient[k]);
    }
    free(*activations);
    *activations = NULL;
}
