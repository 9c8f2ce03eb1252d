#include "io/png.h"

#include "base/file.h"

#if defined(__GNUC__)
/* For the whole file: gcc reports unused static functions at its end, when a pop has been seen. */
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wundef"
#endif
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#define BYTES_MAX (1 << 28) /* stb counts in int, also the filtered and the packed data */

struct target {
    struct lb_context *ctx;
    const char *path;
    enum lb_status status;
};

/** stb calls this once, with the whole file. */
static void write_all(void *user, void *data, int size)
{
    struct target *target = user;
    target->status = lb_file_write(target->ctx, target->path, data, (size_t)size);
}

enum lb_status lb_png_write(struct lb_context *ctx, const char *path, int width, int height,
                            int channels, const unsigned char *pixels)
{
    if (width < 1 || height < 1 || channels < 1 || channels > 4 ||
        width > BYTES_MAX / channels / height) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: a picture of %d x %d pixels with %d channels cannot be written "
                       "(make it smaller)",
                       path, width, height, channels);
    }
    struct target target = {ctx, path, LB_ERR_MEMORY};
    if (stbi_write_png_to_func(write_all, &target, width, height, channels, pixels,
                               width * channels) == 0) {
        return lb_fail_memory(ctx, path);
    }
    return target.status;
}
