/* Forward and backward passes over a batch. */
#include <assert.h>
#include <stdlib.h>

#include "device/profile.h"
#include "device/vector.h"
#include "nn/activation.h"
#include "nn/network.h"

static struct lb_matrix whole(cl_mem mem, int columns)
{
    return (struct lb_matrix){mem, 0, (size_t)columns};
}

static bool normalises(const struct lb_network *network)
{
    return network->normalisation.channels > 0;
}

enum lb_status lb_network_normalise(struct lb_network *network, struct lb_activations *activations,
                                    struct lb_matrix input, int rows, struct lb_matrix *seen)
{
    struct lb_device *device = network->device;
    const int inputs = lb_network_inputs(network);
    *seen = input;
    if (!normalises(network)) {
        return LB_OK;
    }
    assert(input.offset == 0 && input.stride == (size_t)inputs);
    if (activations->input == NULL) {
        LB_TRY(lb_buffer_create(device, &activations->input,
                                (size_t)activations->rows * (size_t)inputs * sizeof(float),
                                "normalised images"));
    }
    *seen = whole(activations->input, inputs);
    return lb_normalisation_run(&network->normalisation, device, input.mem, rows, inputs,
                                activations->input);
}

/* Inputs and outputs of the forward pass of layer k. */
static struct lb_layer_pass pass_of(const struct lb_network *network,
                                    const struct lb_activations *activations,
                                    struct lb_matrix input, int rows, int k)
{
    const struct lb_matrix first =
        normalises(network) ? whole(activations->input, lb_network_inputs(network)) : input;
    return (struct lb_layer_pass){
        .rows = rows,
        .input =
            k == 0 ? first
                   : whole(activations->output[k - 1], lb_shape_size(network->layers.layer[k].in)),
        .output = activations->output[k],
        .slope = activations->slope[k],
    };
}

/* The last layer of a network with a mean image: Y = act(Z + mean), where the layer itself outputs
 * Z. */
static enum lb_status forward_to_mean(struct lb_network *network, const struct lb_layer *layer,
                                      const struct lb_layer_pass *pass)
{
    const int outputs = lb_shape_size(layer->out);
    struct lb_layer linear = *layer;
    struct lb_layer_pass plain = *pass;
    linear.activation = LB_LINEAR;
    plain.slope = NULL;
    const struct lb_epilogue epilogue = {
        .kind = LB_EPILOGUE_ACTIVATE,
        .function = lb_activation_row(layer->activation)->function,
        .bias = network->output_mean,
        .slope = whole(pass->slope, outputs),
    };
    LB_TRY(layer->kind->forward(network, &linear, &plain));
    return lb_gemm_finish(network->gemm, pass->rows, outputs, whole(pass->output, outputs),
                          &epilogue);
}

/* Whether layer k can also compute the following pool: nothing else uses its own output. */
static bool is_pooled(struct lb_network *network, int k, const struct lb_layer_pass *pass)
{
    const struct lb_layer *layer = &network->layers.layer[k];
    return k + 1 < network->layers.count && layer[1].kind == &lb_layer_pool &&
           layer->kind->pools != NULL && layer->kind->pools(network, layer, pass);
}

enum lb_status lb_network_forward(struct lb_network *network, struct lb_activations *activations,
                                  struct lb_matrix input, int rows)
{
    assert(!lb_layer_list_has_images(&network->layers) ||
           (input.offset == 0 && input.stride == (size_t)lb_network_inputs(network)));
    int first = 0;
    if (normalises(network) && network->layers.layer[0].kind == &lb_layer_pool) {
        LB_TRY(lb_normalisation_pool(&network->normalisation, network->device, input.mem, rows,
                                     network->layers.input, activations->output[0]));
        first = 1;
    } else {
        struct lb_matrix seen; // for the first layer; pass_of() sets it
        LB_TRY(lb_network_normalise(network, activations, input, rows, &seen));
    }
    for (int k = first; k < network->layers.count; k++) {
        const struct lb_layer *layer = &network->layers.layer[k];
        struct lb_layer_pass pass = pass_of(network, activations, input, rows, k);
        const bool to_mean = network->output_mean != NULL && k == network->layers.count - 1;
        if (is_pooled(network, k, &pass)) {
            pass.pooled = activations->output[++k];
        }
        LB_TRY(to_mean ? forward_to_mean(network, layer, &pass)
                       : layer->kind->forward(network, layer, &pass));
    }
    return LB_OK;
}

enum lb_status lb_network_backward(struct lb_network *network, struct lb_activations *activations,
                                   struct lb_matrix input, int rows, cl_mem gradient,
                                   struct lb_input_gradient input_gradient)
{
    const int last = network->layers.count - 1;
    assert(input_gradient.mem == NULL || !normalises(network));
    if (activations->slope[last] != NULL) {
        const cl_int n = rows * lb_network_outputs(network);
        LB_TRY(lb_launch(network->device, network->scale_by, LB_NDRANGE(n),
                         LB_ARG(activations->gradient[last]), LB_ARG(activations->slope[last]),
                         LB_ARG(n)));
    }
    for (int k = last; k >= 0; k--) {
        const struct lb_layer *layer = &network->layers.layer[k];
        const bool dinput =
            lb_layer_list_needs_dinput(&network->layers, k, input_gradient.mem != NULL);
        struct lb_layer_pass pass = pass_of(network, activations, input, rows, k);
        pass.dz = activations->gradient[k];
        pass.gradient = gradient;
        if (!dinput && layer->number < 0) {
            break; // no trainable layer below either
        }
        if (k > 0) {
            pass.dinput = dinput ? activations->gradient[k - 1] : NULL;
            pass.input_slope = activations->slope[k - 1];
        } else {
            pass.dinput = input_gradient.mem;
            pass.accumulate = input_gradient.accumulate;
        }
        LB_TRY(layer->kind->backward(network, layer, &pass));
    }
    return LB_OK;
}

enum lb_status lb_network_apply(struct lb_network *network, const float *in, size_t n, float *out)
{
    enum { BATCH = 256 };
    struct lb_device *device = network->device;
    const size_t batch = (size_t)lb_activations_rows(&network->layers, BATCH);
    const size_t inputs = (size_t)lb_network_inputs(network);
    const size_t outputs = (size_t)lb_network_outputs(network);
    if (network->apply_activations == NULL) {
        LB_TRY(lb_activations_create(&network->apply_activations, device, &network->layers,
                                     (int)batch, false));
    }
    cl_mem input = NULL;
    LB_TRY(lb_buffer_create(device, &input, batch * inputs * sizeof(float), "network input"));
    enum lb_status status = LB_OK;
    for (size_t start = 0; start < n; start += batch) {
        const size_t rows = n - start < batch ? n - start : batch;
        LB_CHECK(
            lb_buffer_write(device, input, 0, in + start * inputs, rows * inputs * sizeof(float)));
        LB_CHECK(lb_network_forward(network, network->apply_activations, whole(input, (int)inputs),
                                    (int)rows));
        LB_CHECK(lb_buffer_read(device, lb_activations_output(network->apply_activations), 0,
                                out + start * outputs, rows * outputs * sizeof(float)));
    }
fail:
    lb_buffer_release(&input);
    return status;
}
