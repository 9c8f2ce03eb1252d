/* Files of pictures, decoded into one array of images. */
#ifndef LB_BATCH_PICTURE_SET_H
#define LB_BATCH_PICTURE_SET_H

#include <lowbend/images.h>
#include <lowbend/tensor.h>

#include "base/spool.h"

/**
 * Decodes the pictures of a folder, as lb_picture_list_add() lists them, or one file, into `spool`.
 * They are taken as the widest of them is: RGB if one is, and float32 in [0,1] instead of bytes if
 * one has 16 bits. All must be of one size, unless the options ask for one. Says once where some
 * were widened, laid on a background or stretched.
 *
 * @param images receives (n,H,W,C), LB_U8 or LB_F32; its data are the spool's
 * @return LB_OK, or LB_ERR_FORMAT, which names the file that is damaged or does not fit; LB_ERR_IO,
 *         LB_ERR_MEMORY
 */
enum lb_status lb_pictures_read(struct lb_tensor *images, struct lb_spool *spool,
                                struct lb_context *ctx, const char *path,
                                const struct lb_image_options *options);

#endif
