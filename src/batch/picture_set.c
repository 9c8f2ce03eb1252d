#include "batch/picture_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/folder.h"
#include "batch/picture_list.h"
#include "batch/resize.h"
#include "io/picture_read.h"

/** Common format of all pictures, and the conversions it needed. */
struct gathering {
    struct lb_context *ctx;
    const struct lb_image_options *options;
    struct lb_picture_list list;
    struct lb_spool *spool;
    int height; ///< 0: not known yet
    int width;
    int channels;
    bool wide; ///< floats
    size_t grey;
    size_t narrow; ///< number of byte pictures
    size_t blended;
    size_t turned;
    size_t stretched;
};

/* Converts pixels to floats, repeating grey for each channel. */
static void to_floats(const struct lb_picture_data *picture, int channels, float *out)
{
    const size_t n = (size_t)picture->width * (size_t)picture->height;
    const size_t from = (size_t)picture->channels;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < (size_t)channels; c++) {
            const size_t k = i * from + (c < from ? c : 0);
            *out++ = picture->values != NULL ? picture->values[k]
                                             : (float)picture->pixels[k] / (float)UINT8_MAX;
        }
    }
}

static void to_bytes(const struct lb_picture_data *picture, int channels, unsigned char *out)
{
    const size_t n = (size_t)picture->width * (size_t)picture->height;
    const size_t from = (size_t)picture->channels;
    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < (size_t)channels; c++) {
            *out++ = picture->pixels[i * from + (c < from ? c : 0)];
        }
    }
}

static size_t count_of(const struct gathering *all, int height, int width)
{
    return (size_t)height * (size_t)width * (size_t)all->channels;
}

/* Appends the picture as one image of the array to the spool. */
static enum lb_status add_bytes(const struct gathering *all, const struct lb_picture_data *picture)
{
    const size_t n = count_of(all, all->height, all->width);
    unsigned char *bytes = malloc(n);
    if (bytes == NULL) {
        return lb_fail_memory(all->ctx, "picture");
    }
    to_bytes(picture, all->channels, bytes);
    const enum lb_status status = lb_spool_add(all->spool, all->ctx, bytes, n);
    free(bytes);
    return status;
}

/* The same through floats, for resizing and more than 8 bits. */
static enum lb_status add_floats(const struct gathering *all, const struct lb_picture_data *picture)
{
    const size_t n = count_of(all, all->height, all->width);
    float *in = malloc(count_of(all, picture->height, picture->width) * sizeof *in);
    float *out = malloc(n * sizeof *out);
    struct lb_resize resize = {0};
    enum lb_status status = LB_OK;
    if (in == NULL || out == NULL) {
        status = lb_fail_memory(all->ctx, "picture");
        goto fail;
    }
    to_floats(picture, all->channels, in);
    LB_CHECK(lb_resize_create(&resize, all->ctx, picture->height, picture->width, all->channels,
                              all->height, all->width));
    lb_resize_apply(&resize, in, out);
    if (all->wide) {
        LB_CHECK(lb_spool_add(all->spool, all->ctx, out, n * sizeof *out));
    } else {
        unsigned char *bytes = (unsigned char *)out; // in place
        for (size_t k = 0; k < n; k++) {
            bytes[k] = (unsigned char)(out[k] * (float)UINT8_MAX + 0.5f);
        }
        LB_CHECK(lb_spool_add(all->spool, all->ctx, bytes, n));
    }
fail:
    lb_resize_free(&resize);
    free(in);
    free(out);
    return status;
}

/* Whether the picture fits the common format; if not, widens that. */
static bool widen(struct gathering *all, const struct lb_picture_data *picture)
{
    const bool wide = picture->values != NULL;
    const bool fits = picture->channels <= all->channels && wide <= all->wide;
    all->channels = picture->channels > all->channels ? picture->channels : all->channels;
    all->wide = all->wide || wide;
    return fits;
}

/* The size of the first picture, unless the options set it. */
static enum lb_status check_size(struct gathering *all, const struct lb_picture_data *picture,
                                 const char *path)
{
    const int size = all->options->size;
    if (size > 0) {
        all->height = size;
        all->width = size;
        all->stretched += picture->height != picture->width;
        return LB_OK;
    }
    if (all->height == 0) {
        all->height = picture->height;
        all->width = picture->width;
    }
    if (picture->height != all->height || picture->width != all->width) {
        return lb_fail(all->ctx, LB_ERR_FORMAT,
                       "%s: is %d x %d, but the previous pictures are %d x %d (make all pictures "
                       "the same size, or use --size N for N x N pixels)",
                       path, picture->width, picture->height, all->width, all->height);
    }
    return LB_OK;
}

