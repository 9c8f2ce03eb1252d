/*
 * User pairs: a safetensors or .npz file with images `x`, `y` and `average`, (n,H,W,C), (n,H,W) or
 * (n,D), of any dtype, and `distance` (n). It is mapped and may exceed memory.
 */
#ifndef LB_BATCH_PAIR_FILE_H
#define LB_BATCH_PAIR_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <lowbend/dataset.h>
#include <lowbend/tensor.h>

#include "base/context.h"
#include "batch/image_shape.h"
#include "batch/order.h"

struct lb_tensor_file;

/** The images of a pair, in batch order. */
enum lb_pair_role {
    LB_PAIR_X,
    LB_PAIR_Y,
    LB_PAIR_AVERAGE,
    LB_PAIR_ROLES,
};

struct lb_pair_file {
    struct lb_context *ctx;
    char *path;
    struct lb_tensor_file *file;
    struct lb_dataset_info info; ///< image shape; dimension 0: no manifold
    size_t count;                ///< n, of the whole file
    size_t image_size;           ///< D
    enum lb_dtype dtype;         ///< of the images; LB_U8 and LB_U16 mean 0..1
    size_t image_bytes;          ///< size of an image in the file
    size_t batch_bytes;          ///< size of an image in a batch: bytes for LB_U8, else floats
    const unsigned char *images[LB_PAIR_ROLES]; ///< (n, D); may be unaligned
    const unsigned char *distance;              ///< (n); may be unaligned
    enum lb_dtype distance_dtype;               ///< not LB_BOOL
    bool channels_first;                        ///< the shape is probably (n,C,H,W)
    float scale; ///< divisor of images other than bytes; lb_image_full_scale() unless the caller
                 ///< sets it

    /* Set by lb_pair_file_scan(). */
    uint64_t fingerprint; ///< hash of all bytes of the four tensors, their types and shapes
    uint32_t *kept;       ///< numbers of the pairs that are far enough apart; NULL: all
    size_t kept_count;
    double smallest; ///< smallest distance among them
    double largest;
    struct lb_range range; ///< of all images, divided by lb_image_full_scale(); for bytes [0,1]

    /* Set by lb_pair_file_split(). */
    struct lb_permutation split; ///< the first shuffled pairs are held out
    size_t held_out;
    size_t training;
};

/** Whether a DATASET argument is a file of user pairs: it ends in .safetensors or .npz. */
bool lb_is_pair_file(const char *name);

/**
 * Maps a file and checks its header for missing tensors, inconsistent shapes and wrong dtypes.
 *
 * @return LB_OK, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_FORMAT, LB_ERR_MEMORY
 *
 * The caller owns the file; ctx must outlive it.
 */
enum lb_status lb_pair_file_open(struct lb_pair_file **out, struct lb_context *ctx,
                                 const char *path);
void lb_pair_file_close(struct lb_pair_file **file);

/**
 * Reads everything once: numbers must be finite, distances positive and at most 1e6 (LB_ERR_FORMAT
 * names the first violation). Computes the fingerprint and drops pairs below `min_distance`.
 */
enum lb_status lb_pair_file_scan(struct lb_pair_file *file, double min_distance);

/**
 * Holds out a fraction of the kept pairs, at least one, by a seeded shuffle. LB_ERR_FORMAT unless
 * `wanted` pairs remain for training.
 */
enum lb_status lb_pair_file_split(struct lb_pair_file *file, uint64_t seed, double share,
                                  size_t wanted);

/** File index of the k-th training pair, and of the k-th held-out pair. */
size_t lb_pair_file_training(const struct lb_pair_file *file, size_t k);
size_t lb_pair_file_held_out(const struct lb_pair_file *file, size_t k);

/** Bytes of one image of pair i in the file. */
static inline const unsigned char *lb_pair_file_image(const struct lb_pair_file *file,
                                                      enum lb_pair_role role, size_t i)
{
    return file->images[role] + i * file->image_bytes;
}

/** Distance of pair i, in float32 as used by the loss. */
float lb_pair_file_distance(const struct lb_pair_file *file, size_t i);

/** Copies that image in batch format: bytes unchanged, else floats divided by the scale. `out` has
 * batch_bytes, and is aligned for floats. */
void lb_pair_file_copy(const struct lb_pair_file *file, enum lb_pair_role role, size_t i,
                       void *out);

/** The same image as D floats, with bytes scaled to [0,1]. */
void lb_pair_file_values(const struct lb_pair_file *file, enum lb_pair_role role, size_t i,
                         float *values);

/** LB_ERR_IO if the file changed since it was opened. Call it before reading images. */
enum lb_status lb_pair_file_check(const struct lb_pair_file *file);

#endif
