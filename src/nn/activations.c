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

/* The shared buffer of each output, and in sizes the numbers per row that each must hold. Layer k
 * reads the output of k - 1 and writes its own; a pool may be computed by the convolution before
 * it, and so must not overwrite the input of that. */
static void share_outputs(const struct lb_layer_list *layers, int of[LB_NETWORK_MAX_LAYERS],
                          size_t sizes[LB_ACTIVATIONS_SHARED])
{
    for (int i = 0; i < LB_ACTIVATIONS_SHARED; i++) {
        sizes[i] = 0;
    }
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        const int input = k > 0 ? of[k - 1] : -1;
        const int before = k > 1 && layer->kind == &lb_layer_pool ? of[k - 2] : -1;
        int i = 0;
        while (i == input || i == before) {
            i++;
        }
        const size_t size = (size_t)lb_shape_size(layer->out);
        sizes[i] = size > sizes[i] ? size : sizes[i];
        of[k] = i;
    }
}

static enum lb_status create_shared(struct lb_activations *activations, struct lb_device *device,
                                    const struct lb_layer_list *layers)
{
    int of[LB_NETWORK_MAX_LAYERS];
    size_t sizes[LB_ACTIVATIONS_SHARED];
    share_outputs(layers, of, sizes);
    for (int i = 0; i < LB_ACTIVATIONS_SHARED; i++) {
        if (sizes[i] > 0) {
            LB_TRY(lb_buffer_create(device, &activations->shared[i],
                                    (size_t)activations->rows * sizes[i] * sizeof(float),
                                    "activations"));
        }
    }
    for (int k = 0; k < layers->count; k++) {
        activations->output[k] = activations->shared[of[k]];
    }
    return LB_OK;
}

static enum lb_status create_kept(struct lb_activations *activations, struct lb_device *device,
                                  const struct lb_layer_list *layers)
{
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        const size_t bytes =
            (size_t)activations->rows * (size_t)lb_shape_size(layer->out) * sizeof(float);
        LB_TRY(lb_buffer_create(device, &activations->output[k], bytes, "activations"));
        LB_TRY(lb_buffer_create(device, &activations->gradient[k], bytes, "activation gradients"));
        if (lb_layer_has_slope(layer)) {
            LB_TRY(lb_buffer_create(device, &activations->slope[k], bytes, "activation slopes"));
        }
    }
    return LB_OK;
}

double lb_activations_bytes(const struct lb_layer_list *layers, int rows, bool training,
                            double *largest)
{
    const double row = (double)rows * sizeof(float);
    double sum = 0.0;
    double most = 0.0;
    int of[LB_NETWORK_MAX_LAYERS];
    size_t sizes[LB_ACTIVATIONS_SHARED];
    share_outputs(layers, of, sizes);
    for (int i = 0; i < LB_ACTIVATIONS_SHARED && !training; i++) {
        sum += row * (double)sizes[i];
    }
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        const double size = row * lb_shape_size(layer->out);
        most = size > most ? size : most;
        sum += training ? layer->kind->bytes(layer, rows) : 0.0;
    }
    *largest = most;
    return sum;
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
    const enum lb_status status =
        (training ? create_kept : create_shared)(activations, device, layers);
    if (status != LB_OK) {
        lb_activations_destroy(&activations);
    }
    *out = activations;
    return status;
}

void lb_activations_destroy(struct lb_activations **activations)
{
    if (activations == NULL || *activations == NULL) {
        return;
    }
    lb_buffer_release(&(*activations)->input);
    bool shares = false;
    for (int i = 0; i < LB_ACTIVATIONS_SHARED; i++) {
        shares = shares || (*activations)->shared[i] != NULL;
        lb_buffer_release(&(*activations)->shared[i]);
    }
    for (int k = 0; k < (*activations)->layers; k++) {
        if (!shares) {
            lb_buffer_release(&(*activations)->output[k]);
        }
        lb_buffer_release(&(*activations)->slope[k]);
        lb_buffer_release(&(*activations)->gradient[k]);
    }
    free(*activations);
    *activations = NULL;
}
