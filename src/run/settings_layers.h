/* Networks defined by the settings, as lists of layers. */
#ifndef LB_RUN_SETTINGS_LAYERS_H
#define LB_RUN_SETTINGS_LAYERS_H

#include <lowbend/train.h>

#include "nn/layer.h"

/** Image shape in the form that layers use. */
static inline struct lb_shape lb_image_shape(const struct lb_dataset_info *info)
{
    return (struct lb_shape){info->height, info->width, info->channels};
}

/** The encoder's layers, for images of this shape. With dense layers only, images are vectors.
 * LB_ERR_ARGUMENT names option, token and sizes. */
enum lb_status lb_settings_encoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, struct lb_shape image);
/** The decoder's layers, back to images. Errors likewise. */
enum lb_status lb_settings_decoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, struct lb_shape image);

#endif
