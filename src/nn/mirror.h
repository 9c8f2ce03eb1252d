/* The decoder that mirrors an encoder. */
#ifndef LB_NN_MIRROR_H
#define LB_NN_MIRROR_H

#include "nn/layer.h"

/**
 * Appends the decoder's hidden layers that mirror an encoder's, in reverse order: dense layers
 * unchanged; then, if there are image layers, a dense layer with the output shape of the last one;
 * `up` for a pool; for a convolution, a convolution to its input channels; for a convolution of
 * stride 2, and for a pool next to a convolution, both, `up` first. The first convolution is not
 * mirrored: the decoder ends with an implied convolution to the image's channels.
 *
 * False, with the reason in `why`, if there is no mirror: a layer without one, or one that halved
 * an odd size.
 */
bool lb_layers_mirror(const struct lb_layer_list *encoder, struct lb_text *text,
                      struct lb_text *why);

#endif
