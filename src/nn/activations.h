/* Layer outputs of one batch: all of them for a backward pass, a few that take turns for inference.
 */
#ifndef LB_NN_ACTIVATIONS_H
#define LB_NN_ACTIVATIONS_H

#include "nn/layer.h"

/** Buffers that the outputs of inference share: a layer needs its input and its own output, and a
 * convolution with its pool the output of both. */
enum { LB_ACTIVATIONS_SHARED = 3 };

/** Activations of one batch of at most `rows` rows. */
struct lb_activations {
    int rows;
    int layers;
    cl_mem input; ///< normalised input; NULL until a network with normalisation was applied
    cl_mem shared[LB_ACTIVATIONS_SHARED];   ///< for inference; NULL: not needed
    cl_mem output[LB_NETWORK_MAX_LAYERS];   ///< H_k; for inference one of `shared`, in which later
                                            ///< layers overwrite it
    cl_mem slope[LB_NETWORK_MAX_LAYERS];    ///< act'; NULL for linear layers and inference
    cl_mem gradient[LB_NETWORK_MAX_LAYERS]; ///< dL/dZ_k, for the last layer first dL/dH_k; NULL for
                                            ///< inference
};

/** For a network with these layers; `training`: with slopes, gradients and all outputs, otherwise
 * only the last output lasts. The caller destroys them. */
enum lb_status lb_activations_create(struct lb_activations **out, struct lb_device *device,
                                     const struct lb_layer_list *layers, int rows, bool training);
void lb_activations_destroy(struct lb_activations **activations);

/** Device memory in bytes that lb_activations_create() allocates; *largest receives the largest
 * buffer. */
double lb_activations_bytes(const struct lb_layer_list *layers, int rows, bool training,
                            double *largest);

/** Rows of a batch, 1 to `most`, such that input and outputs of all layers take at most 64 MiB;
 * images have many numbers per row. */
int lb_activations_rows(const struct lb_layer_list *layers, int most);

/** The last layer's output. */
static inline cl_mem lb_activations_output(const struct lb_activations *activations)
{
    return activations->output[activations->layers - 1];
}

/** Buffer for dL/d output before a backward pass. */
static inline cl_mem lb_activations_output_gradient(const struct lb_activations *activations)
{
    return activations->gradient[activations->layers - 1];
}

#endif
