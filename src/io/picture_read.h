/* Pictures of users: PNG, JPEG, BMP, PGM and PPM files. */
#ifndef LB_IO_PICTURE_READ_H
#define LB_IO_PICTURE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lowbend/context.h>

/** A picture that was read, rows from the top, channels interleaved; lb_picture_data_free(). */
struct lb_picture_data {
    int width;
    int height;
    int channels;          ///< 1 grey, 3 RGB
    unsigned char *pixels; ///< 8 bits a sample, or
    float *values;         ///< in [0,1], of files of other samples: 16 bits, or an odd maximum
    bool turned;           ///< the file says how to turn it, which is not done
    bool blended;          ///< it was partly transparent, and was laid on a background
};

/**
 * Reads a file of at most 2^24 samples, whose first bytes say what it is: PNG of any colour type,
 * interlaced or not, JPEG, BMP without compression, PGM and PPM as text or bytes. What can be
 * checked is, before anything is decoded: PNG's structure and checksums, JPEG's markers, lengths.
 *
 * @param black what is transparent is laid on black, else on white
 * @return LB_OK, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_MEMORY, LB_ERR_FORMAT (damaged, too large, or
 *         of another format: says which and what to do)
 */
enum lb_status lb_picture_read(struct lb_context *ctx, const char *path, bool black,
                               struct lb_picture_data *out);
void lb_picture_data_free(struct lb_picture_data *picture);

/** Whether the name of a file ends as those of pictures do, also of formats that are not read. */
bool lb_picture_named(const char *path);

#define LB_PICTURE_SAMPLES_MAX (1u << 24)

/* ---- for lb_picture_read() alone ------------------------------------------------------------- */

/** The structure of a PNG file; *bits: of a sample. */
enum lb_status lb_png_check(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                            size_t size, int *bits);
/** The segments of a JPEG file, to its end marker; *orientation: as Exif counts, 1 is upright. */
enum lb_status lb_jpeg_check(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                             size_t size, int *orientation);
/** Whether there are as many bytes as the header of a BMP file asks for. */
enum lb_status lb_bmp_check(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                            size_t size);
/** Reads P2, P3, P5 and P6. */
enum lb_status lb_pnm_read(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                           size_t size, struct lb_picture_data *out);
/** LB_ERR_FORMAT for sides whose product is above LB_PICTURE_SAMPLES_MAX, or 0. */
enum lb_status lb_picture_check_size(struct lb_context *ctx, const char *path, uint64_t width,
                                     uint64_t height);

#endif
