/*
 * Own pairs: a safetensors or .npz file with the images `x`, `y` and `average`, (n,H,W,C), (n,H,W)
 * or (n,D), of any dtype, and `distance` (n). It is mapped, so it may be larger than memory.
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

/** The images of a pair, in the order of a batch. */
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
    enum lb_dtype dtype;         ///< of the images; LB_U8 and LB_U16 stand for 0..1
    size_t image_bytes;          ///< of one image in the file
    size_t batch_bytes;          ///< of one image in a batch: bytes of LB_U8, else floats
    const unsigned char *images[LB_PAIR_ROLES]; ///< (n, D); may be unaligned
    const unsigned char *distance;              ///< (n); may be unaligned
    enum lb_dtype distance_dtype;               ///< not LB_BOOL
    bool channels_first;                        ///< the shape is likely (n,C,H,W)
    float scale; ///< images but bytes are divided by it; lb_image_full_scale() unless the caller
                 ///< sets it

    /* Filled in by lb_pair_file_scan(). */
    uint64_t fingerprint; ///< of all bytes of the four tensors, their types and shapes
    uint32_t *kept;       ///< numbers of the pairs that are far enough apart; NULL: all of them
    size_t kept_count;
    double smallest; ///< distance among them
    double largest;
    struct lb_range range; ///< of all images, divided by lb_image_full_scale(); of bytes [0,1]

    /* Filled in by lb_pair_file_split(). */
    struct lb_permutation split; ///< the first of the shuffled pairs are held out
    size_t held_out;
    size_t training;
};

/** Whether a DATASET argument names own pairs: it ends in .safetensors or .npz. */
bool lb_is_pair_file(const char *name);

/**
 * Maps a file and checks its header: what it lacks, shapes that do not agree, wrong dtypes.
 *
 * @return LB_OK, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_FORMAT, LB_ERR_MEMORY
 *
 * The file is the caller's; ctx must outlive it.
 */
enum lb_status lb_pair_file_open(struct lb_pair_file **out, struct lb_context *ctx,
                                 const char *path);
void lb_pair_file_close(struct lb_pair_file **file);

/**
 * Reads everything once: numbers must be finite, distances positive and at most 1e6 (LB_ERR_FORMAT
 * names the first that is not); takes the fingerprint, and leaves out pairs below `min_distance`.
 */
enum lb_status lb_pair_file_scan(struct lb_pair_file *file, double min_distance);

/**
 * Holds out a share of the kept pairs, at least one, by a shuffle with the seed. LB_ERR_FORMAT
 * unless `wanted` remain for training.
 */
enum lb_status lb_pair_file_split(struct lb_pair_file *file, uint64_t seed, double share,
                                  size_t wanted);

/** Number in the file of the k-th pair for training, and of the k-th held out. */
size_t lb_pair_file_training(const struct lb_pair_file *file, size_t k);
size_t lb_pair_file_held_out(const struct lb_pair_file *file, size_t k);

/** Bytes of one image of pair i in the file. */
static inline const unsigned char *lb_pair_file_image(const struct lb_pair_file *file,
                                                      enum lb_pair_role role, size_t i)
{
    return file->images[role] + i * file->image_bytes;
}

/** Distance of pair i; in float32 as the loss takes it. */
float lb_pair_file_distance(const struct lb_pair_file *file, size_t i);

/** The same image as a batch takes it: bytes as they are, else floats, divided by the scale. `out`
 * has batch_bytes, and is aligned for floats. */
void lb_pair_file_copy(const struct lb_pair_file *file, enum lb_pair_role role, size_t i,
                       void *out);

/** The same image as numbers, bytes scaled to [0,1]: `values` receives D floats. */
void lb_pair_file_values(const struct lb_pair_file *file, enum lb_pair_role role, size_t i,
                         float *values);

/** LB_ERR_IO if the file changed since it was opened; to be asked before reading images. */
enum lb_status lb_pair_file_check(const struct lb_pair_file *file);

#endif
