/* Forward and backward passes over a batch. */
#include <assert.h>
#include <stdlib.h>

#include "device/profile.h"
#include "device/vector.h"
#include "nn/network.h"

enum lb_status lb_activations_create(struct lb_activations **out, const struct lb_network *network,
                                     int rows, bool training)
{
    struct lb_device *device = network->device;
    *out = NULL;
    struct lb_activations *tape = calloc(1, sizeof *tape);
    if (tape == NULL) {
        return lb_fail_memory(device->ctx, "activations");
    }
    tape->rows = rows;
    tape->layers = network->info.layers;
    enum lb_status status = LB_OK;
    for (int k = 0; k < tape->layers; k++) {
        const size_t bytes = (size_t)rows * (size_t)network->info.sizes[k + 1] * sizeof(float);
        const bool last = k + 1 == tape->layers;
        const bool linear =
            (last ? network->info.output_activation : network->info.activation) == LB_LINEAR;
        LB_CHECK(lb_buffer_create(device, &tape->output[k], bytes, "activations"));
        if (training) {
            LB_CHECK(lb_buffer_create(device, &tape->gradient[k], bytes, "activation gradients"));
            if (!linear) {
                LB_CHECK(lb_buffer_create(device, &tape->slope[k], bytes, "activation slopes"));
            }
        }
    }
    *out = tape;
    return LB_OK;
fail:
    lb_activations_destroy(&tape);
    return status;
}

void lb_activations_destroy(struct lb_activations **tape)
{
    if (tape == NULL || *tape == NULL) {
        return;
    }
    lb_buffer_release(&(*tape)->input);
    for (int k = 0; k < (*tape)->layers; k++) {
        lb_buffer_release(&(*tape)->output[k]);
        lb_buffer_release(&(*tape)->slope[k]);
        lb_buffer_release(&(*tape)->gradient[k]);
    }
    free(*tape);
    *tape = NULL;
}

static struct lb_matrix whole(cl_mem mem, int columns)
{
    return (struct lb_matrix){mem, 0, (size_t)columns};
}

static bool normalises(const struct lb_network *network)
{
    return network->normalisation.channels > 0;
}

enum lb_status lb_network_normalise(struct lb_network *network, struct lb_activations *tape,
                                    struct lb_matrix input, int rows, struct lb_matrix *seen)
{
    struct lb_device *device = network->device;
    const int inputs = lb_network_inputs(network);
    *seen = input;
    if (!normalises(network)) {
        return LB_OK;
    }
    assert(input.offset == 0 && input.stride == (size_t)inputs);
    if (tape->input == NULL) {
        LB_TRY(lb_buffer_create(device, &tape->input,
                                (size_t)tape->rows * (size_t)inputs * sizeof(float),
                                "normalised images"));
    }
    *seen = whole(tape->input, inputs);
    return lb_normalisation_run(&network->normalisation, device, input.mem, rows, inputs,
                                tape->input);
}

/* What layer k took in the forward pass. */
static struct lb_matrix layer_input(const struct lb_network *network,
                                    const struct lb_activations *tape, struct lb_matrix input,
                                    int k)
{
    const struct lb_matrix first =
        normalises(network) ? whole(tape->input, lb_network_inputs(network)) : input;
    return k == 0 ? first : whole(tape->output[k - 1], network->info.sizes[k]);
}

static struct lb_matrix weight_of(const struct lb_network *network, cl_mem block, int k)
{
    return (struct lb_matrix){block, network->weight[k], (size_t)network->info.sizes[k + 1]};
}

/* H_k = act(H_{k-1} W_k + b_k) */
enum lb_status lb_network_forward(struct lb_network *network, struct lb_activations *tape,
                                  struct lb_matrix input, int rows)
{
    const struct lb_network_info *info = &network->info;
    struct lb_matrix seen; // layer_input(0)
    LB_TRY(lb_network_normalise(network, tape, input, rows, &seen));
    for (int k = 0; k < info->layers; k++) {
        const int in = info->sizes[k];
        const int out = info->sizes[k + 1];
        const struct lb_gemm_call call = {
            .m = rows,
            .n = out,
            .k = in,
            .a = layer_input(network, tape, input, k),
            .b = weight_of(network, network->parameters, k),
            .c = whole(tape->output[k], out),
            .epilogue = {.kind = LB_EPILOGUE_ACTIVATE,
                         .activation =
                             k + 1 < info->layers ? info->activation : info->output_activation,
                         .bias = network->parameters,
                         .bias_offset = network->bias[k],
                         .slope = whole(tape->slope[k], out)},
        };
        LB_TRY(lb_gemm_run(network->gemm, &call));
    }
    return LB_OK;
}

