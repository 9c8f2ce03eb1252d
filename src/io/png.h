/* Writing PNG files. */
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

/** Whether a file name ends in .png, ignoring case. */
bool lb_png_named(const char *path);

/** Encodes into memory instead; *png is owned by the caller, NULL on failure. */
enum lb_status lb_png_encode(struct lb_context *ctx, int width, int height, int channels,
                             const unsigned char *pixels, unsigned char **png, size_t *size);

#endif
