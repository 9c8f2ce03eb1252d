#include "train/fused.h"

#include "device/path.h"
#include "device/profile.h"
#include "device/vector.h"
#include "gemm/backend.h"
#include "nn/activation.h"

enum {
    PAIRS = 16, // pairs per block; 3 * PAIRS is a multiple of the rows of a tile
    BLOCK = 3 * PAIRS,
    SPREAD_ITEMS = 8, // work-items for few pairs: more would copy weights too often
    MAX_ITEMS = 64,
    LONG_SHARE = 128, // pairs per work-item if there are many
    CACHE_BYTES = 384 << 10,
    MAX_WAITING = 64, // steps whose loss is not summed yet
};

/* Like struct layer of fused.cl. */
struct lb_fused_layer {
    cl_int in;
    cl_int out;
    cl_int parameter_weight;
    cl_int parameter_bias;
    cl_int input;
    cl_int input_stride;
    cl_int gradient;
    cl_int gradient_stride;
    cl_int weight;
    cl_int transpose;
    cl_int dweight;
    cl_int in_place;
};

static int whole(int n, int width)
{
    return (n + width - 1) / width * width;
}

/* Reserves `count` floats of the work area, which may exceed 2^31 if the network is far too
 * large. */
static cl_int take(size_t *size, size_t count)
{
    const size_t at = *size;
    *size += count;
    return (cl_int)at;
}

/* The layers' offsets in a work-item's work area, and its size in floats. */
static size_t lay_out(struct lb_device *device, const struct lb_layer_list *list,
                      struct lb_fused_layer *layers)
{
    const int width = lb_vector_width(device);
    size_t size = 0;
    for (int k = 0; k < list->count; k++) {
        const struct lb_layer *dense = &list->layer[k];
        const int in = lb_shape_size(dense->in);
        const int out = lb_shape_size(dense->out);
        const size_t columns = (size_t)whole(out, width);
        struct lb_fused_layer *layer = &layers[k];
        *layer = (struct lb_fused_layer){0};
        layer->in = in;
        layer->out = out;
        layer->parameter_weight = (cl_int)dense->weight;
        layer->parameter_bias = (cl_int)dense->bias;
        layer->input_stride = whole(in + 1, width);
        layer->gradient_stride = (cl_int)columns;
        layer->input = take(&size, (size_t)layer->input_stride * BLOCK);
        layer->gradient = take(&size, columns * BLOCK);
        layer->in_place =
            columns == (size_t)out && dense->bias == dense->weight + (size_t)in * columns;
        layer->transpose = k > 0 ? take(&size, (size_t)whole(in, width) * (size_t)out) : 0;
        if (!layer->in_place) {
            layer->weight = take(&size, ((size_t)in + 1) * columns);
            layer->dweight = take(&size, ((size_t)in + 1) * columns);
        }
    }
    return size;
}

/* Bytes accessed by the work on a block. */
static size_t working_set(struct lb_device *device, const struct lb_layer_list *list)
{
    struct lb_fused_layer layers[LB_NETWORK_MAX_LAYERS];
    size_t floats = lay_out(device, list, layers);
    for (int k = 0; k < list->count; k++) {
        if (layers[k].in_place) { // weights and their gradient are elsewhere
            floats += 2 * ((size_t)layers[k].in + 1) * (size_t)layers[k].out;
        }
    }
    return floats * sizeof(float);
}

/* Whether there are only dense layers, with one common activation and a linear last layer. */
static bool is_known(const struct lb_layer_list *layers)
{
    const int last = layers->count - 1;
    bool known = true;
    for (int k = 0; k <= last && known; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        known = layer->kind == &lb_layer_dense &&
                layer->activation == (k < last ? layers->activation : LB_LINEAR);
    }
    return known;
}

bool lb_fused_pays(struct lb_device *device, const struct lb_layer_list *layers,
                   enum lb_gemm_kind gemm)
{
    return lb_takes_cpu_path(device) && gemm == LB_GEMM_PANEL && is_known(layers) &&
           working_set(device, layers) <= CACHE_BYTES;
}

/* Depends only on n, so that the order of all sums does too. */
static int share_of(int n)
{
    const int spread = whole(n, SPREAD_ITEMS) / SPREAD_ITEMS;
    const int least = whole(n, MAX_ITEMS) / MAX_ITEMS;
    const int share = spread < LONG_SHARE ? spread : least > LONG_SHARE ? least : LONG_SHARE;
    return whole(share, PAIRS);
}

static int items_of(int pairs)
{
    const int share = share_of(pairs);
    return (pairs + share - 1) / share;
}

double lb_fused_bytes(const struct lb_network *network, int pairs)
{
    struct lb_fused_layer layers[LB_NETWORK_MAX_LAYERS];
    const size_t floats =
        lay_out(network->device, &network->layers, layers) + network->layers.block_size;
    return (double)items_of(pairs) * (double)floats * sizeof(float);
}

