#include "mlp_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static void layer(const struct lb_network *network, const double *parameters, int k,
                  const double *in, double *out)
{
    const struct lb_layer *dense = &network->layers.layer[k];
    const double *weight = parameters + dense->weight;
    const double *bias = parameters + dense->bias;
    const size_t inputs = (size_t)lb_shape_size(dense->in);
    const size_t columns = (size_t)lb_shape_size(dense->out);
    for (size_t j = 0; j < columns; j++) {
        double z = bias[j];
        for (size_t i = 0; i < inputs; i++) {
            z += in[i] * weight[i * columns + j];
        }
        double slope;
        out[j] = mlp_activation(dense->activation, z, &slope);
    }
}

/* What the first layer sees: (x - mean_c) scale_c. */
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
    double *from = allocate((size_t)widest, sizeof *from);
    double *to = allocate((size_t)widest, sizeof *to);
    for (size_t row = 0; row < rows; row++) {
        see(network, in + row * inputs, inputs, from);
        for (int k = 0; k < layers; k++) {
            layer(network, parameters, k, from, to);
            double *last = from;
            from = to;
            to = last;
        }
        memcpy(out + row * outputs, from, outputs * sizeof *from);
    }
    free(from);
    free(to);
}
