/* The decoder that mirrors an encoder. */
#ifndef LB_NN_MIRROR_H
#define LB_NN_MIRROR_H

#include "nn/layer.h"

/**
 * Appends the text of the decoder's hidden layers for an encoder of these hidden layers, walked
 * backwards: dense layers as they are; then, if there are layers of images, a dense layer to the
 * shape that the last one left, `up` for a pool, a convolution to the channels that it got for a
 * convolution, and both, `up` first, for one of stride 2 and for a pool next to a convolution. The
 * mirror of the first convolution is left out: the decoder ends with a convolution to the image's
 * channels, which its text does not name.
 *
 * False, with the reason in `why`, if there is none: a layer without a mirror, or one that halved
 * an odd side.
 */
bool lb_layers_mirror(const struct lb_layer_list *encoder, struct lb_text *text,
                      struct lb_text *why);

#endif
