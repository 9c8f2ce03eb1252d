/* Conversion of image arrays: channels, scale, range; and files of other kinds. */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "batch/image_set.h"
#include "io/tensor_file.h"

enum { N = 3, C = 3, H = 5, W = 6, D = C * H * W };

struct fixture {
    struct device_fixture base; ///< without a device
    char *folder;
    char *path;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (f == NULL || lb_context_create(&f->base.ctx, NULL) != LB_OK) {
        return -1;
    }
    f->folder = make_folder();
    f->path = lb_path_join(f->folder, "images.npy");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->path);
    remove_folder(f->folder);
    lb_context_destroy(&f->base.ctx);
    free(f);
    return 0;
}

static void write_array(const struct fixture *f, enum lb_dtype dtype, int rank, const size_t *shape,
                        const void *data)
{
    struct lb_tensor tensor = {.name = "images", .dtype = dtype, .rank = rank, .data = data};
    memcpy(tensor.shape, shape, (size_t)rank * sizeof *shape);
    require_ok(&f->base, lb_tensor_file_write(f->base.ctx, f->path, &tensor, 1, NULL, 0));
}

static void refused(const struct fixture *f, const struct lb_image_options *options,
                    enum lb_status wanted, const char *text)
{
    struct lb_image_set set;
    require_error(&f->base, lb_image_set_read(&set, f->base.ctx, f->path, options), wanted, text);
    lb_image_set_free(&set);
}

/* Channel c, row y, column x of image i. */
static float value_at(size_t i, size_t c, size_t y, size_t x)
{
    return (float)(i + 10 * c + 40 * y) + 0.25f * (float)x;
}

static void fill(float *floats, unsigned char *bytes)
{
    for (size_t k = 0; k < (size_t)N * D; k++) {
        floats[k] = value_at(k / D, k / (H * W) % C, k / W % H, k % W);
        bytes[k] = (unsigned char)floats[k];
    }
}

static void channels_and_scale(void **state)
{
    const struct fixture *f = *state;
    static const size_t shape[] = {N, C, H, W};
    float floats[N * D];
    unsigned char bytes[N * D];
    fill(floats, bytes);
    for (int flags = 0; flags < 4; flags++) {
        const bool narrow = (flags & 1) != 0;
        const bool scaled = (flags & 2) != 0 && !narrow;
        const struct lb_image_options options = {.scale = scaled   ? 200.0
                                                          : narrow ? 0.0
                                                                   : 1.0,
                                                 .layout = LB_LAYOUT_CHW};
        struct lb_image_set set;
        write_array(f, narrow ? LB_U8 : LB_F32, 4, shape,
                    narrow ? (const void *)bytes : (const void *)floats);
        require_ok(&f->base, lb_image_set_read(&set, f->base.ctx, f->path, &options));
        assert_int_equal(set.shape.height, H);
        assert_int_equal(set.shape.width, W);
        assert_int_equal(set.shape.channels, C);
        const float divisor = narrow ? 255.0f : scaled ? 200.0f : 1.0f;
        float high = 0.0f;
        for (size_t i = 0; i < N; i++) {
            float values[D];
            lb_image_set_values(&set, i, values);
            for (size_t k = 0; k < D; k++) {
                const float in = value_at(i, k % C, k / C / W, k / C % W);
                const float want = (narrow ? floorf(in) : in) / divisor;
                check_near("value", i * D + k, (double)values[k], (double)want, 0.0);
                high = fmaxf(high, want);
            }
        }
        check_near("low", 0, (double)set.range.low, 0.0, 0.0);
        check_near("high", 0, (double)set.range.high, (double)high, 1e-7);
        lb_image_set_free(&set);
    }
    refused(f, &(const struct lb_image_options){0}, LB_ERR_FORMAT, "--layout chw");
}

/* Ambiguous shapes are used unchanged. */
static void layouts_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        int rank;
        size_t shape[4];
        bool first;
    } cases[] = {
        {4, {9, 3, 8, 8}, true},   {4, {9, 1, 28, 28}, true}, {4, {9, 4, 5, 5}, true},
        {4, {9, 8, 8, 3}, false},  {4, {9, 8, 8, 1}, false},  {4, {9, 1, 1, 64}, false},
        {4, {9, 3, 3, 3}, false},  {4, {9, 1, 64, 3}, false}, {4, {9, 5, 7, 9}, false},
        {4, {9, 3, 64, 4}, false}, {3, {9, 3, 8}, false},     {2, {9, 64}, false},
    };
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_tensor tensor = {.rank = cases[i].rank};
        memcpy(tensor.shape, cases[i].shape, sizeof cases[i].shape);
        if (lb_is_likely_channels_first(&tensor) != cases[i].first) {
            fail_msg("case %zu: wanted %d", i, cases[i].first);
        }
    }
}

