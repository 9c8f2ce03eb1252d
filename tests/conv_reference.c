#include "conv_reference.h"

#include <stdlib.h>
#include <string.h>

#include "mlp_reference.h"

/** One product in the sums of a layer: z[out] += weight x[in], for one row. */
struct term {
    size_t in;
    size_t out;
    size_t weight; ///< place in the block
    double factor; ///< if not 0, used instead of a weight
};

typedef void (*term_fn)(void *user, const struct term *term);

static size_t place(struct lb_shape shape, int y, int x, int c)
{
    return ((size_t)y * (size_t)shape.width + (size_t)x) * (size_t)shape.channels + (size_t)c;
}

static bool inside(struct lb_shape shape, int y, int x)
{
    return y >= 0 && y < shape.height && x >= 0 && x < shape.width;
}

/* Calls for each pair of pixels that tap (u, v) of the kernel connects, (y, x) of an image and (i,
 * j) of a map, for all channels c of the image and o of the map. */
static void each_tap(const struct lb_layer *layer, struct lb_shape image, struct lb_shape map,
                     void (*visit)(const struct lb_layer *layer, const int at[8], term_fn each,
                                   void *user),
                     term_fn each, void *user)
{
    const int k = layer->kernel;
    for (int i = 0; i < map.height; i++) {
        for (int j = 0; j < map.width; j++) {
            for (int tap = 0; tap < k * k; tap++) {
                const int y = layer->stride * i + tap / k - layer->padding;
                const int x = layer->stride * j + tap % k - layer->padding;
                for (int c = 0; c < image.channels && inside(image, y, x); c++) {
                    for (int o = 0; o < map.channels; o++) {
                        visit(layer, (const int[8]){y, x, c, i, j, o, tap}, each, user);
                    }
                }
            }
        }
    }
}

/* W is (k,k,cin,cout). */
static void conv_term(const struct lb_layer *layer, const int at[8], term_fn each, void *user)
{
    const int row = at[6] * layer->in.channels + at[2];
    const struct term term = {
        .in = place(layer->in, at[0], at[1], at[2]),
        .out = place(layer->out, at[3], at[4], at[5]),
        .weight = layer->weight + (size_t)(row * layer->out.channels + at[5]),
    };
    each(user, &term);
}

/* W is (cin,4,4,cout): the image is the output. */
static void deconv_term(const struct lb_layer *layer, const int at[8], term_fn each, void *user)
{
    const int row = at[5] * layer->kernel * layer->kernel + at[6];
    const struct term term = {
        .in = place(layer->in, at[3], at[4], at[5]),
        .out = place(layer->out, at[0], at[1], at[2]),
        .weight = layer->weight + (size_t)(row * layer->out.channels + at[2]),
    };
    each(user, &term);
}

static void dense_terms(const struct lb_layer *layer, term_fn each, void *user)
{
    const size_t out = (size_t)lb_shape_size(layer->out);
    for (size_t i = 0; i < (size_t)lb_shape_size(layer->in); i++) {
        for (size_t j = 0; j < out; j++) {
            const struct term term = {.in = i, .out = j, .weight = layer->weight + i * out + j};
            each(user, &term);
        }
    }
}

/* Pairs each pixel of the larger image with its pixel of the smaller one. */
static void resample_terms(const struct lb_layer *layer, bool pool, term_fn each, void *user)
{
    const struct lb_shape large = pool ? layer->in : layer->out;
    const struct lb_shape small = pool ? layer->out : layer->in;
    for (int y = 0; y < large.height; y++) {
        for (int x = 0; x < large.width; x++) {
            for (int c = 0; c < large.channels; c++) {
                const size_t from = place(large, y, x, c);
                const size_t to = place(small, y / 2, x / 2, c);
                const struct term term = {
                    .in = pool ? from : to, .out = pool ? to : from, .factor = pool ? 0.25 : 1.0};
                each(user, &term);
            }
        }
    }
}

static void each_term(const struct lb_layer *layer, term_fn each, void *user)
{
    if (layer->kind == &lb_layer_conv) {
        each_tap(layer, layer->in, layer->out, conv_term, each, user);
    } else if (layer->kind == &lb_layer_deconv) {
        each_tap(layer, layer->out, layer->in, deconv_term, each, user);
    } else if (layer->kind == &lb_layer_dense) {
        dense_terms(layer, each, user);
    } else {
        resample_terms(layer, layer->kind == &lb_layer_pool, each, user);
    }
}

