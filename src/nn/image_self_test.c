/* Self-test of passes through a network with every kind of image layer, against loops in double
 * precision. */
#include <stdlib.h>

#include "gemm/gemm_self_test.h"
#include "nn/activation.h"
#include "nn/network.h"
#include "nn/network_self_test.h"

enum { ROWS = 3, LAYERS = 5, NUMBERS = 160, PARAMETERS = 2304 };

static const double tolerance = 3e-5; // relative to the largest number; a few hundred roundings

struct passes {
    struct lb_layer_list layers;
    float input[ROWS * NUMBERS];
    float parameters[PARAMETERS];
    float cotangent[ROWS * NUMBERS]; ///< dL/d output
    double y[LAYERS + 1][NUMBERS];   ///< one row: the input, and the output of each layer
    double dy[LAYERS + 1][NUMBERS];  ///< dL/dy
    double slope[LAYERS][NUMBERS];
    double output[ROWS * NUMBERS];
    double dinput[ROWS * NUMBERS];
    double gradient[PARAMETERS];
    float got[PARAMETERS];
};

static enum lb_status make_layers(struct lb_layer_list *layers, struct lb_context *ctx,
                                  enum lb_activation activation)
{
    const struct lb_layer list[LAYERS] = {
        {.kind = &lb_layer_conv, .out = {.channels = 17}, .kernel = 3, .stride = 2, .padding = 1},
        {.kind = &lb_layer_deconv, .out = {.channels = 5}, .kernel = 4, .stride = 2, .padding = 1},
        {.kind = &lb_layer_conv, .out = {.channels = 6}, .kernel = 3, .stride = 1, .padding = 1},
        {.kind = &lb_layer_pool}, // computed by the previous product if the back end supports it
        {.kind = &lb_layer_up},
    };
    *layers = lb_layer_list((struct lb_shape){6, 4, 3});
    for (int k = 0; k < LAYERS; k++) {
        struct lb_layer layer = list[k];
        layer.activation = layer.kind->activates ? activation : LB_LINEAR;
        LB_TRY(lb_layer_list_add(layers, ctx, &layer));
    }
    return LB_OK;
}

/*
 * Every layer connects pixel (i, j) of a small image with pixels (s i + u - p, s j + v - p) of a
 * large one: conv and pool go from large to small, deconv and up the other way. Adds a row's
 * contribution from X to Z, or in a backward pass from dL/dZ to dL/dX and the gradient.
 */
static void add_row(struct passes *p, int k, bool backward)
{
    const struct lb_layer *layer = &p->layers.layer[k];
    const bool down = layer->kind == &lb_layer_conv || layer->kind == &lb_layer_pool;
    const bool weighted = layer->number >= 0;
    const struct lb_shape large = down ? layer->in : layer->out;
    const struct lb_shape small = down ? layer->out : layer->in;
    const int kernel = weighted ? layer->kernel : 2;
    const int stride = weighted ? layer->stride : 2;
    const int places = small.height * small.width * kernel * kernel;
    for (int place = 0; place < places; place++) {
        const int tap = place % (kernel * kernel);
        const int pixel = place / (kernel * kernel);
        const int y = stride * (pixel / small.width) + tap / kernel - layer->padding;
        const int x = stride * (pixel % small.width) + tap % kernel - layer->padding;
        if (y < 0 || y >= large.height || x < 0 || x >= large.width) {
            continue;
        }
        for (int both = 0; both < large.channels * small.channels; both++) {
            const int c = both / small.channels;
            const int o = both % small.channels;
            const int at_large = (y * large.width + x) * large.channels + c;
            const int at_small = pixel * small.channels + o;
            const int in = down ? at_large : at_small;
            const int out = down ? at_small : at_large;
            const int row = down ? tap * large.channels + c : o * kernel * kernel + tap;
            const size_t weight =
                layer->weight + (size_t)(row * layer->out.channels + (down ? o : c));
            const double factor = weighted ? (double)p->parameters[weight]
                                  : c != o ? 0.0
                                  : down   ? 0.25
                                           : 1.0;
            if (!backward) {
                p->y[k + 1][out] += factor * p->y[k][in];
            } else {
                p->dy[k][in] += factor * p->dy[k + 1][out];
            }
            if (backward && weighted) {
                p->gradient[weight] += p->y[k][in] * p->dy[k + 1][out];
            }
        }
    }
}

static void forward_layer(struct passes *p, int k)
{
    const struct lb_layer *layer = &p->layers.layer[k];
    const struct lb_elementwise *function = lb_activation_row(layer->activation)->function;
    const int n = lb_shape_size(layer->out);
    for (int j = 0; j < n; j++) {
        const size_t bias = layer->bias + (size_t)(j % layer->out.channels);
        p->y[k + 1][j] = layer->number >= 0 ? (double)p->parameters[bias] : 0.0;
    }
    add_row(p, k, false);
    for (int j = 0; j < n; j++) {
        p->y[k + 1][j] = function->value(p->y[k + 1][j], &p->slope[k][j]);
    }
}

static void backward_layer(struct passes *p, int k)
{
    const struct lb_layer *layer = &p->layers.layer[k];
    for (int j = 0; j < lb_shape_size(layer->out); j++) {
        p->dy[k + 1][j] *= p->slope[k][j];
        if (layer->number >= 0) {
            p->gradient[layer->bias + (size_t)(j % layer->out.channels)] += p->dy[k + 1][j];
        }
    }
    for (int j = 0; j < lb_shape_size(layer->in); j++) {
        p->dy[k][j] = 0.0;
    }
    add_row(p, k, true);
}

