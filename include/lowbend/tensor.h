/* Named arrays in .safetensors and .npz files, and single arrays in .npy files. */
#ifndef LOWBEND_TENSOR_H
#define LOWBEND_TENSOR_H

#include <stddef.h>

#include <lowbend/context.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_TENSOR_MAX_RANK 8

enum lb_dtype {
    LB_F32,
    LB_F64,
    LB_U8,
    LB_I32,
    LB_I64,
    LB_F16,  ///< IEEE 754 binary16
    LB_BF16, ///< the upper half of a float32
    LB_I8,
    LB_I16,
    LB_U16,
    LB_U32,
    LB_U64,
    LB_BOOL,        ///< a byte, 0 or 1
    LB_DTYPE_OTHER, ///< in a file, but not read by lowbend: such a tensor has no data
};

/** Bytes of one element; 0 of LB_DTYPE_OTHER. */
LB_API size_t lb_dtype_size(enum lb_dtype dtype);
/** The safetensors name: "F32", "F64", "U8", ... */
LB_API const char *lb_dtype_name(enum lb_dtype dtype);

/** A dense row-major array, little endian. */
struct lb_tensor {
    const char *name;
    enum lb_dtype dtype;
    int rank;
    size_t shape[LB_TENSOR_MAX_RANK];
    const void *data;
};

/** A string pair of the file's metadata. */
struct lb_metadata {
    const char *key;
    const char *value;
};

/** Number of elements; shapes in files are checked, so the product cannot overflow. */
LB_API size_t lb_tensor_count(const struct lb_tensor *tensor);

struct lb_tensor_file;

/**
 * Reads a whole file: .npy by its name (its one tensor gets the name "array"), .npz by its name
 * (its members keep theirs, without .npy), else safetensors. Everything in it is checked: header
 * size, JSON, dtypes, shapes, offsets, overlaps, duplicates, checksums. Arrays in Fortran order or
 * big endian are brought into the order of lb_tensor. Tensors of a dtype that is not in lb_dtype
 * are listed as LB_DTYPE_OTHER; a .npy file of one is refused.
 *
 * @param out the file, owned by the caller, with all its tensors
 * @return LB_OK, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_FORMAT, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_tensor_file_read(struct lb_tensor_file **out, struct lb_context *ctx,
                                          const char *path);
LB_API void lb_tensor_file_free(struct lb_tensor_file **file);

LB_API size_t lb_tensor_file_count(const struct lb_tensor_file *file);
/** The i-th tensor in the order of the data, i < count; valid as long as the file. */
LB_API const struct lb_tensor *lb_tensor_file_at(const struct lb_tensor_file *file, size_t i);
/** The tensor of this name, or NULL. */
LB_API const struct lb_tensor *lb_tensor_file_find(const struct lb_tensor_file *file,
                                                   const char *name);
/** The metadata value of this key, or NULL. */
LB_API const char *lb_tensor_file_metadata(const struct lb_tensor_file *file, const char *key);

/**
 * Writes a file, .npy by its name (then exactly one tensor and no metadata), else safetensors:
 * beside the target first, synced, then renamed, so that a reader never sees half a file. The bytes
 * depend on the arguments alone: no time, no path.
 *
 * @param tensors n tensors, data stays the caller's; written in this order
 * @return LB_OK, LB_ERR_IO, LB_ERR_MEMORY, LB_ERR_ARGUMENT (.npy with n != 1)
 */
LB_API enum lb_status lb_tensor_file_write(struct lb_context *ctx, const char *path,
                                           const struct lb_tensor *tensors, size_t n,
                                           const struct lb_metadata *metadata, size_t n_metadata);

#ifdef __cplusplus
}
#endif

#endif
