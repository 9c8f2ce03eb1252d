/* Images without anything else: from an array file or from pictures. */
#ifndef LB_BATCH_IMAGE_SET_H
#define LB_BATCH_IMAGE_SET_H

#include <lowbend/images.h>

#include "base/spool.h"
#include "batch/image_shape.h"

struct lb_tensor_file;

struct lb_image_set {
    struct lb_tensor images;     ///< (n,H,W,C), (n,H,W) or (n,D); once converted LB_F32 or LB_U8;
                                 ///< may be unaligned
    struct lb_image_shape shape; ///< of each
    size_t count;                ///< n
    size_t size;                 ///< D
    size_t bytes;                ///< of one image
    struct lb_range range;       ///< of the values, bytes scaled to [0,1]
    bool pictures;               ///< they were decoded from pictures
    struct lb_tensor_file *file; ///< owns the images, or
    struct lb_spool spool;       ///< this does: decoded pictures, converted arrays; else the caller
    bool mapped;                 ///< the file is mapped, and must not change
};

/**
 * Opens and checks images of any dtype, which become bytes or floats; floats must be finite, and in
 * [0,1] as lb_image_options says. Array files are mapped, pictures decoded and arrays converted
 * into a temporary file, so that none need fit in memory. Pictures come in the natural order of
 * their names; names that start with a dot are left out. LB_ERR_FORMAT names the file that is
 * damaged or does not fit the others. The set is the caller's, also after a failure.
 */
enum lb_status lb_image_set_read(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const struct lb_image_options *options);

/**
 * The same in parts, for callers that check the shape in between: opens the images, or the
 * first of the n tensors `names` that a safetensors or .npz file has, and fills in `images` alone,
 * of the file's own dtype.
 */
enum lb_status lb_image_set_open(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const char *const *names, size_t n,
                                 const struct lb_image_options *options);
/** As lb_image_set_open(), with images in memory, which stay the caller's. LB_ERR_ARGUMENT if they
 * have no dtype or no data. */
enum lb_status lb_image_set_take(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const struct lb_tensor *images);
/** As lb_image_set_read(), with images in memory; `path` is for messages. */
enum lb_status lb_image_set_read_array(struct lb_image_set *set, struct lb_context *ctx,
                                       const char *path, const struct lb_tensor *images,
                                       const struct lb_image_options *options);
/** Makes floats of all but bytes, and bool of 0 and 1; divides by the scale, brings channels to
 * the end and images to another size, where the options ask for it. */
enum lb_status lb_image_set_convert(struct lb_image_set *set, struct lb_context *ctx,
                                    const char *path, const struct lb_image_options *options);
/** What that makes of the images' dtype and shape; the data are not looked at. */
struct lb_tensor lb_image_set_converted(const struct lb_image_set *set,
                                        const struct lb_image_options *options);
enum lb_status lb_image_set_check_values(struct lb_image_set *set, struct lb_context *ctx,
                                         const char *path);
void lb_image_set_free(struct lb_image_set *set);

/** LB_ERR_IO if a mapped file changed since it was opened; to be asked before reading images. */
enum lb_status lb_image_set_check(const struct lb_image_set *set, struct lb_context *ctx);

/** Bytes of image i in the file. */
static inline const unsigned char *lb_image_set_image(const struct lb_image_set *set, size_t i)
{
    return (const unsigned char *)set->images.data + i * set->bytes;
}

/** Image i as D numbers, bytes scaled to [0,1]. */
void lb_image_set_values(const struct lb_image_set *set, size_t i, float *values);

#endif
