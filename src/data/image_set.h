/* Images without anything else: from an array file or a folder of PNG files. */
#ifndef LB_DATA_IMAGE_SET_H
#define LB_DATA_IMAGE_SET_H

#include <lowbend/tensor.h>

#include "base/context.h"

struct lb_image_set {
    struct lb_tensor images;     ///< (n,H,W,C), (n,H,W) or (n,D); LB_F32 or LB_U8
    size_t count;                ///< n
    size_t size;                 ///< D
    struct lb_tensor_file *file; ///< owns the images, or
    unsigned char *pixels;       ///< these do
};

/**
 * Reads and checks images; float32 ones must be finite. LB_ERR_FORMAT names the file that is
 * damaged or does not fit the others. The set is the caller's, also after a failure.
 */
enum lb_status lb_image_set_read(struct lb_image_set *set, struct lb_context *ctx,
                                 const char *path);
void lb_image_set_free(struct lb_image_set *set);

/** Image i as D numbers, bytes scaled to [0,1]. */
void lb_image_set_values(const struct lb_image_set *set, size_t i, float *values);

#endif
