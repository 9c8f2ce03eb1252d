/* Private part of lb_tensor_file: filled by the readers, shared by the writers. */
#ifndef LB_IO_TENSOR_FILE_H
#define LB_IO_TENSOR_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>
#include <lowbend/tensor.h>

#include "base/file.h"
#include "base/spool.h"
#include "base/text.h"
#include "io/zip.h"

struct lb_mapping;

/** Layout of a tensor's elements in its file; {0} is the layout of lb_tensor. */
struct lb_tensor_form {
    struct lb_quote dtype;            ///< for LB_DTYPE_OTHER: its name in the file
    bool swapped;                     ///< big-endian
    bool fortran;                     ///< the first axis varies fastest
    char *name;                       ///< of a .npz member
    const struct lb_zip_entry *entry; ///< its archive member
    size_t begin;                     ///< offset of the elements in it
    bool loaded;
    struct lb_spool spool; ///< the elements, if unpacked or reordered
};

struct lb_tensor_file {
    char *bytes;                ///< the whole file; tensors point into it if aligned
    struct lb_mapping *mapping; ///< of a mapped file, whose tensors may be unaligned
    json_t *header;            ///< owns the names and the metadata of a safetensors file, else NULL
    struct lb_tensor *tensors; ///< `count` of them, in the order of the data
    void **copies;             ///< `count`; not NULL for tensors copied for alignment
    struct lb_tensor_form *forms; ///< `count`
    size_t count;
    struct lb_zip zip; ///< of a .npz file
};

/**
 * Maps a file instead of reading it, so it may exceed memory; headers are checked as in
 * lb_tensor_file_read(). Tensors are read only when loaded, and copied only if necessary; their
 * data may be unaligned.
 */
enum lb_status lb_tensor_file_map(struct lb_tensor_file **out, struct lb_context *ctx,
                                  const char *path);

/**
 * Must be called before reading a tensor of a mapped file: unpacks compressed data and converts
 * other layouts to that of lb_tensor, through a temporary file, so nothing needs to fit into
 * memory. LB_ERR_FORMAT for LB_DTYPE_OTHER, listing the supported dtypes, and for damaged
 * compressed data; LB_ERR_IO, LB_ERR_MEMORY.
 *
 * @param tensor one of `file`
 */
enum lb_status lb_tensor_file_load(struct lb_tensor_file *file, struct lb_context *ctx,
                                   const char *path, const struct lb_tensor *tensor);

/** LB_ERR_FORMAT for LB_DTYPE_OTHER, as lb_tensor_file_load(). */
enum lb_status lb_tensor_file_check_dtype(const struct lb_tensor_file *file, struct lb_context *ctx,
                                          const char *path, const struct lb_tensor *tensor);

/** Converts n elements of any dtype but LB_DTYPE_OTHER to floats, rounded to nearest; `in` may be
 * unaligned. */
void lb_elements_to_floats(enum lb_dtype dtype, const void *in, size_t n, float *out);

#define LB_DTYPES_READ "floats of 16, 32 or 64 bits, integers, or bool"

/**
 * LB_ERR_IO if a mapped file was modified or truncated since. Call it before reading: an access
 * past the end of a file would end the program.
 */
enum lb_status lb_tensor_file_check_mapping(const struct lb_tensor_file *file,
                                            struct lb_context *ctx);
/** Advises the system whether a mapped file is about to be read in order. */
void lb_tensor_file_advise(const struct lb_tensor_file *file, bool in_order);

/** Space for `count` tensors; false when out of memory. */
bool lb_tensor_file_reserve(struct lb_tensor_file *file, size_t count);

/** Places tensor i at offset `begin` of the file's bytes, moving it if unaligned. */
enum lb_status lb_tensor_file_place(struct lb_tensor_file *file, struct lb_context *ctx, size_t i,
                                    size_t begin, size_t size);

/**
 * Size of an array in bytes; false if above PTRDIFF_MAX. The check's product skips sizes of 0, so
 * that no partial product of a shape overflows.
 */
bool lb_shape_bytes(const size_t *shape, int rank, enum lb_dtype dtype, size_t *bytes);

/** Checks a tensor to be written, except for its data; `bytes` receives the size of the data. */
enum lb_status lb_tensor_check(struct lb_context *ctx, const char *path,
                               const struct lb_tensor *tensor, size_t *bytes);

/** Readers fill the zeroed `file`, whose `bytes` (`size` of them) are already set. */
enum lb_status lb_safetensors_read(struct lb_tensor_file *file, struct lb_context *ctx,
                                   const char *path, size_t size);
/** Appends everything before the data of these tensors; `data` is not read. */
enum lb_status lb_safetensors_header(struct lb_text *header, struct lb_context *ctx,
                                     const char *path, const struct lb_tensor *tensors, size_t n,
                                     const struct lb_metadata *metadata, size_t n_metadata);
enum lb_status lb_npy_read(struct lb_tensor_file *file, struct lb_context *ctx, const char *path,
                           size_t size);
enum lb_status lb_npz_read(struct lb_tensor_file *file, struct lb_context *ctx, const char *path,
                           size_t size);
/** Calls the reader for the suffix of the file name. */
enum lb_status lb_tensor_file_parse(struct lb_tensor_file *file, struct lb_context *ctx,
                                    const char *path, size_t size);

/** Longest header of an .npy array, including everything before its elements. */
#define LB_NPY_HEADER_MAX 65548u
/**
 * The header of an .npy array.
 *
 * @param size bytes available; at most LB_NPY_HEADER_MAX are needed
 * @param total size of the array with its header, which its shape must fit
 * @param begin offset of the elements
 */
enum lb_status lb_npy_read_header(struct lb_tensor *tensor, struct lb_tensor_form *form,
                                  struct lb_context *ctx, const char *path, const char *bytes,
                                  size_t size, size_t total, size_t *begin);
enum lb_status lb_npy_header(struct lb_text *header, struct lb_context *ctx, const char *path,
                             const struct lb_tensor *tensor);

/** Size of the length field of a safetensors header. */
#define LB_HEADER_LENGTH_BYTES 8

/**
 * For a file with an unexpected start: LB_ERR_FORMAT with its format and advice, if its first bytes
 * show that; else LB_OK.
 *
 * @param wanted "a safetensors file"
 */
enum lb_status lb_foreign_check(struct lb_context *ctx, const char *path, const char *wanted,
                                const char *bytes, size_t size);

/** lb_tensor_file_write() in pieces, for data larger than memory. */
struct lb_tensor_writer {
    struct lb_context *ctx;
    struct lb_file_writer file;
};
/** Writes the header. Does not read `data` of the tensors: add it with lb_tensor_writer_add(), in
 * this order and without gaps. Abandon the writer after any failure. */
enum lb_status lb_tensor_writer_open(struct lb_tensor_writer *writer, struct lb_context *ctx,
                                     const char *path, const struct lb_tensor *tensors, size_t n,
                                     const struct lb_metadata *metadata, size_t n_metadata);
enum lb_status lb_tensor_writer_add(struct lb_tensor_writer *writer, const void *data,
                                    size_t bytes);
/** Call it after all data: the file exists only from now on. */
enum lb_status lb_tensor_writer_commit(struct lb_tensor_writer *writer);
/** No-op after a commit. */
void lb_tensor_writer_abandon(struct lb_tensor_writer *writer);

#endif
