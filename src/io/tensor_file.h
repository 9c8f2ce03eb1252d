/* The private side of lb_tensor_file: what the readers fill in, and what the writers share. */
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

/** How the elements of a tensor lie in its file; starts as {0}, which is as in lb_tensor. */
struct lb_tensor_form {
    struct lb_quote dtype;            ///< of LB_DTYPE_OTHER: what the file calls it
    bool swapped;                     ///< big endian
    bool fortran;                     ///< the first axis varies fastest
    char *name;                       ///< of a member of a .npz file
    const struct lb_zip_entry *entry; ///< where that is
    size_t begin;                     ///< of the elements in it
    bool loaded;
    struct lb_spool spool; ///< the elements, where they were unpacked or brought into order
};

struct lb_tensor_file {
    char *bytes;                ///< the whole file; tensors point into it where alignment allows
    struct lb_mapping *mapping; ///< of a file that is mapped, whose tensors may be unaligned
    json_t *header;            ///< owns the names and the metadata of a safetensors file, else NULL
    struct lb_tensor *tensors; ///< `count` of them, in the order of the data
    void **copies;             ///< `count`; not NULL where a tensor was moved to be aligned
    struct lb_tensor_form *forms; ///< `count`
    size_t count;
    struct lb_zip zip; ///< of a .npz file
};

/**
 * Maps a file instead of reading it, so that it may be larger than memory; its headers are checked
 * as by lb_tensor_file_read(). Tensors are read only once they are loaded, and never copied unless
 * they have to be: their data may be unaligned.
 */
enum lb_status lb_tensor_file_map(struct lb_tensor_file **out, struct lb_context *ctx,
                                  const char *path);

/**
 * To be called before the data of a tensor of a mapped file is read: unpacks what is packed and
 * brings other orders of elements into that of lb_tensor, by way of a temporary file, so that none
 * of it need fit in memory. LB_ERR_FORMAT for LB_DTYPE_OTHER, naming the dtypes there are, and for
 * packed data that are damaged; LB_ERR_IO, LB_ERR_MEMORY.
 *
 * @param tensor one of `file`
 */
enum lb_status lb_tensor_file_load(struct lb_tensor_file *file, struct lb_context *ctx,
                                   const char *path, const struct lb_tensor *tensor);

/** LB_ERR_FORMAT for LB_DTYPE_OTHER, as lb_tensor_file_load(). */
enum lb_status lb_tensor_file_check_dtype(const struct lb_tensor_file *file, struct lb_context *ctx,
                                          const char *path, const struct lb_tensor *tensor);

/** n elements of any dtype but LB_DTYPE_OTHER as floats, rounded to nearest, as they are; `in` may
 * be unaligned. */
void lb_elements_to_floats(enum lb_dtype dtype, const void *in, size_t n, float *out);

#define LB_DTYPES_READ "floats of 16, 32 or 64 bits, integers, or bool"

/**
 * LB_ERR_IO if a mapped file was written to or truncated since: to be asked before reading from it,
 * since reading behind the end of a file ends the program.
 */
enum lb_status lb_tensor_file_check_mapping(const struct lb_tensor_file *file,
                                            struct lb_context *ctx);
/** Advises the system whether a mapped file is about to be read in order. */
void lb_tensor_file_advise(const struct lb_tensor_file *file, bool in_order);

/** Space for `count` tensors; false when out of memory. */
bool lb_tensor_file_reserve(struct lb_tensor_file *file, size_t count);

/** Lets tensor i start at `begin` of the file's bytes, moving it if that is not aligned for it. */
enum lb_status lb_tensor_file_place(struct lb_tensor_file *file, struct lb_context *ctx, size_t i,
                                    size_t begin, size_t size);

/**
 * Bytes of an array; false if that is beyond PTRDIFF_MAX. Sizes of 0 are left out of that check's
 * product, so that no partial product of a shape can overflow either.
 */
bool lb_shape_bytes(const size_t *shape, int rank, enum lb_dtype dtype, size_t *bytes);

/** Checks a tensor to be written but for its data; `bytes` gets the size of the tensor's data. */
enum lb_status lb_tensor_check(struct lb_context *ctx, const char *path,
                               const struct lb_tensor *tensor, size_t *bytes);

/** Readers fill the zeroed `file`, whose `bytes` (`size` of them) are there already. */
enum lb_status lb_safetensors_read(struct lb_tensor_file *file, struct lb_context *ctx,
                                   const char *path, size_t size);
/** Appends what stands before the data of these tensors, whose `data` is not read. */
enum lb_status lb_safetensors_header(struct lb_text *header, struct lb_context *ctx,
                                     const char *path, const struct lb_tensor *tensors, size_t n,
                                     const struct lb_metadata *metadata, size_t n_metadata);
enum lb_status lb_npy_read(struct lb_tensor_file *file, struct lb_context *ctx, const char *path,
                           size_t size);
enum lb_status lb_npz_read(struct lb_tensor_file *file, struct lb_context *ctx, const char *path,
                           size_t size);
/** The one of these that the name of the file asks for. */
enum lb_status lb_tensor_file_parse(struct lb_tensor_file *file, struct lb_context *ctx,
                                    const char *path, size_t size);

/** Longest header of a .npy array, with all that stands before its elements. */
#define LB_NPY_HEADER_MAX 65548u
/**
 * The header of a .npy array.
 *
 * @param size bytes that there are to read, at most LB_NPY_HEADER_MAX are needed
 * @param total bytes of the array with its header, for which its shape must fit
 * @param begin of the elements
 */
enum lb_status lb_npy_read_header(struct lb_tensor *tensor, struct lb_tensor_form *form,
                                  struct lb_context *ctx, const char *path, const char *bytes,
                                  size_t size, size_t total, size_t *begin);
enum lb_status lb_npy_header(struct lb_text *header, struct lb_context *ctx, const char *path,
                             const struct lb_tensor *tensor);

/** Of the header of a safetensors file: its length, as a number of so many bytes. */
#define LB_HEADER_LENGTH_BYTES 8

/**
 * For a file that does not start as it should: LB_ERR_FORMAT with what it is and what to do, where
 * its first bytes tell; LB_OK where they do not.
 *
 * @param wanted "a safetensors file"
 */
enum lb_status lb_foreign_check(struct lb_context *ctx, const char *path, const char *wanted,
                                const char *bytes, size_t size);

/** lb_tensor_file_write() in pieces, for data that need not be in memory as a whole. */
struct lb_tensor_writer {
    struct lb_context *ctx;
    struct lb_file_writer file;
};
/** Writes the header. `data` of the tensors is not read: it comes by lb_tensor_writer_add(),
 * in this order and without holes. Abandon the writer after any failure. */
enum lb_status lb_tensor_writer_open(struct lb_tensor_writer *writer, struct lb_context *ctx,
                                     const char *path, const struct lb_tensor *tensors, size_t n,
                                     const struct lb_metadata *metadata, size_t n_metadata);
enum lb_status lb_tensor_writer_add(struct lb_tensor_writer *writer, const void *data,
                                    size_t bytes);
/** Once all is there: only now does the file exist. */
enum lb_status lb_tensor_writer_commit(struct lb_tensor_writer *writer);
/** Fine after a commit. */
void lb_tensor_writer_abandon(struct lb_tensor_writer *writer);

#endif
