/* Drawing weights, for the kinds of layers. */
#ifndef LB_NN_INITIALISE_H
#define LB_NN_INITIALISE_H

#include "nn/layer.h"

/** Draws the layer's weight for these fans, with the gain of its activation. The numbers depend
 * only on seed, stream and the layer's number. */
void lb_draw_weights(const struct lb_layer *layer, float *weight, int fan_in, int fan_out,
                     struct lb_weight_seed seed);

#endif