static void expect(struct passes *p, int inputs, int outputs)
{
    for (int row = 0; row < ROWS; row++) {
        for (int j = 0; j < inputs; j++) {
            p->y[0][j] = (double)p->input[row * inputs + j];
        }
        for (int k = 0; k < LAYERS; k++) {
            forward_layer(p, k);
        }
        for (int j = 0; j < outputs; j++) {
            p->output[row * outputs + j] = p->y[LAYERS][j];
            p->dy[LAYERS][j] = (double)p->cotangent[row * outputs + j];
        }
        for (int k = LAYERS - 1; k >= 0; k--) {
            backward_layer(p, k);
        }
        for (int j = 0; j < inputs; j++) {
            p->dinput[row * inputs + j] = p->dy[0][j];
        }
    }
}

static enum lb_status compare_gradients(struct lb_self_test *test, struct passes *p, cl_mem mem)
{
    LB_TRY(lb_buffer_read(test->device, mem, 0, p->got, p->layers.block_size * sizeof(float)));
    for (int k = 0; k < LAYERS; k++) {
        const struct lb_layer *layer = &p->layers.layer[k];
        lb_self_test_compare(test, "dW of an image layer", p->got + layer->weight,
                             p->gradient + layer->weight, lb_layer_weight_count(layer), tolerance);
        lb_self_test_compare(test, "db of an image layer", p->got + layer->bias,
                             p->gradient + layer->bias, layer->kind->parameters(layer).bias,
                             tolerance);
    }
    return LB_OK;
}

static enum lb_status run_passes(struct lb_self_test *test, struct lb_network *network,
                                 struct lb_activations *activations, struct passes *p,
                                 const cl_mem mems[3])
{
    struct lb_device *device = test->device;
    const int inputs = lb_network_inputs(network);
    const int outputs = lb_network_outputs(network);
    const size_t in_bytes = ROWS * (size_t)inputs * sizeof(float);
    const size_t out_bytes = ROWS * (size_t)outputs * sizeof(float);
    const struct lb_matrix input = {mems[0], 0, (size_t)inputs};
    expect(p, inputs, outputs);
    LB_TRY(lb_buffer_write(device, network->parameters, 0, p->parameters,
                           p->layers.block_size * sizeof(float)));
    LB_TRY(lb_buffer_write(device, mems[0], 0, p->input, in_bytes));
    LB_TRY(lb_network_forward(network, activations, input, ROWS));
    LB_TRY(lb_buffer_read(device, lb_activations_output(activations), 0, p->got, out_bytes));
    lb_self_test_compare(test, "output of image layers", p->got, p->output, ROWS * (size_t)outputs,
                         tolerance);
    LB_TRY(lb_buffer_write(device, lb_activations_output_gradient(activations), 0, p->cotangent,
                           out_bytes));
    LB_TRY(lb_network_backward(network, activations, input, ROWS, mems[1],
                               (struct lb_input_gradient){mems[2], false}));
    LB_TRY(compare_gradients(test, p, mems[1]));
    LB_TRY(lb_buffer_read(device, mems[2], 0, p->got, in_bytes));
    lb_self_test_compare(test, "dX of image layers", p->got, p->dinput, ROWS * (size_t)inputs,
                         tolerance);
    return LB_OK;
}

static enum lb_status test_passes(struct lb_self_test *test)
{
    struct lb_device *device = test->device;
    struct lb_gemm *gemm = NULL;
    struct lb_network *network = NULL;
    struct lb_activations *activations = NULL;
    cl_mem mems[3] = {NULL, NULL, NULL}; // input, gradient, dL/d input
    enum lb_status status = LB_OK;
    struct passes *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return lb_fail_memory(device->ctx, "self-test");
    }
    lb_self_test_draw(test, p->input, LB_COUNT(p->input));
    lb_self_test_draw(test, p->parameters, LB_COUNT(p->parameters));
    lb_self_test_draw(test, p->cotangent, LB_COUNT(p->cotangent));
    LB_CHECK(make_layers(&p->layers, device->ctx, test->activation));
    LB_CHECK(lb_gemm_create(&gemm, device, test->gemm));
    LB_CHECK(lb_network_create(&network, device, gemm, &p->layers));
    LB_CHECK(lb_activations_create(&activations, device, &p->layers, ROWS, true));
    LB_CHECK(lb_buffer_create(device, &mems[0], sizeof p->input, "self-test"));
    LB_CHECK(lb_buffer_create(device, &mems[1], sizeof p->parameters, "self-test"));
    LB_CHECK(lb_buffer_create(device, &mems[2], sizeof p->input, "self-test"));
    LB_CHECK(run_passes(test, network, activations, p, mems));
fail:
    for (size_t i = 0; i < LB_COUNT(mems); i++) {
        lb_buffer_release(&mems[i]);
    }
    lb_activations_destroy(&activations);
    lb_network_destroy(&network);
    lb_gemm_destroy(&gemm);
    free(p);
    return status;
}

static enum lb_status test_images(struct lb_self_test *test)
{
    LB_TRY(lb_gemm_self_test_patches(test, lb_activation_row(test->activation)->function));
    return test_passes(test);
}

const struct lb_self_test_case lb_images_self_test = {
    .name = "image layers",
    .for_gemm = true,
    .for_activation = true,
    .cost = 200,
    .files = {"gemm/panel.cl", "gemm/patches.cl", "gemm/patches_narrow.cl", "gemm/write_patches.cl",
              "gemm/add_parts.cl", "gemm/epilogue.cl", "step.cl"},
    .run = test_images,
};
