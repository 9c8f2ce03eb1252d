#include "train/memory.h"

#include "nn/column_sum.h"
#include "run/phase.h"

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

/* A back end has one buffer for all products: for patches, sums of parts, or a packed matrix. Rows
 * of C waiting there for their pixels come in addition to patches of fewer taps; the total does not
 * exceed the largest of these. */
static double product_bytes(const struct lb_device *device, const struct lb_train_params *params,
                            const struct lb_layer_list *layers, const struct lb_learner_use *use,
                            bool input_gradient)
{
    const enum lb_gemm_kind gemm = params->gemm;
    double most = use->trains ? lb_learner_rule_pack_bytes(device, params, layers) : 0.0;
    for (int k = 0; k < layers->count && use->rows > 0; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        struct lb_gemm_shape products[LB_LAYER_PRODUCTS];
        const bool dinput = lb_layer_list_needs_dinput(layers, k, input_gradient);
        const bool copied = layer->kernel > 1 || layer->stride > 1;
        const int all = layer->kind->products(layer, use->part, products);
        const int count = !use->trains ? 1 : dinput ? LB_LAYER_PRODUCTS : LB_LAYER_PRODUCTS - 1;
        for (int i = 0; i < count && i < all; i++) {
            const double bytes = layer->kernel > 0
                                     ? lb_gemm_patch_bytes(device, gemm, &products[i], copied)
                                     : lb_gemm_pack_bytes(device, gemm, &products[i]);
            most = larger(most, bytes);
        }
    }
    return most;
}

/* Scratch memory shared by a network's convolutions: reordered weights, or partial column sums. */
static double scratch_bytes(const struct lb_layer_list *layers, const struct lb_learner_use *use)
{
    double most = 0.0;
    for (int k = 0; k < layers->count; k++) {
        const struct lb_layer *layer = &layers->layer[k];
        if (layer->kernel > 0) {
            const size_t channels = (size_t)layer->out.channels;
            const size_t pixels = (size_t)use->part * (size_t)lb_shape_size(layer->out) / channels;
            const size_t sums = use->trains ? lb_column_sum_floats(pixels, channels) : 0;
            most = larger(most, (double)lb_layer_weight_count(layer));
            most = larger(most, (double)sums);
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

static void add_learner(struct lb_memory_needs *needs, const struct lb_train_params *params,
                        const struct lb_layer_list *layers, const struct lb_learner_use *use)
{
    const bool used = use->rows > 0;
    double parameters = 0.0;
    double largest = 0.0;
    for (int k = 0; k < layers->count; k++) {
        parameters += (double)lb_layer_parameter_count(&layers->layer[k]) * sizeof(float);
    }
    needs->parameters += parameters + lb_learner_rule_bytes(params, layers, used && use->trains);
    count_buffer(needs, parameters, false);
    if (used) {
        needs->activations += lb_learner_buffer_bytes(layers, use, &largest);
        needs->activations += scratch_bytes(layers, use);
        count_buffer(needs, largest, true);
    }
}

/* The encoder's copy of its input. A first pool normalises by itself, except in the fit of initial
 * weights. */
static double normalised_bytes(const struct lb_memory_plan *plan,
                               const struct lb_layer_list *encoder)
{
    const bool pooled = encoder->layer[0].kind == &lb_layer_pool && !plan->encoder.trains;
    return plan->normalised && !pooled
               ? sizeof(float) * (double)plan->encoder.part * (double)plan->image_size
               : 0.0;
}

struct lb_memory_needs lb_memory_needs(const struct lb_device *device,
                                       const struct lb_train_params *params,
                                       const struct lb_memory_plan *plan,
                                       const struct lb_layer_list *encoder,
                                       const struct lb_layer_list *decoder)
{
    const double images = sizeof(float) * (double)plan->images * (double)plan->image_size;
    struct lb_memory_needs needs = {
        .images = images + normalised_bytes(plan, encoder) + plan->transfer_bytes,
    };
    count_buffer(&needs, images, true);
    add_learner(&needs, params, encoder, &plan->encoder);
    double products = product_bytes(device, params, encoder, &plan->encoder, false);
    if (decoder != NULL) {
        const bool joint = plan->encoder.trains;
        add_learner(&needs, params, decoder, &plan->decoder);
        products = larger(products, product_bytes(device, params, decoder, &plan->decoder, joint));
        needs.activations += plan->decoder.rows > 0 ? output_mean_bytes(decoder) : 0.0;
    }
    needs.activations += products;
    count_buffer(&needs, products, true);
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

static const char *name_of(enum lb_phase phase)
{
    return phase == LB_PHASE_ENCODER   ? "the encoder phase"
           : phase == LB_PHASE_DECODER ? "the decoder phase"
                                       : "training";
}

enum lb_status lb_memory_check(struct lb_device *device, const struct lb_train_params *params,
                               enum lb_phase phase, const struct lb_memory_needs *needs)
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
                    name_of(phase), total, memory);
    }
    return LB_OK;
}

void lb_memory_log(struct lb_device *device, enum lb_phase phase,
                   const struct lb_memory_needs *needs)
{
    const bool alone = phase != LB_PHASE_ENCODER && phase != LB_PHASE_DECODER;
    lb_log(device->ctx, LB_LOG_INFO,
           "memory   %s%s%.1f MiB on the device: parameters %.1f, activations %.1f, images %.1f",
           alone ? "" : lb_phase_name(phase), alone ? "" : " ", total_of(needs) / mebibyte,
           needs->parameters / mebibyte, needs->activations / mebibyte, needs->images / mebibyte);
}
