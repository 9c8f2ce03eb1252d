/* JPEG, BMP, PGM and PPM files, whatever their first bytes make of them. */
#include <stdbool.h>

#include "fuzz.h"
#include "io/picture_read.h"

/* Whether a JPEG frame states many pixels: this takes only a few bytes, but seconds to decode. */
static bool is_slow(const uint8_t *data, size_t size)
{
    const uint32_t most = 1u << 18;
    for (size_t i = 0; i + 9 <= size; i++) {
        const uint32_t height = (uint32_t)data[i + 5] << 8 | data[i + 6];
        const uint32_t width = (uint32_t)data[i + 7] << 8 | data[i + 8];
        if (data[i] == 0xff && data[i + 1] >= 0xc0 && data[i + 1] <= 0xc2 &&
            (uint64_t)width * height > most) {
            return true;
        }
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (is_slow(data, size)) {
        return 0;
    }
    struct lb_context *ctx = fuzz_context();
    struct lb_picture_data picture;
    char path[512];
    fuzz_write(fuzz_folder(), "picture", data, size);
    snprintf(path, sizeof path, "%s/picture", fuzz_folder());
    const enum lb_status status = lb_picture_read(ctx, path, size % 2 == 0, &picture);
    fuzz_judge(ctx, status);
    if (status == LB_OK) {
        const size_t n = (size_t)picture.width * (size_t)picture.height * (size_t)picture.channels;
        volatile unsigned char sum = 0;
        if (n == 0 || (picture.pixels == NULL) == (picture.values == NULL) ||
            (picture.channels != 1 && picture.channels != 3)) {
            abort();
        }
        for (size_t i = 0; i < n; i++) {
            sum = (unsigned char)(sum + (picture.pixels != NULL ? picture.pixels[i] : 1));
            if (picture.values != NULL &&
                !(picture.values[i] >= 0.0f && picture.values[i] <= 1.0f)) {
                abort();
            }
        }
    }
    lb_picture_data_free(&picture);
    lb_context_destroy(&ctx);
    return 0;
}
