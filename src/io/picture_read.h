/* Picture files: PNG, JPEG, BMP, PGM and PPM. */
#ifndef LB_IO_PICTURE_READ_H
#define LB_IO_PICTURE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lowbend/context.h>

/** A decoded picture, rows from the top, channels interleaved; free with lb_picture_data_free(). */
struct lb_picture_data {
    int width;
    int height;
    int channels;          ///< 1 grey, 3 RGB
    unsigned char *pixels; ///< 8 bits per sample, or
    float *values;         ///< in [0,1], if the samples have 16 bits or an unusual maximum
    bool turned;           ///< has an orientation tag, which is ignored
    bool blended;          ///< was partly transparent and was blended with a background
};

/**
 * Reads a file of at most 2^24 samples, identified by its first bytes: PNG of any colour type,
 * interlaced or not, JPEG, BMP without compression, PGM and PPM as text or binary. Before decoding,
 * it checks PNG structure and checksums, JPEG markers, and lengths.
 *
 * @param black blend transparency with black, else with white
 * @return LB_OK, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_MEMORY, LB_ERR_FORMAT (damaged, too large, or
 *         another format: says which and what to do)
 */
enum lb_status lb_picture_read(struct lb_context *ctx, const char *path, bool black,
                               struct lb_picture_data *out);
void lb_picture_data_free(struct lb_picture_data *picture);

/** Whether a file name has a picture suffix, including formats that cannot be read. */
bool lb_picture_named(const char *path);

#define LB_PICTURE_SAMPLES_MAX (1u << 24)

/* ---- for lb_picture_read() alone ------------------------------------------------------------- */

/** Checks the structure of a PNG file; *bits: bits per sample. */
enum lb_status lb_png_check(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                            size_t size, int *bits);
/** Checks the segments of a JPEG file up to its end marker; *orientation: Exif value, 1 is
 * upright. */
enum lb_status lb_jpeg_check(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                             size_t size, int *orientation);
/** Whether a BMP file has the bytes that its header requires. */
enum lb_status lb_bmp_check(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                            size_t size);
/** Reads P2, P3, P5 and P6. */
enum lb_status lb_pnm_read(struct lb_context *ctx, const char *path, const unsigned char *bytes,
                           size_t size, struct lb_picture_data *out);
/** LB_ERR_FORMAT for sizes whose product is 0 or above LB_PICTURE_SAMPLES_MAX. */
enum lb_status lb_picture_check_size(struct lb_context *ctx, const char *path, uint64_t width,
                                     uint64_t height);

#endif
