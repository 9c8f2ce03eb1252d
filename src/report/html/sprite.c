#include "report/html/sprite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/png.h"

static size_t tile_bytes(const struct lb_sprite *sprite)
{
    return (size_t)sprite->width * (size_t)sprite->height * (size_t)sprite->channels;
}

enum lb_status lb_sprite_create(struct lb_sprite *sprite, struct lb_context *ctx,
                                const struct lb_dataset_info *info, size_t n, size_t columns,
                                int limit)
{
    const int largest = info->width > info->height ? info->width : info->height;
    *sprite = (struct lb_sprite){.channels = info->channels, .n = n, .columns = columns};
    sprite->info = *info;
    sprite->block = (largest + limit - 1) / limit;
    sprite->width = (info->width + sprite->block - 1) / sprite->block;
    sprite->height = (info->height + sprite->block - 1) / sprite->block;
    sprite->pixels = calloc(n, tile_bytes(sprite));
    return sprite->pixels != NULL ? LB_OK : lb_fail_memory(ctx, "images of the page");
}

void lb_sprite_free(struct lb_sprite *sprite)
{
    free(sprite->pixels);
    *sprite = (struct lb_sprite){0};
}

/* Mean over a block, which the image's edge may cut off. */
static double block_mean(const struct lb_sprite *sprite, const float *image, int x, int y, int c)
{
    const int width = sprite->info.width;
    const int height = sprite->info.height;
    const int right = (x + 1) * sprite->block < width ? (x + 1) * sprite->block : width;
    const int bottom = (y + 1) * sprite->block < height ? (y + 1) * sprite->block : height;
    double sum = 0.0;
    int count = 0;
    for (int j = y * sprite->block; j < bottom; j++) {
        for (int i = x * sprite->block; i < right; i++) {
            sum +=
                (double)image[((size_t)j * (size_t)width + (size_t)i) * (size_t)sprite->channels +
                              (size_t)c];
            count++;
        }
    }
    return sum / count;
}

void lb_sprite_set(struct lb_sprite *sprite, size_t i, const float *image)
{
    unsigned char *pixel = sprite->pixels + i * tile_bytes(sprite);
    for (int y = 0; y < sprite->height; y++) {
        for (int x = 0; x < sprite->width; x++) {
            for (int c = 0; c < sprite->channels; c++) {
                const double mean = block_mean(sprite, image, x, y, c);
                *pixel++ = (unsigned char)(255.0 * fmin(fmax(mean, 0.0), 1.0) + 0.5);
            }
        }
    }
}

/* Halves width and height. */
static void halve(struct lb_sprite *sprite)
{
    const size_t channels = (size_t)sprite->channels;
    const size_t old_width = (size_t)sprite->width;
    const size_t old_height = (size_t)sprite->height;
    const size_t old_bytes = tile_bytes(sprite);
    sprite->width = (sprite->width + 1) / 2;
    sprite->height = (sprite->height + 1) / 2;
    unsigned char *out = sprite->pixels; // never ahead of the reading position
    for (size_t i = 0; i < sprite->n; i++) {
        const unsigned char *tile = sprite->pixels + i * old_bytes;
        for (size_t y = 0; y < old_height; y += 2) {
            const size_t below = y + 1 < old_height ? y + 1 : y;
            for (size_t x = 0; x < old_width; x += 2) {
                const size_t right = x + 1 < old_width ? x + 1 : x;
                for (size_t c = 0; c < channels; c++) {
                    const unsigned sum = tile[(y * old_width + x) * channels + c] +
                                         tile[(y * old_width + right) * channels + c] +
                                         tile[(below * old_width + x) * channels + c] +
                                         tile[(below * old_width + right) * channels + c];
                    *out++ = (unsigned char)((sum + 2) / 4);
                }
            }
        }
    }
}

/* An allocated data URI; *length excludes its NUL. */
static char *data_uri(const unsigned char *bytes, size_t n, size_t *length)
{
    static const char head[] = "data:image/png;base64,";
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc(sizeof head + (n + 2) / 3 * 4);
    if (text == NULL) {
        return NULL;
    }
    memcpy(text, head, sizeof head);
    char *out = text + sizeof head - 1;
    for (size_t i = 0; i < n; i += 3) {
        const unsigned long group = (unsigned long)bytes[i] << 16 |
                                    (i + 1 < n ? (unsigned long)bytes[i + 1] << 8 : 0) |
                                    (i + 2 < n ? (unsigned long)bytes[i + 2] : 0);
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = (char)(i + 1 < n ? digits[group >> 6 & 63] : '=');
        *out++ = (char)(i + 2 < n ? digits[group & 63] : '=');
    }
    *out = '\0';
    *length = (size_t)(out - text);
    return text;
}

/* The image grid as an allocated data URI. */
static enum lb_status encode(const struct lb_sprite *sprite, struct lb_context *ctx, char **uri,
                             size_t *length)
{
    const size_t row = (size_t)sprite->width * (size_t)sprite->channels;
    const size_t height = (size_t)sprite->height;
    const size_t rows = (sprite->n + sprite->columns - 1) / sprite->columns;
    unsigned char *grid = calloc(rows * sprite->columns, tile_bytes(sprite));
    unsigned char *png = NULL;
    size_t size = 0;
    enum lb_status status = LB_OK;
    *uri = NULL;
    if (grid == NULL) {
        return lb_fail_memory(ctx, "images of the page");
    }
    for (size_t i = 0; i < sprite->n; i++) {
        for (size_t y = 0; y < height; y++) {
            unsigned char *to =
                grid +
                ((i / sprite->columns * height + y) * sprite->columns + i % sprite->columns) * row;
            memcpy(to, sprite->pixels + (i * height + y) * row, row);
        }
    }
    LB_CHECK(lb_png_encode(ctx, (int)sprite->columns * sprite->width, (int)(rows * height),
                           sprite->channels, grid, &png, &size));
    *uri = data_uri(png, size, length);
    if (*uri == NULL) {
        status = lb_fail_memory(ctx, "images of the page");
    }
fail:
    free(grid);
    free(png);
    return status;
}

enum lb_status lb_sprite_json(struct lb_sprite *sprite, struct lb_context *ctx, size_t budget,
                              json_t **json)
{
    char *uri = NULL;
    size_t length = 0;
    LB_TRY(encode(sprite, ctx, &uri, &length));
    while (length > budget && (sprite->width > 4 || sprite->height > 4)) {
        free(uri);
        halve(sprite);
        LB_TRY(encode(sprite, ctx, &uri, &length));
    }
    *json = json_pack("{s:s, s:i, s:i, s:I}", "src", uri, "width", sprite->width, "height",
                      sprite->height, "columns", (json_int_t)sprite->columns);
    free(uri);
    return *json != NULL ? LB_OK : lb_fail_memory(ctx, "images of the page");
}
