/* Device memory needed by a run, known before allocation. */
#ifndef LB_TRAIN_MEMORY_H
#define LB_TRAIN_MEMORY_H

#include <lowbend/train.h>

#include "device/device.h"
#include "train/learner.h"

/** Device memory in bytes, without what CLBlast and the driver allocate themselves. */
struct lb_memory_needs {
    double parameters;  ///< weights, gradients, moments, and other optimiser state
    double activations; ///< outputs, slopes and gradients of layers, copies of patches, scratch
    double images;      ///< of one batch, with their normalised copy and those in transfer
    double largest;     ///< largest single buffer
    bool largest_grows_with_pairs;
};

/** Images of a batch of `rows` that pass through a network at once. */
int lb_microbatch_rows(const struct lb_train_params *params, int rows);

/** What a phase holds on the device. Both networks have parameters and moments in all phases. */
struct lb_memory_plan {
    int images;                    ///< in a batch
    size_t image_size;             ///< numbers of an image
    bool normalised;               ///< the encoder normalises them
    double transfer_bytes;         ///< of batches in transfer from a file
    struct lb_learner_use encoder; ///< rows 0: not in use
    struct lb_learner_use decoder; ///< likewise
};

/** Needs of a phase of an encoder and a decoder (NULL: none) on a device. */
struct lb_memory_needs lb_memory_needs(const struct lb_device *device,
                                       const struct lb_train_params *params,
                                       const struct lb_memory_plan *plan,
                                       const struct lb_layer_list *encoder,
                                       const struct lb_layer_list *decoder);

/**
 * Compares a phase's needs with the device's memory and its largest buffer before allocation.
 * LB_ERR_MEMORY says which setting to lower.
 */
enum lb_status lb_memory_check(struct lb_device *device, const struct lb_train_params *params,
                               enum lb_phase phase, const struct lb_memory_needs *needs);

/** Logs a phase's needs; call it once the run can no longer be rejected. */
void lb_memory_log(struct lb_device *device, enum lb_phase phase,
                   const struct lb_memory_needs *needs);

#endif
