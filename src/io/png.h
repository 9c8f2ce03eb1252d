/* PNG files: png.c writes, png_read.c reads. */
#ifndef LB_IO_PNG_H
#define LB_IO_PNG_H

#include <stdbool.h>
#include <stddef.h>

#include <lowbend/context.h>

/**
 * Writes a picture of 8-bit samples, rows from the top, channels interleaved; the same pixels give
 * the same bytes.
 *
 * @param channels 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
 * @return LB_OK, LB_ERR_ARGUMENT (a name that does not end in .png; a size below 1, or above 2^28
 *         bytes in all), LB_ERR_IO, LB_ERR_MEMORY
 */
enum lb_status lb_png_write(struct lb_context *ctx, const char *path, int width, int height,
                            int channels, const unsigned char *pixels);

/** Whether a file's name ends in .png, in upper or lower case. */
bool lb_png_named(const char *path);

/** A picture of 8-bit samples that was read; free(pixels). */
struct lb_picture_data {
    int width;
    int height;
    int channels; ///< 1 grey, 3 RGB
    unsigned char *pixels;
};

/**
 * Reads a PNG file of at most 2^24 samples: any colour type, interlaced or not, up to 8 bits a
 * sample. The file's structure and checksums are checked before anything is decoded.
 *
 * @return LB_OK, LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_MEMORY, LB_ERR_FORMAT (damaged, too large, 16
 *         bits a sample, which would be lost, or not opaque, for which there is no channel)
 */
enum lb_status lb_png_read(struct lb_context *ctx, const char *path, struct lb_picture_data *out);

/** The same file's bytes instead, malloc'ed; *png is the caller's, NULL on failure. */
enum lb_status lb_png_encode(struct lb_context *ctx, int width, int height, int channels,
                             const unsigned char *pixels, unsigned char **png, size_t *size);

#endif
