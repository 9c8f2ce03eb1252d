/* PNG files. Checksums are made right first, or nothing behind them would ever be reached. */
#include <zlib.h>

#include "fuzz.h"
#include "io/picture_read.h"
#include "io/png.h"

enum { SIGNATURE = 8, FRAME = 12 };

static uint32_t number_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void correct_checksums(unsigned char *bytes, size_t size)
{
    size_t at = SIGNATURE;
    while (size >= at + FRAME && number_at(bytes + at) <= size - at - FRAME) {
        const uint32_t length = number_at(bytes + at);
        unsigned char *sum = bytes + at + 8 + length;
        const unsigned long crc = crc32(0, bytes + at + 4, 4 + length);
        for (int i = 0; i < 4; i++) {
            sum[i] = (unsigned char)(crc >> (24 - 8 * i));
        }
        at += FRAME + (size_t)length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lb_context *ctx = fuzz_context();
    struct lb_picture_data picture;
    char path[512];
    unsigned char *bytes = (unsigned char *)fuzz_copy(data, size);
    correct_checksums(bytes, size);
    fuzz_write(fuzz_folder(), "picture.png", bytes, size);
    snprintf(path, sizeof path, "%s/picture.png", fuzz_folder());
    const enum lb_status status = lb_picture_read(ctx, path, false, &picture);
    fuzz_judge(ctx, status);
    if (status == LB_OK) {
        const size_t n = (size_t)picture.width * (size_t)picture.height * (size_t)picture.channels;
        volatile unsigned char sum = 0;
        for (size_t i = 0; i < n; i++) {
            sum = (unsigned char)(sum + (picture.pixels != NULL ? picture.pixels[i]
                                                                : picture.values[i] > 0.5f));
        }
        if (picture.width < 1 || picture.height < 1 ||
            (picture.channels != 1 && picture.channels != 3)) {
            abort();
        }
    }
    lb_picture_data_free(&picture);
    free(bytes);
    lb_context_destroy(&ctx);
    return 0;
}
