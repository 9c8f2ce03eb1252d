#include "mlp_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conv_reference.h"
#include "device/vector.h"

double mlp_activation(enum lb_activation kind, double z, double *slope)
{
    const double sigmoid = 1.0 / (1.0 + exp(-z));
    *slope = 1.0;
    switch (kind) {
    case LB_LINEAR:
        return z;
    case LB_ELU:
        *slope = z > 0.0 ? 1.0 : exp(z);
        return z > 0.0 ? z : expm1(z);
    case LB_RELU:
        *slope = z > 0.0 ? 1.0 : 0.0;
        return fmax(z, 0.0);
    case LB_TANH:
        *slope = 1.0 / (cosh(z) * cosh(z));
        return tanh(z);
    case LB_SOFTPLUS:
        *slope = sigmoid;
        return fmax(z, 0.0) + log1p(exp(-fabs(z)));
    case LB_SILU:
        *slope = sigmoid + z * sigmoid / (1.0 + exp(z));
        return z * sigmoid;
    case LB_SIGMOID:
        *slope = sigmoid / (1.0 + exp(z));
        return sigmoid;
    }
    return (double)NAN;
}

static void dense(const struct lb_layer *layer, const double *parameters, const double *in,
                  double *out)
{
    const double *weight = parameters + layer->weight;
    const double *bias = parameters + layer->bias;
    const size_t inputs = (size_t)lb_shape_size(layer->in);
    const size_t columns = (size_t)lb_shape_size(layer->out);
    for (size_t j = 0; j < columns; j++) {
        double z = bias[j];
        for (size_t i = 0; i < inputs; i++) {
            z += in[i] * weight[i * columns + j];
        }
        double slope;
        out[j] = mlp_activation(layer->activation, z, &slope);
    }
}

/* (outputs), which the caller frees; NULL if there is none. */
static double *output_mean(const struct lb_network *network)
{
    const size_t n = (size_t)lb_network_outputs(network);
    if (network->output_mean == NULL) {
        return NULL;
    }
    float *values = allocate(n, sizeof *values);
    double *mean = allocate(n, sizeof *mean);
    assert_int_equal(
        lb_buffer_read(network->device, network->output_mean, 0, values, n * sizeof *values),
        LB_OK);
    for (size_t i = 0; i < n; i++) {
        mean[i] = (double)values[i];
    }
    free(values);
    return mean;
}

/* The input of the first layer: (x - mean_c) scale_c. */
static void see(const struct lb_network *network, const double *in, size_t n, double *seen)
{
    const float *mean;
    const float *scale;
    const size_t channels = (size_t)lb_network_get_normalisation(network, &mean, &scale);
    for (size_t i = 0; i < n; i++) {
        seen[i] = channels > 0 ? (in[i] - (double)mean[i % channels]) * (double)scale[i % channels]
                               : in[i];
    }
}

struct lb_network *mlp_create(const struct device_fixture *fixture, struct lb_gemm *gemm,
                              const struct lb_mlp *mlp)
{
    struct lb_layer_list layers;
    struct lb_network *network = NULL;
    require_ok(fixture, lb_layer_list_mlp(&layers, fixture->ctx, mlp));
    require_ok(fixture, lb_network_create(&network, fixture->device, gemm, &layers));
    return network;
}

void mlp_forward(const struct lb_network *network, const double *parameters, const double *in,
                 size_t rows, double *out)
{
    const int layers = network->layers.count;
    const size_t inputs = (size_t)lb_network_inputs(network);
    const size_t outputs = (size_t)lb_network_outputs(network);
    int widest = (int)inputs;
    for (int k = 0; k < layers; k++) {
        const int width = lb_shape_size(network->layers.layer[k].out);
        widest = width > widest ? width : widest;
    }
    double *mean = output_mean(network);
    double *slope = allocate((size_t)widest, sizeof *slope);
    double *from = allocate((size_t)widest, sizeof *from);
    double *to = allocate((size_t)widest, sizeof *to);
    for (size_t row = 0; row < rows; row++) {
        see(network, in + row * inputs, inputs, from);
        for (int k = 0; k < layers; k++) {
            const struct lb_layer *layer = &network->layers.layer[k];
            const double *added = k + 1 < layers ? NULL : mean;
            if (layer->kind == &lb_layer_dense && added == NULL) {
                dense(layer, parameters, from, to);
            } else {
                conv_layer_forward(layer, parameters, added, from, to, slope);
            }
            double *last = from;
            from = to;
            to = last;
        }
        memcpy(out + row * outputs, from, outputs * sizeof *from);
    }
    free(mean);
    free(slope);
    free(from);
    free(to);
}
