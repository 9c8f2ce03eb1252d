/* Networks with image layers in double: plain loops over what each layer's sums are made of. */
#ifndef LB_TESTS_CONV_REFERENCE_H
#define LB_TESTS_CONV_REFERENCE_H

#include "nn/network.h"
#include "support.h"

/** out = act(layer(in) + mean) of one row, and act' at the same place; mean may be NULL. */
void conv_layer_forward(const struct lb_layer *layer, const double *block, const double *mean,
                        const double *in, double *out, double *slope);

/** Results of the passes, in double; conv_passes_free() it. */
struct conv_passes {
    double *output;         ///< (rows, outputs)
    double *gradient;       ///< by the parameters of a block
    double *input_gradient; ///< (rows, inputs)
};

/** Runs `rows` rows of `in` forward, and dL/d output backward. `block` holds the parameters; `mean`
 * (outputs), if not NULL, is added to the last layer's pre-activations. */
struct conv_passes conv_reference(const struct lb_layer_list *layers, const double *block,
                                  const double *mean, const double *in, const double *cotangent,
                                  size_t rows);
void conv_passes_free(struct conv_passes *passes);

#endif
