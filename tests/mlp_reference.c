#include "mlp_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

static double activate(enum lb_activation kind, double z)
{
    switch (kind) {
    case LB_LINEAR:
        return z;
    case LB_ELU:
        return z > 0.0 ? z : expm1(z);
    case LB_RELU:
        return fmax(z, 0.0);
    case LB_TANH:
        return tanh(z);
    case LB_SOFTPLUS:
        return fmax(z, 0.0) + log1p(exp(-fabs(z)));
    case LB_SILU:
        return z / (1.0 + exp(-z));
    case LB_SIGMOID:
        return 1.0 / (1.0 + exp(-z));
    }
    return (double)NAN;
}

static void layer(const struct lb_network *network, const double *parameters, int k,
                  const double *in, double *out)
{
    const struct lb_network_info *info = &network->info;
    const enum lb_activation kind =
        k + 1 < info->layers ? info->activation : info->output_activation;
    const double *weight = parameters + network->weight[k];
    const double *bias = parameters + network->bias[k];
    const size_t columns = (size_t)info->sizes[k + 1];
    for (size_t j = 0; j < columns; j++) {
        double z = bias[j];
        for (size_t i = 0; i < (size_t)info->sizes[k]; i++) {
            z += in[i] * weight[i * columns + j];
        }
        out[j] = activate(kind, z);
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

void mlp_forward(const struct lb_network *network, const double *parameters, const double *in,
                 size_t rows, double *out)
{
    const struct lb_network_info *info = &network->info;
    const size_t inputs = (size_t)info->sizes[0];
    const size_t outputs = (size_t)info->sizes[info->layers];
    int widest = 0;
    for (int k = 0; k <= info->layers; k++) {
        widest = info->sizes[k] > widest ? info->sizes[k] : widest;
    }
    double *from = allocate((size_t)widest, sizeof *from);
    double *to = allocate((size_t)widest, sizeof *to);
    for (size_t row = 0; row < rows; row++) {
        see(network, in + row * inputs, inputs, from);
        for (int k = 0; k < info->layers; k++) {
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
