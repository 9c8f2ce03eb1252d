#include "mlp_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Z of one row. */
static void dense(const struct lb_layer *layer, const double *parameters, const double *in,
                  double *out)
{
    const size_t inputs = (size_t)lb_shape_size(layer->in);
    const size_t columns = (size_t)lb_shape_size(layer->out);
    for (size_t j = 0; j < columns; j++) {
        double z = parameters[layer->bias + j];
        for (size_t i = 0; i < inputs; i++) {
            z += in[i] * parameters[layer->weight + i * columns + j];
        }
        out[j] = z;
    }
}

/* Where a pixel's channels are; -1: outside. */
static int pixel(struct lb_shape shape, int i, int j)
{
    return i >= 0 && i < shape.height && j >= 0 && j < shape.width
               ? (i * shape.width + j) * shape.channels
               : -1;
}

static void start_at_bias(const struct lb_layer *layer, const double *parameters, double *out)
{
    for (int i = 0; i < lb_shape_size(layer->out); i++) {
        out[i] = parameters[layer->bias + (size_t)(i % layer->out.channels)];
    }
}

/* out[channels] += in[channels] W[(tap cin + c) cout + o] */
static void add_tap(const struct lb_layer *layer, const double *weight, const double *in,
                    double *out)
{
    for (int c = 0; c < layer->in.channels; c++) {
        for (int o = 0; o < layer->out.channels; o++) {
            out[o] += in[c] * weight[c * layer->out.channels + o];
        }
    }
}

static void conv(const struct lb_layer *layer, const double *parameters, const double *in,
                 double *out)
{
    const int k = layer->kernel;
    const int block = layer->in.channels * layer->out.channels;
    start_at_bias(layer, parameters, out);
    for (int n = 0; n < layer->out.height * layer->out.width * k * k; n++) {
        const int u = n / k % k;
        const int v = n % k;
        const int i = n / (k * k) / layer->out.width;
        const int j = n / (k * k) % layer->out.width;
        const int from = pixel(layer->in, layer->stride * i + u - layer->padding,
                               layer->stride * j + v - layer->padding);
        if (from >= 0) {
            add_tap(layer, parameters + layer->weight + (u * k + v) * block, in + from,
                    out + pixel(layer->out, i, j));
        }
    }
}

/* Each input pixel goes to 4 x 4 output pixels; the weight is (cin,4,4,cout). */
static void deconv(const struct lb_layer *layer, const double *parameters, const double *in,
                   double *out)
{
    const int channels = layer->out.channels;
    start_at_bias(layer, parameters, out);
    for (int n = 0; n < lb_shape_size(layer->in) * 16; n++) {
        const int u = n / 4 % 4;
        const int v = n % 4;
        const int c = n / 16 % layer->in.channels;
        const int from = n / 16 / layer->in.channels;
        const int to = pixel(layer->out, 2 * (from / layer->in.width) + u - 1,
                             2 * (from % layer->in.width) + v - 1);
        const double *weight = parameters + layer->weight + (c * 16 + u * 4 + v) * channels;
        for (int o = 0; o < channels && to >= 0; o++) {
            out[to + o] += in[from * layer->in.channels + c] * weight[o];
        }
    }
}

/* Means of 2 x 2 pixels, or each pixel to 2 x 2. */
static void resample(const struct lb_layer *layer, const double *in, double *out)
{
    const bool pool = layer->kind == &lb_layer_pool;
    const struct lb_shape large = pool ? layer->in : layer->out;
    const struct lb_shape small = pool ? layer->out : layer->in;
    for (int n = 0; pool && n < lb_shape_size(small); n++) {
        out[n] = 0.0;
    }
    for (int n = 0; n < lb_shape_size(large); n++) {
        const int c = n % large.channels;
        const int i = n / large.channels / large.width;
        const int j = n / large.channels % large.width;
        const int m = pixel(small, i / 2, j / 2) + c;
        if (pool) {
            out[m] += in[n] / 4.0;
        } else {
            out[n] = in[m];
        }
    }
}

static void layer(const struct lb_layer *layer, const double *parameters, const double *mean,
                  const double *in, double *out)
{
    if (layer->kind == &lb_layer_dense) {
        dense(layer, parameters, in, out);
    } else if (layer->kind == &lb_layer_conv) {
        conv(layer, parameters, in, out);
    } else if (layer->kind == &lb_layer_deconv) {
        deconv(layer, parameters, in, out);
    } else {
        resample(layer, in, out);
    }
    for (int j = 0; j < lb_shape_size(layer->out); j++) {
        out[j] = activate(layer->activation, out[j] + (mean != NULL ? mean[j] : 0.0));
    }
}

/* (outputs), which the caller frees; NULL: none. */
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
    double *mean = output_mean(network);
    double *from = allocate((size_t)widest, sizeof *from);
    double *to = allocate((size_t)widest, sizeof *to);
    for (size_t row = 0; row < rows; row++) {
        see(network, in + row * inputs, inputs, from);
        for (int k = 0; k < layers; k++) {
            layer(&network->layers.layer[k], parameters, k + 1 < layers ? NULL : mean, from, to);
            double *last = from;
            from = to;
            to = last;
        }
        memcpy(out + row * outputs, from, outputs * sizeof *from);
    }
    free(mean);
    free(from);
    free(to);
}
