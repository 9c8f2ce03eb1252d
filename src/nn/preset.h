/* Networks chosen for an image size. */
#ifndef LB_NN_PRESET_H
#define LB_NN_PRESET_H

#include "nn/layer.h"

/**
 * Appends the hidden layers of a convolutional encoder and its decoder for images of any height,
 * width and channels. A 64 x 64 image gives
 *
 *     pool,conv8,pool,conv16,pool,conv32,pool,256,256
 *     256,dense4x4x64,deconv32,deconv16,deconv8
 *
 * False, with the reason in `why`, for vectors.
 */
bool lb_preset_conv(struct lb_shape image, struct lb_text *encoder, struct lb_text *decoder,
                    struct lb_text *why);

#endif
