/* Images alone, from an array file or from pictures. */
#ifndef LB_BATCH_IMAGE_SET_H
#define LB_BATCH_IMAGE_SET_H

#include <lowbend/images.h>

#include "base/spool.h"
#include "batch/image_shape.h"

struct lb_tensor_file;

struct lb_image_set {
    struct lb_tensor
        images; ///< (n,H,W,C), (n,H,W) or (n,D); after conversion LB_F32 or LB_U8; may be unaligned
    struct lb_image_shape shape; ///< of each image
    size_t count;                ///< n
    size_t size;                 ///< D
    size_t bytes;                ///< of one image
    struct lb_range range;       ///< of the values, with bytes scaled to [0,1]
    bool pictures;               ///< decoded from pictures
    struct lb_tensor_file *file; ///< owns the images, or
    struct lb_spool
        spool;   ///< this does, for decoded pictures and converted arrays; else the caller
    bool mapped; ///< the file is mapped, and must not change
};

/**
 * Opens and checks images of any dtype, converting them to bytes or floats; floats must be finite,
 * and in [0,1] as described in lb_image_options. Array files are mapped; decoded pictures and
 * converted arrays go to a temporary file, so nothing needs to fit into memory. Pictures are in
 * natural order of their names; names starting with a dot are skipped. LB_ERR_FORMAT names the file
 * that is damaged or does not fit the others. The caller owns the set, also after a failure.
 */
enum lb_status lb_image_set_read(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const struct lb_image_options *options);

/**
 * The same in steps, for callers that check the shape in between: opens the images, or the first of
 * the n tensors `names` found in a safetensors or .npz file, and sets only `images`, with the
 * file's dtype.
 */
enum lb_status lb_image_set_open(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const char *const *names, size_t n,
                                 const struct lb_image_options *options);
/** lb_image_set_open() for images in memory, owned by the caller. LB_ERR_ARGUMENT if they have no
 * dtype or no data. */
enum lb_status lb_image_set_take(struct lb_image_set *set, struct lb_context *ctx, const char *path,
                                 const struct lb_tensor *images);
/** lb_image_set_read() for images in memory; `path` is for messages. */
enum lb_status lb_image_set_read_array(struct lb_image_set *set, struct lb_context *ctx,
                                       const char *path, const struct lb_tensor *images,
                                       const struct lb_image_options *options);
/** Converts everything except bytes to floats, and bool to 0 and 1; divides by the scale, moves
 * channels to the end and resizes images as the options require. */
enum lb_status lb_image_set_convert(struct lb_image_set *set, struct lb_context *ctx,
                                    const char *path, const struct lb_image_options *options);
/** The dtype and shape after conversion; does not read the data. */
struct lb_tensor lb_image_set_converted(const struct lb_image_set *set,
                                        const struct lb_image_options *options);
enum lb_status lb_image_set_check_values(struct lb_image_set *set, struct lb_context *ctx,
                                         const char *path);
void lb_image_set_free(struct lb_image_set *set);

/** LB_ERR_IO if a mapped file changed since it was opened. Call it before reading images. */
enum lb_status lb_image_set_check(const struct lb_image_set *set, struct lb_context *ctx);

/** Bytes of image i in the file. */
static inline const unsigned char *lb_image_set_image(const struct lb_image_set *set, size_t i)
{
    return (const unsigned char *)set->images.data + i * set->bytes;
}

/** Image i as D numbers, bytes scaled to [0,1]. */
void lb_image_set_values(const struct lb_image_set *set, size_t i, float *values);

#endif
