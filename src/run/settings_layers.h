/* The networks that the settings name, as lists of layers. */
#ifndef LB_RUN_SETTINGS_LAYERS_H
#define LB_RUN_SETTINGS_LAYERS_H

#include <lowbend/train.h>

#include "nn/layer.h"

/** The encoder's layers, from images of `size` numbers. LB_ERR_ARGUMENT. */
enum lb_status lb_settings_encoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, int size);
/** The decoder's, back to images: the encoder's hidden layers in reverse. LB_ERR_ARGUMENT. */
enum lb_status lb_settings_decoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, int size);

#endif