/* The data of one row in a pass over a layer. */
struct row {
    const double *block;
    const double *x;
    double *z;
    const double *dz;
    double *dx;
    double *gradient;
};

static double weight_of(const struct row *row, const struct term *term)
{
    return term->factor != 0.0 ? term->factor : row->block[term->weight];
}

static void add_forward(void *user, const struct term *term)
{
    const struct row *row = user;
    row->z[term->out] += weight_of(row, term) * row->x[term->in];
}

static void add_backward(void *user, const struct term *term)
{
    const struct row *row = user;
    row->dx[term->in] += weight_of(row, term) * row->dz[term->out];
    if (term->factor == 0.0) {
        row->gradient[term->weight] += row->x[term->in] * row->dz[term->out];
    }
}

/* Index of a number's bias; layers without parameters have none. */
static size_t bias_at(const struct lb_layer *layer, size_t j)
{
    return layer->bias + j % layer->kind->parameters(layer).bias;
}

void conv_layer_forward(const struct lb_layer *layer, const double *block, const double *mean,
                        const double *in, double *out, double *slope)
{
    const size_t n = (size_t)lb_shape_size(layer->out);
    struct row row = {.block = block, .x = in, .z = out};
    for (size_t j = 0; j < n; j++) {
        out[j] =
            (layer->number >= 0 ? block[bias_at(layer, j)] : 0.0) + (mean != NULL ? mean[j] : 0.0);
    }
    each_term(layer, add_forward, &row);
    for (size_t j = 0; j < n; j++) {
        out[j] = mlp_activation(layer->activation, out[j], &slope[j]);
    }
}

static void run_row(const struct lb_layer_list *layers, const double *mean, const double *in,
                    const double *cotangent, size_t i, struct conv_passes *passes,
                    const double *block)
{
    const size_t inputs = (size_t)lb_shape_size(layers->input);
    const size_t outputs = (size_t)lb_shape_size(lb_layer_list_output(layers));
    const int last = layers->count - 1;
    double *y[LB_NETWORK_MAX_LAYERS] = {NULL};
    double *slope[LB_NETWORK_MAX_LAYERS] = {NULL};
    for (int k = 0; k <= last; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        const size_t n = (size_t)lb_shape_size(layer->out);
        y[k] = allocate(n, sizeof *y[k]);
        slope[k] = allocate(n, sizeof *slope[k]);
        conv_layer_forward(layer, block, k == last ? mean : NULL,
                           k > 0 ? y[k - 1] : in + i * inputs, y[k], slope[k]);
    }
    memcpy(passes->output + i * outputs, y[last], outputs * sizeof(double));
    double *dy = allocate(outputs, sizeof *dy);
    memcpy(dy, cotangent + i * outputs, outputs * sizeof *dy);
    for (int k = last; k >= 0; k--) {
        const struct lb_layer *layer = &layers->layer[k];
        for (size_t j = 0; j < (size_t)lb_shape_size(layer->out); j++) {
            dy[j] *= slope[k][j];
            if (layer->number >= 0) {
                passes->gradient[bias_at(layer, j)] += dy[j];
            }
        }
        struct row row = {.block = block,
                          .x = k > 0 ? y[k - 1] : in + i * inputs,
                          .dz = dy,
                          .dx = allocate((size_t)lb_shape_size(layer->in), sizeof *row.dx),
                          .gradient = passes->gradient};
        each_term(layer, add_backward, &row);
        free(dy);
        dy = row.dx;
    }
    memcpy(passes->input_gradient + i * inputs, dy, inputs * sizeof *dy);
    free(dy);
    for (int k = 0; k <= last; k++) {
        free(y[k]);
        free(slope[k]);
    }
}

struct conv_passes conv_reference(const struct lb_layer_list *layers, const double *block,
                                  const double *mean, const double *in, const double *cotangent,
                                  size_t rows)
{
    struct conv_passes passes = {
        .output = allocate(rows * (size_t)lb_shape_size(lb_layer_list_output(layers)),
                           sizeof *passes.output),
        .gradient = allocate(layers->block_size + 1, sizeof *passes.gradient),
        .input_gradient =
            allocate(rows * (size_t)lb_shape_size(layers->input), sizeof *passes.input_gradient),
    };
    for (size_t i = 0; i < rows; i++) {
        run_row(layers, mean, in, cotangent, i, &passes, block);
    }
    return passes;
}

void conv_passes_free(struct conv_passes *passes)
{
    free(passes->output);
    free(passes->gradient);
    free(passes->input_gradient);
}
