/* JPEG, BMP, PGM and PPM files, whatever their first bytes make of them. */
#include "fuzz.h"
#include "io/picture_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
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