static void ranges(void **state)
{
    const struct fixture *f = *state;
    static const size_t picture[] = {N, H, W};
    static const size_t points[] = {N, 1, 1, H * W};
    static const struct {
        float low;
        float high;
        const char *text; ///< NULL: accepted
    } cases[] = {
        {0.0f, 1.0f, NULL},
        {-1e-6f, 1.0f + 1e-6f, NULL},
        {-0.4f, 1.4f, NULL},
        {0.3f, 0.3f, NULL},
        {0.0f, 255.0f, "--scale 255"},
        {0.0f, 31.0f, "--scale 255"},
        {0.0f, 65535.0f, "--scale 65535"},
        {0.0f, 2.5f, "--scale 2.5"},
        {0.0f, 4095.0f, "--scale 4095"},
        {-1.0f, 1.0f, "rescale them to [0,1]"},
        {-3.0f, 3.0f, "from -3 to 3"},
    };
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        float values[N * H * W];
        for (size_t k = 0; k < LB_COUNT(values); k++) {
            values[k] = k % 2 == 0 ? cases[i].low : cases[i].high;
        }
        struct lb_image_set set;
        write_array(f, LB_F32, 3, picture, values);
        if (cases[i].text != NULL) {
            refused(f, &(const struct lb_image_options){0}, LB_ERR_FORMAT, cases[i].text);
        } else {
            require_ok(&f->base, lb_image_set_read(&set, f->base.ctx, f->path,
                                                   &(const struct lb_image_options){0}));
            lb_image_set_free(&set);
        }
        require_ok(&f->base, lb_image_set_read(&set, f->base.ctx, f->path,
                                               &(const struct lb_image_options){.scale = 1.0}));
        lb_image_set_free(&set);
        write_array(f, LB_F32, 4, points, values);
        require_ok(&f->base, lb_image_set_read(&set, f->base.ctx, f->path,
                                               &(const struct lb_image_options){0}));
        check_near("low", i, (double)set.range.low, (double)cases[i].low, 0.0);
        check_near("high", i, (double)set.range.high, (double)cases[i].high, 0.0);
        lb_image_set_free(&set);
    }
    const unsigned char bytes[N * H * W] = {3};
    write_array(f, LB_U8, 3, picture, bytes);
    refused(f, &(const struct lb_image_options){.scale = 255.0}, LB_ERR_ARGUMENT, "bytes");
}

/* The first bytes of other file types, under either name. */
static void foreign_files(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *start;
        size_t length;
        const char *text;
    } cases[] = {
        {"PK\x03\x04 and more", 12, "is a zip archive"},
        {"\x89PNG\r\n\x1a\n....", 12, "is a PNG picture"},
        {"\xff\xd8\xff\xe0....", 8, "is a JPEG picture"},
        {"\x89HDF\r\n\x1a\n....", 12, "is an HDF5 file"},
        {"\x1f\x8b\x08\0\0\0\0\0\0\0", 10, "a gzip archive"},
        {"\x80\x04\x95\0\0\0\0\0\0\0", 10, "is a Python pickle"},
        {"0.5,0.25,1e-3\n0.5,0,1\n", 22, "is text, such as CSV"},
    };
    for (size_t i = 0; i < 2 * LB_COUNT(cases); i++) {
        const char *name = i % 2 == 0 ? "other.npy" : "other.safetensors";
        char *path = lb_path_join(f->folder, name);
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        fwrite(cases[i / 2].start, 1, cases[i / 2].length, file);
        assert_int_equal(fclose(file), 0);
        struct lb_tensor_file *tensors;
        require_error(&f->base, lb_tensor_file_read(&tensors, f->base.ctx, path), LB_ERR_FORMAT,
                      cases[i / 2].text);
        require_error(&f->base, lb_tensor_file_map(&tensors, f->base.ctx, path), LB_ERR_FORMAT,
                      cases[i / 2].text);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_and_scale),
        cmocka_unit_test(layouts_are_told_apart),
        cmocka_unit_test(ranges),
        cmocka_unit_test(foreign_files),
    };
    return cmocka_run_group_tests_name("image_set", tests, setup, teardown);
}