static enum lb_status bias_gradient(struct lb_network *network, cl_mem dz, int rows, int k,
                                    cl_mem gradient)
{
    const cl_int n = rows;
    const cl_int columns = network->info.sizes[k + 1];
    const cl_int offset = (cl_int)network->bias[k];
    struct lb_ndrange grid = lb_ndrange_vectors(network->device, (size_t)columns);
    if (network->device->info.type == LB_DEVICE_CPU) {
        grid.local[0] = 1; // there are too few vectors to group them
    }
    lb_profile_expect(network->device, (double)rows * columns,
                      sizeof(float) * (double)rows * columns);
    return lb_launch(network->device, network->column_sum, grid, LB_ARG(dz), LB_ARG(n),
                     LB_ARG(columns), LB_ARG(gradient), LB_ARG(offset));
}

/* dW_k = H_{k-1}^T dZ_k, db_k = column sums of dZ_k */
static enum lb_status parameter_gradient(struct lb_network *network, struct lb_activations *tape,
                                         struct lb_matrix input, int rows, int k, cl_mem gradient)
{
    const int columns = network->info.sizes[k + 1];
    const bool fused = lb_gemm_sums_columns(network->gemm);
    const struct lb_gemm_call call = {
        .transpose_a = true,
        .m = network->info.sizes[k],
        .n = columns,
        .k = rows,
        .a = layer_input(network, tape, input, k),
        .b = whole(tape->gradient[k], columns),
        .c = weight_of(network, gradient, k),
        .b_sums = {fused ? gradient : NULL, network->bias[k]},
    };
    LB_TRY(lb_gemm_run(network->gemm, &call));
    return fused ? LB_OK : bias_gradient(network, tape->gradient[k], rows, k, gradient);
}

/* dH_{k-1} = dZ_k W_k^T, times the slope of layer k-1 where there is one */
static enum lb_status input_gradient_of(struct lb_network *network, struct lb_activations *tape,
                                        int rows, int k, cl_mem target, cl_mem slope,
                                        bool accumulate)
{
    const int in = network->info.sizes[k];
    const int out = network->info.sizes[k + 1];
    const struct lb_gemm_call call = {
        .transpose_b = true,
        .m = rows,
        .n = in,
        .k = out,
        .a = whole(tape->gradient[k], out),
        .b = weight_of(network, network->parameters, k),
        .c = whole(target, in),
        .beta = accumulate ? 1.0f : 0.0f,
        .epilogue = {.kind = slope != NULL ? LB_EPILOGUE_SCALE : LB_EPILOGUE_NONE,
                     .slope = whole(slope, in)},
    };
    return lb_gemm_run(network->gemm, &call);
}

enum lb_status lb_network_backward(struct lb_network *network, struct lb_activations *tape,
                                   struct lb_matrix input, int rows, cl_mem gradient,
                                   struct lb_input_gradient input_gradient)
{
    const int last = network->info.layers - 1;
    assert(input_gradient.mem == NULL || !normalises(network));
    if (tape->slope[last] != NULL) {
        const cl_int n = rows * lb_network_outputs(network);
        LB_TRY(lb_launch(network->device, network->scale_by, LB_NDRANGE(n),
                         LB_ARG(tape->gradient[last]), LB_ARG(tape->slope[last]), LB_ARG(n)));
    }
    for (int k = last; k >= 0; k--) {
        if (gradient != NULL) {
            LB_TRY(parameter_gradient(network, tape, input, rows, k, gradient));
        }
        if (k > 0) {
            LB_TRY(input_gradient_of(network, tape, rows, k, tape->gradient[k - 1],
                                     tape->slope[k - 1], false));
        } else if (input_gradient.mem != NULL) {
            LB_TRY(input_gradient_of(network, tape, rows, k, input_gradient.mem, NULL,
                                     input_gradient.accumulate));
        }
    }
    return LB_OK;
}

enum lb_status lb_network_apply(struct lb_network *network, const float *in, size_t n, float *out)
{
    enum { BATCH = 256 };
    struct lb_device *device = network->device;
    const size_t inputs = (size_t)lb_network_inputs(network);
    const size_t outputs = (size_t)lb_network_outputs(network);
    if (network->apply_activations == NULL) {
        LB_TRY(lb_activations_create(&network->apply_activations, network, BATCH, false));
    }
    cl_mem input = NULL;
    LB_TRY(lb_buffer_create(device, &input, BATCH * inputs * sizeof(float), "network input"));
    enum lb_status status = LB_OK;
    for (size_t start = 0; start < n; start += BATCH) {
        const size_t rows = n - start < BATCH ? n - start : BATCH;
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
