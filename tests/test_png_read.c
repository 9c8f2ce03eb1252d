/* Reading PNG files: round trips, and damage of every kind, which must be reported. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/context.h"
#include "base/file.h"
#include "io/picture_read.h"
#include "io/png.h"

#define FILE_NAME "test_png_read.png"

static int setup(void **state)
{
    return lb_context_create((struct lb_context **)state, NULL);
}

static int teardown(void **state)
{
    unlink(FILE_NAME);
    lb_context_destroy((struct lb_context **)state);
    return 0;
}

/* A noisy picture; its second and fourth channels are opaque. */
static unsigned char *make_pixels(int width, int height, int channels)
{
    const size_t count = (size_t)width * (size_t)height * (size_t)channels;
    unsigned char *pixels = allocate(count, 1);
    for (size_t i = 0; i < count; i++) {
        const bool alpha = channels % 2 == 0 && i % (size_t)channels == (size_t)channels - 1;
        pixels[i] = alpha ? 255 : (unsigned char)(i * 2654435761u >> 13);
    }
    return pixels;
}

static void test_round_trip(void **state)
{
    struct lb_context *ctx = *state;
    static const int sizes[][2] = {{1, 1}, {1, 7}, {64, 3}, {33, 65}};
    for (size_t s = 0; s < LB_COUNT(sizes); s++) {
        for (int channels = 1; channels <= 4; channels++) {
            const int width = sizes[s][0];
            const int height = sizes[s][1];
            unsigned char *pixels = make_pixels(width, height, channels);
            struct lb_picture_data read;
            assert_int_equal(lb_png_write(ctx, FILE_NAME, width, height, channels, pixels), LB_OK);
            assert_int_equal(lb_picture_read(ctx, FILE_NAME, false, &read), LB_OK);
            assert_int_equal(read.width, width);
            assert_int_equal(read.height, height);
            const int kept = channels - (channels % 2 == 0);
            assert_int_equal(read.channels, kept);
            for (int i = 0; i < width * height; i++) {
                assert_memory_equal(read.pixels + i * kept, pixels + i * channels, (size_t)kept);
            }
            lb_picture_data_free(&read);
            free(pixels);
        }
    }
}

/* The bytes of a small noisy picture. */
static char *make_file(struct lb_context *ctx, size_t *size)
{
    char *bytes = NULL;
    unsigned char *pixels = make_pixels(9, 5, 3);
    assert_int_equal(lb_png_write(ctx, FILE_NAME, 9, 5, 3, pixels), LB_OK);
    assert_int_equal(lb_file_read(ctx, FILE_NAME, &bytes, size), LB_OK);
    free(pixels);
    return bytes;
}

/* Without the sync of lb_file_write(), because thousands of files are written here. */
static void write_bytes(const char *bytes, size_t size)
{
    FILE *file = fopen(FILE_NAME, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void require_damaged(struct lb_context *ctx, const char *bytes, size_t size)
{
    struct lb_picture_data read;
    write_bytes(bytes, size);
    assert_int_equal(lb_picture_read(ctx, FILE_NAME, false, &read), LB_ERR_FORMAT);
    assert_null(read.pixels);
    assert_non_null(strstr(lb_context_error(ctx), FILE_NAME ": "));
}

static void test_cut_everywhere(void **state)
{
    size_t size;
    char *bytes = make_file(*state, &size);
    for (size_t length = 0; length < size; length++) {
        require_damaged(*state, bytes, length);
    }
    free(bytes);
}

static void test_every_byte_flipped(void **state)
{
    size_t size;
    char *bytes = make_file(*state, &size);
    for (size_t i = 0; i < size; i++) {
        const char kept = bytes[i];
        bytes[i] = (char)(kept ^ (1 << i % 8));
        require_damaged(*state, bytes, size);
        bytes[i] = (char)~kept;
        require_damaged(*state, bytes, size);
        bytes[i] = kept;
    }
    free(bytes);
}

static uint32_t checksum(const unsigned char *bytes, size_t n)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < 8 * n; i++) {
        const uint32_t bit = (uint32_t)bytes[i / 8] >> i % 8 & 1u;
        crc = crc >> 1 ^ ((crc & 1u) != bit ? 0xedb88320u : 0u);
    }
    return ~crc;
}

/* Corrects the checksums of the chunks, so damage reaches the decoder itself. */
static void correct_checksums(unsigned char *bytes, size_t size)
{
    size_t at = 8;
    while (size - at >= 12) {
        const size_t length = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 |
                              (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (length > size - at - 12) {
            return;
        }
        const uint32_t crc = checksum(bytes + at + 4, 4 + length);
        for (size_t i = 0; i < 4; i++) {
            bytes[at + 8 + length + i] = (unsigned char)(crc >> (24 - 8 * i));
        }
        at += 12 + length;
    }
}

/* Damaged bytes give either an error or a picture of the stated size, but no memory error. */
static void test_damage_with_right_checksums(void **state)
{
    struct lb_context *ctx = *state;
    size_t size;
    char *bytes = make_file(ctx, &size);
    char *damaged = allocate(size, 1);
    size_t refused = 0;
    for (size_t i = 8; i < size; i++) {
        for (int bit = 0; bit < 8; bit++) {
            struct lb_picture_data read;
            memcpy(damaged, bytes, size);
            damaged[i] = (char)(damaged[i] ^ (1 << bit));
            correct_checksums((unsigned char *)damaged, size);
            write_bytes(damaged, size);
            const enum lb_status status = lb_picture_read(ctx, FILE_NAME, false, &read);
            if (status == LB_OK) {
                assert_true(read.width >= 1 && read.height >= 1);
                unsigned sum = 0;
                for (int k = 0; k < read.width * read.height * read.channels; k++) {
                    sum += read.pixels != NULL ? read.pixels[k] : (read.values[k] >= 0.0f);
                }
                assert_true(sum <= 255u * (unsigned)(read.width * read.height * read.channels));
                lb_picture_data_free(&read);
            } else {
                assert_int_equal(status, LB_ERR_FORMAT);
                refused++;
            }
        }
    }
    assert_true(refused > 100);
    free(damaged);
    free(bytes);
}

static void test_refused(void **state)
{
    struct lb_context *ctx = *state;
    struct lb_picture_data read;
    unsigned char pixels[2 * 2 * 4] = {0};
    assert_int_equal(lb_png_write(ctx, FILE_NAME, 2, 2, 4, pixels), LB_OK);
    for (int black = 0; black < 2; black++) {
        assert_int_equal(lb_picture_read(ctx, FILE_NAME, black != 0, &read), LB_OK);
        assert_true(read.blended);
        assert_int_equal(read.channels, 3);
        assert_int_equal(read.pixels[0], black != 0 ? 0 : 255);
        lb_picture_data_free(&read);
    }
    assert_int_equal(lb_picture_read(ctx, "no-such.png", false, &read), LB_ERR_NOT_FOUND);

    size_t size;
    char *bytes = make_file(ctx, &size);
    memcpy(bytes + 16, "\x7f\xff\xff\xff\x7f\xff\xff\xff", 8); // width and height
    correct_checksums((unsigned char *)bytes, size);
    require_damaged(ctx, bytes, size);
    assert_non_null(strstr(lb_context_error(ctx), "2147483647 x 2147483647"));
    free(bytes);

    bytes = make_file(ctx, &size);
    bytes[24] = 16; // bits per sample: the data is now too short
    correct_checksums((unsigned char *)bytes, size);
    require_damaged(ctx, bytes, size);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_every_byte_flipped),
        cmocka_unit_test(test_damage_with_right_checksums),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