static enum lb_status get_kernel(const struct lb_network *network, cl_kernel *out, const char *name)
{
    const int width = lb_vector_width(network->device);
    struct lb_text prelude = {0};
    lb_gemm_add_prelude(&prelude, width, lb_activation_row(network->layers.activation)->function);
    lb_text_addf(&prelude, "#define ROWS %d\n#define PAIRS %d\n", lb_gemm_tile_rows(width), PAIRS);
    const enum lb_status status =
        prelude.failed ? lb_fail_memory(network->device->ctx, "the kernel of small networks")
                       : lb_kernel_get(network->device, out, "train/fused.cl", name, prelude.data);
    lb_text_free(&prelude);
    return status;
}

/* Enqueues the missing means of the loss: one launch for many steps. */
static enum lb_status complete(void *writer)
{
    struct lb_fused *fused = writer;
    const cl_int steps = fused->waiting;
    const cl_int items = fused->items;
    const cl_int pairs = fused->pairs;
    const cl_int first = fused->first;
    fused->waiting = 0;
    return lb_launch(fused->device, fused->mean, LB_NDRANGE(steps), LB_ARG(fused->terms),
                     LB_ARG(steps), LB_ARG(items), LB_ARG(pairs),
                     LB_ARG(fused->isometry->loss.slots), LB_ARG(first));
}

enum lb_status lb_fused_create(struct lb_fused *fused, const struct lb_network *network,
                               struct lb_isometry *isometry, int pairs)
{
    struct lb_device *device = network->device;
    struct lb_fused_layer layers[LB_NETWORK_MAX_LAYERS];
    const size_t layers_bytes = (size_t)network->layers.count * sizeof layers[0];
    const size_t items = (size_t)items_of(pairs);
    *fused = (struct lb_fused){
        .device = device,
        .network = network,
        .isometry = isometry,
        .pairs = pairs,
        .share = share_of(pairs),
        .items = (int)items,
        .work_size = lay_out(network->device, &network->layers, layers),
    };
    LB_TRY(get_kernel(network, &fused->gradient, "fused_gradient"));
    LB_TRY(get_kernel(network, &fused->mean, "fused_terms"));
    LB_TRY(lb_buffer_create(device, &fused->layers, layers_bytes, "the table of layers"));
    LB_TRY(lb_buffer_write(device, fused->layers, 0, layers, layers_bytes));
    LB_TRY(lb_buffer_create(device, &fused->work, items * fused->work_size * sizeof(float),
                            "activations of blocks"));
    LB_TRY(lb_buffer_create(device, &fused->gradients,
                            items * network->layers.block_size * sizeof(float),
                            "partial gradients"));
    /* Padding between the views is never written */
    LB_TRY(lb_buffer_zero(device, fused->gradients, 0,
                          items * network->layers.block_size * sizeof(float)));
    LB_TRY(lb_buffer_create(device, &fused->terms, MAX_WAITING * items * sizeof(cl_float4),
                            "loss sums"));
    isometry->loss.complete = complete;
    isometry->loss.writer = fused;
    return LB_OK;
}

void lb_fused_destroy(struct lb_fused *fused)
{
    lb_buffer_release(&fused->layers);
    lb_buffer_release(&fused->work);
    lb_buffer_release(&fused->gradients);
    lb_buffer_release(&fused->terms);
}

enum lb_status lb_fused_run(struct lb_fused *fused, cl_mem images, cl_mem distance, int slot)
{
    if (fused->waiting == MAX_WAITING || slot != fused->first + fused->waiting) {
        LB_TRY(complete(fused));
        fused->first = slot;
    }
    const struct lb_network *network = fused->network;
    const cl_int layers = network->layers.count;
    const cl_int n = fused->pairs;
    const cl_int share = fused->share;
    const cl_float lambda = (cl_float)fused->isometry->loss.weight[1];
    const cl_float c_squared = (cl_float)(fused->isometry->c * fused->isometry->c);
    const cl_float least = (cl_float)LB_ISOMETRY_FLOOR;
    const cl_int work_size = (cl_int)fused->work_size;
    const cl_int count = (cl_int)network->layers.block_size;
    const cl_int first_term = fused->items * fused->waiting++;
    const struct lb_ndrange one_each = {1, {(size_t)fused->items, 1, 1}, {1, 1, 1}};
    lb_profile_expect(fused->device, lb_layer_list_flops(&network->layers, 3 * n, false),
                      sizeof(float) * (3.0 * n * lb_network_inputs(network) + n));
    return lb_launch(fused->device, fused->gradient, one_each, LB_ARG(images), LB_ARG(distance),
                     LB_ARG(network->parameters), LB_ARG(fused->layers), LB_ARG(layers), LB_ARG(n),
                     LB_ARG(share), LB_ARG(lambda), LB_ARG(c_squared), LB_ARG(least),
                     LB_ARG(fused->work), LB_ARG(work_size), LB_ARG(fused->gradients),
                     LB_ARG(count), LB_ARG(fused->terms), LB_ARG(first_term));
}

struct lb_gradient lb_fused_gradient(const struct lb_fused *fused)
{
    return (struct lb_gradient){fused->gradients, fused->items};
}
