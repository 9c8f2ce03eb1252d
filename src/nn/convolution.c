#include "nn/convolution.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "nn/activation.h"
#include "nn/column_sum.h"
#include "nn/gather.h"
#include "nn/network.h"

int lb_convolution_patch(const struct lb_convolution *convolution)
{
    return convolution->kernel * convolution->kernel * convolution->image.channels;
}

static int pixels_of(struct lb_shape shape)
{
    return shape.height * shape.width;
}

/* Strides in floats along the axes of W. */
struct steps {
    int tap;
    int channel;
    int output;
};

static struct steps steps_of(const struct lb_convolution *convolution)
{
    const int channels = convolution->image.channels;
    const int outputs = convolution->map.channels;
    return convolution->transposed ? (struct steps){channels, 1, lb_convolution_patch(convolution)}
                                   : (struct steps){channels * outputs, outputs, 1};
}

/* W (patch, outputs), or its transpose. */
static struct lb_matrix weight_matrix(const struct lb_convolution *convolution, cl_mem block)
{
    const int columns =
        convolution->transposed ? lb_convolution_patch(convolution) : convolution->map.channels;
    return (struct lb_matrix){block, convolution->weight, (size_t)columns};
}

/* The patches of X, one for each pixel of Y. */
static struct lb_patches patches_of(const struct lb_convolution *convolution)
{
    return (struct lb_patches){
        .height = convolution->image.height,
        .width = convolution->image.width,
        .channels = convolution->image.channels,
        .kernel_height = convolution->kernel,
        .kernel_width = convolution->kernel,
        .stride = convolution->stride,
        .top = convolution->padding,
        .left = convolution->padding,
        .rows = convolution->map.height,
        .columns = convolution->map.width,
    };
}

static struct lb_matrix whole(cl_mem mem, int columns)
{
    return (struct lb_matrix){mem, 0, (size_t)columns};
}

struct lb_gemm_call lb_convolution_call(const struct lb_network *network,
                                        const struct lb_convolution *convolution, int rows,
                                        cl_mem image, cl_mem map,
                                        const struct lb_epilogue *epilogue)
{
    return (struct lb_gemm_call){
        .transpose_b = convolution->transposed,
        .m = rows * pixels_of(convolution->map),
        .n = convolution->map.channels,
        .k = lb_convolution_patch(convolution),
        .a = whole(image, convolution->image.channels),
        .b = weight_matrix(convolution, network->parameters),
        .c = whole(map, convolution->map.channels),
        .patches = patches_of(convolution),
        .epilogue = *epilogue,
    };
}

enum lb_status lb_convolution_run(struct lb_network *network,
                                  const struct lb_convolution *convolution, int rows, cl_mem image,
                                  cl_mem map, float beta, const struct lb_epilogue *epilogue)
{
    struct lb_gemm_call call =
        lb_convolution_call(network, convolution, rows, image, map, epilogue);
    call.beta = beta;
    return lb_gemm_run(network->gemm, &call);
}

/* ---- the adjoint ----------------------------------------------------------------------------- */

/*
 * Along one axis, the pixels start, start + stride, ... of an image: they meet only the taps first,
 * first + stride, ... of the kernel. Pixel start + stride a is the sum over these taps, last one
 * first, times positions a - before, a - before + 1, ... of the map.
 */
struct parity {
    int start;
    int count; ///< pixels
    int first; ///< tap
    int taps;
    int before;
};

static struct parity parity_of(const struct lb_convolution *convolution, int start, int side)
{
    const int stride = convolution->stride;
    const int middle = start + convolution->padding;
    const int first = middle % stride;
    const int taps = (convolution->kernel - first + stride - 1) / stride;
    return (struct parity){
        .start = start,
        .count = (side - start + stride - 1) / stride,
        .first = first,
        .taps = taps,
        .before = taps - 1 - middle / stride,
    };
}

/* Copies the part of W that a class of pixels meets to the scratch buffer: (taps of v, taps of u,
 * outputs, channels), last taps first. */
