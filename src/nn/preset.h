/* Networks made for images of a size. */
#ifndef LB_NN_PRESET_H
#define LB_NN_PRESET_H

#include "nn/layer.h"

/**
 * Appends the text of a convolutional encoder's hidden layers for images of any height, width and
 * channels to `encoder`, and to `decoder` that of its decoder's, unless the encoder's mirror is
 * one: then nothing. A 64 x 64 image makes
 *
 *     pool,conv16,pool,conv32,pool,conv64,pool,conv128,256
 *
 * False, with the reason in `why`, for vectors.
 */
bool lb_preset_conv(struct lb_shape image, struct lb_text *encoder, struct lb_text *decoder,
                    struct lb_text *why);

#endif
