/* Device memory needed by a run, known before allocation. */
#ifndef LB_TRAIN_MEMORY_H
#define LB_TRAIN_MEMORY_H

#include <lowbend/train.h>

#include "device/device.h"
#include "nn/layer.h"

/** Device memory in bytes, without what the back end and the driver allocate themselves. */
struct lb_memory_needs {
    double parameters;  ///< weights, gradients, moments, and other optimiser state
    double activations; ///< outputs, slopes and gradients of all layers, copies of patches, scratch
    double images;      ///< of one batch; packed and normalised copies count again
    double largest;     ///< largest single buffer
    bool largest_grows_with_pairs;
};

/** Images of a batch of `rows` that pass through a network at once. */
int lb_microbatch_rows(const struct lb_train_params *params, int rows);

/** Needs of an encoder and a decoder (NULL: none) on a device, for images of `size` numbers, which
 * the encoder may normalise; at most `encoded` images are encoded and `decoded` decoded at once. */
struct lb_memory_needs lb_memory_needs(const struct lb_device *device,
                                       const struct lb_train_params *params, int encoded,
                                       int decoded, size_t size, bool normalised,
                                       const struct lb_layer_list *encoder,
                                       const struct lb_layer_list *decoder);

/**
 * Compares the needs with the device's memory and its largest buffer before allocation.
 * LB_ERR_MEMORY says which setting to lower.
 */
enum lb_status lb_memory_check(struct lb_device *device, const struct lb_train_params *params,
                               const struct lb_memory_needs *needs);

/** Logs the needs; call it once the run can no longer be rejected. */
void lb_memory_log(struct lb_device *device, const struct lb_memory_needs *needs);

#endif