static enum lb_status turn_weights(struct lb_network *network,
                                   const struct lb_convolution *convolution, struct parity y,
                                   struct parity x)
{
    const struct steps steps = steps_of(convolution);
    const int stride = convolution->stride;
    const int kernel = convolution->kernel;
    const int last_u = y.first + (y.taps - 1) * stride;
    const int last_v = x.first + (x.taps - 1) * stride;
    const struct lb_gather gather = {
        .from = network->parameters,
        .offset = convolution->weight + (size_t)((last_u * kernel + last_v) * steps.tap),
        .steps = {-stride * kernel * steps.tap, -stride * steps.tap, steps.output, steps.channel},
        .to = network->scratch,
        .sizes = {y.taps, x.taps, convolution->map.channels, convolution->image.channels},
    };
    return lb_gather_run(network, &gather);
}

static enum lb_status run_parity(struct lb_network *network,
                                 const struct lb_convolution *convolution, int rows, cl_mem map,
                                 cl_mem image, float beta, const struct lb_epilogue *epilogue,
                                 struct parity y, struct parity x)
{
    const int outputs = convolution->map.channels;
    const int channels = convolution->image.channels;
    const struct lb_gemm_call call = {
        .m = rows * y.count * x.count,
        .n = channels,
        .k = y.taps * x.taps * outputs,
        .a = whole(map, outputs),
        .b = whole(network->scratch, channels),
        .c = whole(image, channels),
        .patches =
            {
                .height = convolution->map.height,
                .width = convolution->map.width,
                .channels = outputs,
                .kernel_height = y.taps,
                .kernel_width = x.taps,
                .stride = 1,
                .top = y.before,
                .left = x.before,
                .rows = y.count,
                .columns = x.count,
            },
        .pixels =
            {
                .height = convolution->stride > 1 ? convolution->image.height : 0,
                .width = convolution->image.width,
                .step = convolution->stride,
                .top = y.start,
                .left = x.start,
                .rows = y.count,
                .columns = x.count,
            },
        .beta = beta,
        .epilogue = *epilogue,
    };
    LB_TRY(turn_weights(network, convolution, y, x));
    return lb_gemm_run(network->gemm, &call);
}

enum lb_status lb_convolution_adjoint(struct lb_network *network,
                                      const struct lb_convolution *convolution, int rows,
                                      cl_mem map, cl_mem image, float beta,
                                      const struct lb_epilogue *epilogue)
{
    const int stride = convolution->stride;
    const size_t size = (size_t)lb_shape_size(convolution->image);
    LB_TRY(lb_network_reserve(network, (size_t)lb_convolution_patch(convolution) *
                                           (size_t)convolution->map.channels));
    if (convolution->kernel < stride && beta == 0.0f) { // some pixels meet no tap
        LB_TRY(lb_buffer_zero(network->device, image, 0, (size_t)rows * size * sizeof(float)));
    }
    for (int i = 0; i < stride * stride; i++) {
        const struct parity y = parity_of(convolution, i / stride, convolution->image.height);
        const struct parity x = parity_of(convolution, i % stride, convolution->image.width);
        if (y.taps > 0 && x.taps > 0 && y.count > 0 && x.count > 0) {
            LB_TRY(run_parity(network, convolution, rows, map, image, beta, epilogue, y, x));
        }
    }
    return LB_OK;
}

/* Along one axis: the number of pixels that meet a tap; *taps receives their total number of
 * taps. */
static int count_met(const struct lb_convolution *convolution, int side, int *taps)
{
    int pixels = 0;
    *taps = 0;
    for (int start = 0; start < convolution->stride; start++) {
        const struct parity parity = parity_of(convolution, start, side);
        pixels += parity.taps > 0 ? parity.count : 0;
        *taps += parity.count * parity.taps;
    }
    return pixels;
}

struct lb_gemm_shape lb_convolution_adjoint_shape(const struct lb_convolution *convolution,
                                                  int rows)
{
    const int64_t outputs = convolution->map.channels;
    int down = 0;
    int across = 0;
    const int height = count_met(convolution, convolution->image.height, &down);
    const int width = count_met(convolution, convolution->image.width, &across);
    const int64_t pixels = (int64_t)height * width;
    const int64_t taps = (int64_t)down * across;
    assert(pixels > 0 && taps >= pixels); // each counted pixel meets a tap
    int64_t m = rows * pixels;
    int64_t k = taps * outputs / pixels;
    if (k * pixels != taps * outputs) {
        int64_t each = taps / pixels;
        while (each > 1 && taps % each != 0) {
            each--;
        }
        m = rows * (taps / each);
        k = each * outputs;
    }
    return (struct lb_gemm_shape){false, false, (int)m, convolution->image.channels, (int)k};
}