/* *again: earlier pictures have to be converted to a wider format. */
static enum lb_status add_picture(struct gathering *all, const char *path, bool first, bool *again)
{
    const bool black = all->options->background == LB_BACKGROUND_BLACK;
    struct lb_picture_data picture;
    LB_TRY(lb_picture_read(all->ctx, path, black, &picture));
    enum lb_status status = check_size(all, &picture, path);
    *again = !widen(all, &picture) && !first;
    all->grey += picture.channels == 1;
    all->narrow += picture.values == NULL;
    all->blended += picture.blended;
    all->turned += picture.turned;
    if (status == LB_OK && !*again) {
        const bool as_is =
            !all->wide && picture.height == all->height && picture.width == all->width;
        status = as_is ? add_bytes(all, &picture) : add_floats(all, &picture);
    }
    lb_picture_data_free(&picture);
    return status;
}

/* If a picture is wider than earlier ones, all are read again; so a folder of equal pictures, the
 * most common case, is read once. */
static enum lb_status add_all(struct gathering *all)
{
    bool again;
    do {
        again = false;
        all->grey = all->narrow = all->blended = all->turned = all->stretched = 0;
        lb_spool_close(all->spool);
        LB_TRY(lb_spool_open(all->spool, all->ctx));
        for (size_t i = 0; i < all->list.count && !again; i++) {
            LB_TRY(add_picture(all, all->list.paths[i], i == 0, &again));
        }
    } while (again);
    return LB_OK;
}

static void describe(const struct gathering *all, const char *path)
{
    const size_t n = all->list.count;
    if (all->channels > 1 && all->grey > 0) {
        lb_log(all->ctx, LB_LOG_INFO, "%s: %zu of %zu pictures are grey and are read as RGB", path,
               all->grey, n);
    }
    if (all->wide && all->narrow > 0) {
        lb_log(
            all->ctx, LB_LOG_INFO,
            "%s: %zu of %zu pictures have 8 bits per sample, others more: all are read as float32",
            path, all->narrow, n);
    }
    if (all->blended > 0) {
        const bool black = all->options->background == LB_BACKGROUND_BLACK;
        lb_log(all->ctx, LB_LOG_INFO,
               "%s: %zu of %zu pictures are partly transparent and are blended with %s "
               "(--background %s for the other)",
               path, all->blended, n, black ? "black" : "white", black ? "white" : "black");
    }
    if (all->turned > 0) {
        lb_log(all->ctx, LB_LOG_WARNING,
               "%s: %zu of %zu pictures have an orientation tag, which is ignored (rotate them "
               "with: magick mogrify -auto-orient)",
               path, all->turned, n);
    }
    if (all->stretched > 0) {
        lb_log(all->ctx, LB_LOG_INFO,
               "%s: %zu of %zu pictures are not square and are stretched to %d x %d pixels", path,
               all->stretched, n, all->width, all->height);
    }
}

static enum lb_status list_pictures(struct gathering *all, const char *path)
{
    if (!lb_folder_exists(path)) {
        return lb_picture_list_add_file(&all->list, all->ctx, path);
    }
    LB_TRY(lb_picture_list_add(&all->list, all->ctx, path, all->options->recursive));
    if (all->list.count > 0) {
        return LB_OK;
    }
    return lb_fail(all->ctx, LB_ERR_FORMAT, "%s: contains no picture such as .png or .jpg (%s)",
                   path,
                   all->list.folders ? "use --recursive to include subfolders"
                                     : "give the folder that contains them");
}

enum lb_status lb_pictures_read(struct lb_tensor *images, struct lb_spool *spool,
                                struct lb_context *ctx, const char *path,
                                const struct lb_image_options *options)
{
    struct gathering all = {.ctx = ctx, .options = options, .spool = spool};
    enum lb_status status = LB_OK;
    LB_CHECK(list_pictures(&all, path));
    LB_CHECK(add_all(&all));
    describe(&all, path);
    *images = (struct lb_tensor){
        .name = "images",
        .dtype = all.wide ? LB_F32 : LB_U8,
        .rank = 4,
        .shape = {all.list.count, (size_t)all.height, (size_t)all.width, (size_t)all.channels}};
    LB_CHECK(lb_spool_map(spool, ctx, &images->data));
fail:
    lb_picture_list_free(&all.list);
    return status;
}
