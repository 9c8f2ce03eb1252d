/* Named arrays in .safetensors and .npz files; single arrays in .npy files. */
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
    LB_DTYPE_OTHER, ///< found in a file but not supported: such a tensor has no data
};

/** Bytes per element; 0 for LB_DTYPE_OTHER. */
LB_API size_t lb_dtype_size(enum lb_dtype dtype);
/** The safetensors name: "F32", "F64", "U8", ... */
LB_API const char *lb_dtype_name(enum lb_dtype dtype);

/** A dense row-major array, little-endian. */
struct lb_tensor {
    const char *name;
    enum lb_dtype dtype;
    int rank;
    size_t shape[LB_TENSOR_MAX_RANK];
    const void *data;
};

/** A key and value of the file's metadata. */
struct lb_metadata {
    const char *key;
    const char *value;
};

/** Number of elements. Shapes in files are checked, so the product cannot overflow. */
LB_API size_t lb_tensor_count(const struct lb_tensor *tensor);

struct lb_tensor_file;

/**
 * Reads a whole file. The suffix .npy gives one tensor named "array", .npz gives its members
 * without .npy, anything else is read as safetensors. Checks everything: header size, JSON, dtypes,
 * shapes, offsets, overlaps, duplicates, checksums. Arrays in Fortran order or big-endian are
 * converted to the layout of lb_tensor. Tensors of unsupported dtype are listed as LB_DTYPE_OTHER;
 * an .npy file of unsupported dtype is rejected.
 *
 * @param out the file with all its tensors, owned by the caller
 * @return LB_OK, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_FORMAT, LB_ERR_MEMORY
 */
LB_API enum lb_status lb_tensor_file_read(struct lb_tensor_file **out, struct lb_context *ctx,
                                          const char *path);
LB_API void lb_tensor_file_free(struct lb_tensor_file **file);

LB_API size_t lb_tensor_file_count(const struct lb_tensor_file *file);
/** Tensor i < count, in the order of the data; valid as long as the file. */
LB_API const struct lb_tensor *lb_tensor_file_at(const struct lb_tensor_file *file, size_t i);
/** The tensor with this name, or NULL. */
LB_API const struct lb_tensor *lb_tensor_file_find(const struct lb_tensor_file *file,
                                                   const char *name);
/** The metadata value for this key, or NULL. */
LB_API const char *lb_tensor_file_metadata(const struct lb_tensor_file *file, const char *key);

/**
 * Writes a file: with suffix .npy exactly one tensor and no metadata, else safetensors. It writes a
 * temporary file, syncs and renames it, so readers never see a partial file. The bytes depend only
 * on the arguments: no time, no path.
 *
 * @param tensors n tensors, written in this order; the caller keeps the data
 * @return LB_OK, LB_ERR_IO, LB_ERR_MEMORY, LB_ERR_ARGUMENT (.npy with n != 1, .npz)
 */
LB_API enum lb_status lb_tensor_file_write(struct lb_context *ctx, const char *path,
                                           const struct lb_tensor *tensors, size_t n,
                                           const struct lb_metadata *metadata, size_t n_metadata);

#ifdef __cplusplus
}
#endif

#endif