/* ---- epilogues of layers --------------------------------------------------------------------- */

struct lb_epilogue lb_convolution_activate(const struct lb_network *network,
                                           const struct lb_layer *layer,
                                           const struct lb_layer_pass *pass)
{
    return (struct lb_epilogue){
        .kind = LB_EPILOGUE_ACTIVATE,
        .function = lb_activation_row(layer->activation)->function,
        .bias = network->parameters,
        .bias_offset = layer->bias,
        .slope = {pass->slope, 0, (size_t)layer->out.channels},
    };
}

struct lb_epilogue lb_convolution_scale(const struct lb_layer *layer,
                                        const struct lb_layer_pass *pass)
{
    return (struct lb_epilogue){
        .kind = pass->input_slope != NULL ? LB_EPILOGUE_SCALE : LB_EPILOGUE_NONE,
        .slope = {pass->input_slope, 0, (size_t)layer->in.channels},
    };
}

/* ---- gradients by parameters ----------------------------------------------------------------- */

enum lb_status lb_convolution_weights(struct lb_network *network,
                                      const struct lb_convolution *convolution, int rows,
                                      cl_mem image, cl_mem map, cl_mem gradient, const size_t *sums)
{
    const int outputs = convolution->map.channels;
    const int patch = lb_convolution_patch(convolution);
    const int pixels = rows * pixels_of(convolution->map);
    const bool transposed = convolution->transposed;
    const bool fused = sums != NULL && lb_gemm_sums_columns(network->gemm);
    if (transposed) {
        LB_TRY(lb_network_reserve(network, (size_t)patch * (size_t)outputs));
    }
    const struct lb_gemm_call call = {
        .transpose_a = true,
        .m = patch,
        .n = outputs,
        .k = pixels,
        .a = whole(image, convolution->image.channels),
        .b = whole(map, outputs),
        .c = transposed ? whole(network->scratch, outputs) : weight_matrix(convolution, gradient),
        .patches = patches_of(convolution),
        .b_sums = {fused ? gradient : NULL, fused ? *sums : 0},
    };
    LB_TRY(lb_gemm_run(network->gemm, &call));
    if (transposed) {
        const struct lb_gather gather = {
            .from = network->scratch,
            .steps = {0, 0, 1, outputs},
            .to = gradient,
            .to_offset = convolution->weight,
            .sizes = {1, 1, outputs, patch},
        };
        LB_TRY(lb_gather_run(network, &gather));
    }
    return sums != NULL && !fused
               ? lb_column_sum_many(network, map, pixels, outputs, gradient, *sums)
               : LB_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */

void lb_convolution_add_onnx(const struct lb_layer *layer, struct lb_onnx *onnx,
                             const char *operator_name, const int order[4], const float *block,
                             const char *prefix, const char *in, const char *out)
{
    const struct lb_parameter_shape shapes = layer->kind->parameters(layer);
    const int k = layer->kernel;
    const int s = layer->stride;
    const int p = layer->padding;
    const struct lb_onnx_attribute attributes[] = {
        {"kernel_shape", NULL, 2, {k, k}},
        {"pads", NULL, 4, {p, p, p, p}},
        {"strides", NULL, 2, {s, s}},
    };
    char weight[48];
    char bias[48];
    snprintf(weight, sizeof weight, "%s.layer%d.weight", prefix, layer->number);
    snprintf(bias, sizeof bias, "%s.layer%d.bias", prefix, layer->number);
    struct lb_tensor w = {weight, LB_F32, shapes.rank, {0}, block + layer->weight};
    const struct lb_tensor b = {bias, LB_F32, 1, {shapes.bias}, block + layer->bias};
    memcpy(w.shape, shapes.weight, sizeof w.shape);
    lb_onnx_add_transposed(onnx, &w, order);
    lb_onnx_add_constant(onnx, &b);
    lb_onnx_add_node_with(onnx, operator_name, (const char *const[]){in, weight, bias}, 3,
                          attributes, LB_COUNT(attributes), out);
}
