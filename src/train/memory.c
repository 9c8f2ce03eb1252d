#include "train/memory.h"

#include "batch/batch_source.h"
#include "nn/column_sum.h"
#include "train/learner.h"

static const double mebibyte = 1048576.0;

static void count_buffer(struct lb_memory_needs *needs, double bytes, bool grows_with_pairs)
{
    if (bytes > needs->largest) {
        needs->largest = bytes;
        needs->largest_grows_with_pairs = grows_with_pairs;
    }
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* A back end has one buffer for all products with patches. Rows of C waiting there for their pixels
 * come in addition to patches of fewer taps; the total does not exceed the largest of these. */
static double patch_bytes(const struct lb_device *device, enum lb_gemm_kind gemm,
                          const struct lb_layer_list *layers, int rows, bool input_gradient)
{
    double most = 0.0;
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        struct lb_gemm_shape products[LB_LAYER_PRODUCTS];
        const bool dinput = lb_layer_list_needs_dinput(layers, k, input_gradient);
        const int count = layer->kernel > 0 ? layer->kind->products(layer, rows, products) : 0;
        for (int i = 0; i < count - !dinput; i++) {
            const bool copied = layer->kernel > 1 || layer->stride > 1;
            most = larger(most, lb_gemm_patch_bytes(device, gemm, &products[i], copied));
        }
    }
    return most;
}

/* Scratch memory shared by a network's convolutions: reordered weights, or partial column sums. */
static double scratch_bytes(const struct lb_layer_list *layers, int rows)
{
    double most = 0.0;
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        if (layer->kernel > 0) {
            const size_t channels = (size_t)layer->out.channels;
            const size_t pixels = (size_t)rows * (size_t)lb_shape_size(layer->out) / channels;
            most = larger(most, (double)lb_layer_weight_count(layer));
            most = larger(most, (double)lb_column_sum_floats(pixels, channels));
        }
    }
    return sizeof(float) * most;
}

/* For decoders whose last layer has a bias per channel. */
static double output_mean_bytes(const struct lb_layer_list *layers)
{
    const struct lb_layer *last = &layers->layer[layers->count - 1];
    const size_t outputs = (size_t)lb_shape_size(last->out);
    return last->kind->parameters(last).bias != outputs ? sizeof(float) * (double)outputs : 0.0;
}

int lb_microbatch_rows(const struct lb_train_params *params, int rows)
{
    return params->microbatch > 0 && params->microbatch < rows ? params->microbatch : rows;
}

/* For batches of `batch` images. */
static void add_learner(struct lb_memory_needs *needs, const struct lb_train_params *params,
                        const struct lb_layer_list *layers, int batch)
{
    const int rows = lb_microbatch_rows(params, batch);
    double parameters = 0.0;
    double largest;
    needs->activations += lb_learner_whole_bytes(layers, batch, rows, &largest);
    count_buffer(needs, largest, true);
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        parameters += (double)lb_layer_parameter_count(layer) * sizeof(float);
        needs->activations += layer->kind->bytes(layer, rows);
        count_buffer(needs, (double)rows * lb_shape_size(layer->out) * sizeof(float), true);
    }
    needs->activations += scratch_bytes(layers, rows);
    needs->parameters += parameters + lb_learner_rule_bytes(params, layers);
    count_buffer(needs, parameters, false);
}

struct lb_memory_needs lb_memory_needs(const struct lb_device *device,
                                       const struct lb_train_params *params, int encoded,
                                       int decoded, size_t size, bool normalised,
                                       const struct lb_layer_list *encoder,
                                       const struct lb_layer_list *decoder)
{
    const int part = lb_microbatch_rows(params, encoded);
    const double images = (double)encoded * (double)size * sizeof(float);
    const double copies = (params->gemm == LB_GEMM_PANEL) + normalised;
    struct lb_memory_needs needs = {.images = images + copies * images * part / encoded};
    count_buffer(&needs, images, true);
    add_learner(&needs, params, encoder, encoded);
    double patches = patch_bytes(device, params->gemm, encoder, part, false);
    if (decoder != NULL) {
        add_learner(&needs, params, decoder, decoded);
        decoded = lb_microbatch_rows(params, decoded);
        patches = larger(patches, patch_bytes(device, params->gemm, decoder, decoded, true));
        needs.activations += output_mean_bytes(decoder);
    }
    needs.activations += patches;
    count_buffer(&needs, patches, true);
    return needs;
}

static enum lb_status fail(struct lb_device *device, const struct lb_train_params *params,
                           bool pairs, const char *what, double bytes, double limit)
{
    const char *name = device->info.name;
    if (pairs) {
        return lb_fail(
            device->ctx, LB_ERR_MEMORY,
            "--pairs %d: memory: %s needs %.1f MiB, but %s allows %.1f MiB (lower --pairs "
            "or --size, set --microbatch, or use another --device)",
            params->pairs, what, bytes / mebibyte, name, limit / mebibyte);
    }
    return lb_fail(device->ctx, LB_ERR_MEMORY,
                   "--hidden: memory: %s needs %.1f MiB, but %s allows %.1f MiB (use smaller "
                   "layers with --hidden, or a smaller --size, or use another --device)",
                   what, bytes / mebibyte, name, limit / mebibyte);
}

static double total_of(const struct lb_memory_needs *needs)
{
    return needs->parameters + needs->activations + needs->images;
}

enum lb_status lb_memory_check(struct lb_device *device, const struct lb_train_params *params,
                               const struct lb_memory_needs *needs)
{
    const double total = total_of(needs);
    const double largest_allowed = (double)device->info.max_allocation_bytes; // 0: unknown
    const double memory = (double)device->info.memory_bytes;
    if (largest_allowed > 0.0 && needs->largest > largest_allowed) {
        return fail(device, params, needs->largest_grows_with_pairs, "the largest buffer",
                    needs->largest, largest_allowed);
    }
    if (memory > 0.0 && total > memory) {
        return fail(device, params, needs->activations + needs->images > needs->parameters,
                    "training", total, memory);
    }
    return LB_OK;
}

void lb_memory_log(struct lb_device *device, const struct lb_memory_needs *needs)
{
    lb_log(device->ctx, LB_LOG_INFO,
           "memory   %.1f MiB on the device: parameters %.1f, activations %.1f, images %.1f",
           total_of(needs) / mebibyte, needs->parameters / mebibyte, needs->activations / mebibyte,
           needs->images / mebibyte);
}
