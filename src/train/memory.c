#include "train/memory.h"

static const double mebibyte = 1048576.0;

static void count_buffer(struct lb_memory_needs *needs, double bytes, bool grows_with_pairs)
{
    if (bytes > needs->largest) {
        needs->largest = bytes;
        needs->largest_grows_with_pairs = grows_with_pairs;
    }
}

static void add_learner(struct lb_memory_needs *needs, const struct lb_network_info *info,
                        double rows)
{
    double parameters = 0.0;
    for (int k = 0; k < info->layers; k++) {
        const double outputs = rows * info->sizes[k + 1] * sizeof(float);
        const bool last = k + 1 == info->layers;
        const bool linear = (last ? info->output_activation : info->activation) == LB_LINEAR;
        parameters += ((double)info->sizes[k] + 1.0) * info->sizes[k + 1] * sizeof(float);
        needs->activations += (linear ? 2.0 : 3.0) * outputs;
        count_buffer(needs, outputs, true);
    }
    needs->parameters += 4.0 * parameters;
    count_buffer(needs, parameters, false);
}

struct lb_memory_needs lb_memory_needs(const struct lb_train_params *params, size_t size,
                                       bool normalised, const struct lb_network_info *encoder,
                                       const struct lb_network_info *decoder)
{
    const double rows = 3.0 * params->pairs;
    const double images = rows * (double)size * sizeof(float);
    const double copies = 1.0 + (params->gemm == LB_GEMM_PANEL) + normalised;
    struct lb_memory_needs needs = {.images = copies * images};
    count_buffer(&needs, images, true);
    add_learner(&needs, encoder, rows);
    if (decoder != NULL) {
        add_learner(&needs, decoder, params->pairs);
    }
    return needs;
}

static enum lb_status fail(struct lb_device *device, const struct lb_train_params *params,
                           bool pairs, const char *what, double bytes, double limit)
{
    const char *name = device->info.name;
    if (pairs) {
        return lb_fail(
            device->ctx, LB_ERR_MEMORY,
            "--pairs %d: memory: %s needs %.1f MiB, but %s allows %.1f MiB (lower --pairs, "
            "or --size, or use another --device)",
            params->pairs, what, bytes / mebibyte, name, limit / mebibyte);
    }
    return lb_fail(
        device->ctx, LB_ERR_MEMORY,
        "--hidden: memory: %s needs %.1f MiB, but %s allows %.1f MiB (lower --hidden, or "
        "--size, or use another --device)",
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
    const double largest_allowed = (double)device->info.max_allocation_bytes; // 0: not known
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
