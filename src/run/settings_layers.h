/* The networks that the settings name, as lists of layers. */
#ifndef LB_RUN_SETTINGS_LAYERS_H
#define LB_RUN_SETTINGS_LAYERS_H

#include <lowbend/train.h>

#include "nn/layer.h"

/** Images as layers see them. */
static inline struct lb_shape lb_image_shape(const struct lb_dataset_info *info)
{
    return (struct lb_shape){info->height, info->width, info->channels};
}

/** The encoder's layers, from images of this shape. Dense layers alone take vectors: all numbers of
 * an image in one row. LB_ERR_ARGUMENT names option, token and sizes. */
enum lb_status lb_settings_encoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, struct lb_shape image);
/** The decoder's, back to images. Errors likewise. */
enum lb_status lb_settings_decoder(struct lb_layer_list *list, struct lb_context *ctx,
                                   const struct lb_train_params *params, struct lb_shape image);

#endif
