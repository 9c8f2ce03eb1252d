/* Decodes picture files into one array of images. */
#ifndef LB_BATCH_PICTURE_SET_H
#define LB_BATCH_PICTURE_SET_H

#include <lowbend/images.h>
#include <lowbend/tensor.h>

#include "base/spool.h"

/**
 * Decodes one file, or the pictures of a folder as listed by lb_picture_list_add(), into `spool`.
 * The widest picture determines the format: RGB if any is RGB, and float32 in [0,1] instead of
 * bytes if any has 16 bits. All must have the same size, unless the options set one. Logs once if
 * some were widened, blended with a background or stretched.
 *
 * @param images receives (n,H,W,C), LB_U8 or LB_F32; the spool owns the data
 * @return LB_OK, or LB_ERR_FORMAT, which names the file that is damaged or does not fit; LB_ERR_IO,
 *         LB_ERR_MEMORY
 */
enum lb_status lb_pictures_read(struct lb_tensor *images, struct lb_spool *spool,
                                struct lb_context *ctx, const char *path,
                                const struct lb_image_options *options);

#endif
