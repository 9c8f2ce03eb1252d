/* What a run needs on the device, known before anything is allocated. */
#ifndef LB_TRAIN_MEMORY_H
#define LB_TRAIN_MEMORY_H

#include <lowbend/train.h>

#include "device/device.h"
#include "nn/layer.h"

/** Bytes on the device, up to what the back end and the driver keep for themselves. */
struct lb_memory_needs {
    double parameters;  ///< weights, gradients, moments, and what else an optimiser keeps
    double activations; ///< outputs, slopes and gradients of all layers, copies of patches, scratch
    double images;      ///< of one batch; packed and normalised ones once more each
    double largest;     ///< of the single buffers
    bool largest_grows_with_pairs;
};

/** Images of a batch of `rows` that pass through a network at a time. */
int lb_microbatch_rows(const struct lb_train_params *params, int rows);

/** Needs on a device of an encoder and a decoder (NULL: none) that train on images of `size`
 * numbers, which the encoder may normalise: it encodes at most `encoded` at once and decodes
 * `decoded`. */
struct lb_memory_needs lb_memory_needs(const struct lb_device *device,
                                       const struct lb_train_params *params, int encoded,
                                       int decoded, size_t size, bool normalised,
                                       const struct lb_layer_list *encoder,
                                       const struct lb_layer_list *decoder);

/**
 * Compares the needs with the device's memory and its largest buffer, before anything is allocated.
 * LB_ERR_MEMORY says which setting to lower.
 */
enum lb_status lb_memory_check(struct lb_device *device, const struct lb_train_params *params,
                               const struct lb_memory_needs *needs);

/** Tells the log, once nothing else can refuse the run. */
void lb_memory_log(struct lb_device *device, const struct lb_memory_needs *needs);

#endif
