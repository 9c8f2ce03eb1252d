/* Layer outputs of one batch, kept for the backward pass. */
#ifndef LB_NN_ACTIVATIONS_H
#define LB_NN_ACTIVATIONS_H

#include "nn/layer.h"

/** Activations of one batch of at most `rows` rows, for a forward and a backward pass. */
struct lb_activations {
    int rows;
    int layers;
    cl_mem input; ///< normalised input; NULL until a network with normalisation was applied
    cl_mem output[LB_NETWORK_MAX_LAYERS];   ///< H_k
    cl_mem slope[LB_NETWORK_MAX_LAYERS];    ///< act'; NULL for linear layers and inference
    cl_mem gradient[LB_NETWORK_MAX_LAYERS]; ///< dL/dZ_k, for the last layer first dL/dH_k; NULL for
                                            ///< inference
};

/** For a network with these layers; `training`: with slopes and gradients. The caller destroys
 * them. */
enum lb_status lb_activations_create(struct lb_activations **out, struct lb_device *device,
                                     const struct lb_layer_list *layers, int rows, bool training);
void lb_activations_destroy(struct lb_activations **activations);

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
