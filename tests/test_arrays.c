/* Images and codes in memory: coding, latent lines and pairs as with files; the exponential map. */
#include "identity_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/image_pairs.h>
#include <lowbend/latent_path.h>

#include "base/text.h"

enum { N = 50, D = 3 };

static const float factor = 2.0f;

static void fill(float *values, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        values[k] = draw(3, k);
    }
}

static void check_codes(const float *codes, const float *values)
{
    for (size_t k = 0; k < (size_t)N * D; k++) {
        check_near("code", k, (double)codes[k], (double)(factor * values[k]), 1e-6);
    }
}

/* Both networks are the same multiple of the identity, so the codes are known. */
static void codes_of_every_dtype(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_run run;
    float floats[N * D];
    double doubles[N * D];
    unsigned char bytes[N * D];
    float shares[N * D];
    float codes[N * D];
    char unaligned[sizeof floats + 1];
    fill(floats, N * D);
    memcpy(unaligned + 1, floats, sizeof floats);
    for (size_t k = 0; k < N * D; k++) {
        doubles[k] = (double)floats[k];
        bytes[k] = (unsigned char)(k * 7);
        shares[k] = (float)bytes[k] / 255.0f;
    }
    const struct {
        enum lb_dtype dtype;
        const void *data;
        const float *wanted;
    } rows[] = {{LB_F32, floats, floats},
                {LB_F32, unaligned + 1, floats},
                {LB_F64, doubles, floats},
                {LB_U8, bytes, shares}};
    open_identity(fixture, &run, "sphere", factor);
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        const struct lb_tensor images = {"images", rows[i].dtype, 2, {N, D}, rows[i].data};
        require_ok(fixture, lb_run_encode(&run, &images, NULL, codes));
        check_codes(codes, rows[i].wanted);
        if (rows[i].dtype != LB_U8) { // codes cannot be bytes
            require_ok(fixture, lb_run_decode(&run, &images, codes));
            check_codes(codes, rows[i].wanted);
        }
    }
    const struct lb_image_options half = {.scale = 0.5};
    const struct lb_tensor images = {"images", LB_F64, 2, {N, D}, doubles};
    require_ok(fixture, lb_run_encode(&run, &images, &half, codes));
    check_near("scaled", 0, (double)codes[0], (double)(factor * 2.0f * floats[0]), 1e-6);
    close_identity(&run);
}

static void what_does_not_fit_is_refused(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_run run;
    float floats[N * D];
    float codes[N * D];
    fill(floats, N * D);
    open_identity(fixture, &run, "sphere", factor);
    struct lb_tensor images = {"digits", LB_F32, 2, {N * D / 2, 2}, floats};
    require_error(fixture, lb_run_encode(&run, &images, NULL, codes), LB_ERR_FORMAT,
                  "digits: tensor `digits` is F32 (75,2): but this run takes images");
    images = (struct lb_tensor){"codes", LB_I32, 2, {N, D}, floats};
    require_error(fixture, lb_run_decode(&run, &images, codes), LB_ERR_FORMAT,
                  "codes (n,3) of F16, BF16, F32 or F64");
    images = (struct lb_tensor){"images", LB_F32, 2, {N, D}, NULL};
    require_error(fixture, lb_run_encode(&run, &images, NULL, codes), LB_ERR_ARGUMENT, "no data");
    images = (struct lb_tensor){"images", LB_DTYPE_OTHER, 2, {N, D}, floats};
    require_error(fixture, lb_run_encode(&run, &images, NULL, codes), LB_ERR_ARGUMENT, "no dtype");
    floats[4] = NAN;
    images = (struct lb_tensor){"images", LB_F32, 2, {N, D}, floats};
    require_error(fixture, lb_run_encode(&run, &images, NULL, codes), LB_ERR_FORMAT,
                  "NaN or infinity at element 4");
    close_identity(&run);
}

static void lines_between_rows(void **state)
{
    enum { FRAMES = 5 };
    const struct device_fixture *fixture = *state;
    struct lb_run run;
    struct lb_latent_path *path = NULL;
    float floats[3 * D];
    float codes[(2 * (FRAMES - 1) + 1) * D];
    const struct lb_latent_path_params params = {.frames = FRAMES};
    const struct lb_tensor rows = {"images", LB_F32, 2, {3, D}, floats};
    fill(floats, 3 * D);
    open_identity(fixture, &run, "sphere", factor);
    require_ok(fixture, lb_latent_path_create_array(&path, &run, &rows, &params));
    assert_int_equal(lb_latent_path_frames(path), 2 * (FRAMES - 1) + 1);
    lb_latent_path_codes(path, codes);
    for (size_t i = 0; i < 2 * (FRAMES - 1) + 1; i++) {
        const size_t line = i == 2 * (FRAMES - 1) ? 1 : i / (FRAMES - 1);
        const float t = (float)(i - line * (FRAMES - 1)) / (float)(FRAMES - 1);
        for (size_t k = 0; k < D; k++) {
            const float from = floats[line * D + k];
            const float to = floats[(line + 1) * D + k];
            check_near("frame", i, (double)codes[i * D + k],
                       (double)(factor * ((1.0f - t) * from + t * to)), 1e-6);
        }
    }
    lb_latent_path_destroy(&path);
    close_identity(&run);
}

/* The bytes of the file equal those made from the same images in a file. */
static void pairs_as_from_a_file(void **state)
{
    enum { IMAGES = 60 };
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *names[] = {lb_path_join(folder, "images.npy"), lb_path_join(folder, "a.safetensors"),
                     lb_path_join(folder, "b.safetensors")};
    double circle[IMAGES][2];
    for (size_t i = 0; i < IMAGES; i++) {
        circle[i][0] = cos(0.1 * (double)i);
        circle[i][1] = sin(0.1 * (double)i);
    }
    const struct lb_tensor images = {"images", LB_F64, 2, {IMAGES, 2}, circle};
    struct lb_image_pairs found[2];
    require_ok(fixture, lb_tensor_file_write(fixture->ctx, names[0], &images, 1, NULL, 0));
    require_ok(fixture, lb_image_pairs_make(fixture->device, names[0], names[1], NULL, &found[0]));
    require_ok(fixture,
               lb_image_pairs_make_array(fixture->device, &images, names[2], NULL, &found[1]));
    assert_memory_equal(&found[0], &found[1], sizeof found[0]);
    struct lb_tensor_file *files[2] = {NULL, NULL};
    for (size_t i = 0; i < 2; i++) {
        require_ok(fixture, lb_tensor_file_read(&files[i], fixture->ctx, names[1 + i]));
    }
    assert_int_equal(lb_tensor_file_count(files[0]), lb_tensor_file_count(files[1]));
    for (size_t i = 0; i < lb_tensor_file_count(files[0]); i++) {
        const struct lb_tensor *a = lb_tensor_file_at(files[0], i);
        const struct lb_tensor *b = lb_tensor_file_at(files[1], i);
        assert_string_equal(a->name, b->name);
        assert_memory_equal(a->data, b->data, lb_tensor_count(a) * lb_dtype_size(a->dtype));
    }
    for (size_t i = 0; i < 2; i++) {
        lb_tensor_file_free(&files[i]);
    }
    const struct lb_tensor few = {"faces", LB_F64, 2, {4, 2}, circle};
    require_error(fixture,
                  lb_image_pairs_make_array(fixture->device, &few, names[2], NULL, &found[1]),
                  LB_ERR_ARGUMENT, "faces: 4 images");
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        free(names[i]);
    }
    remove_folder(folder);
}

/* On the unit sphere: cos |v| x + sin |v| v / |v|, where v is normal to x and as long as its
   coordinates. */
static void exponential_on_the_sphere(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = NULL;
    float x[N * D];
    float y[N * D];
    float distances[N];
    float steps[N * 2];
    int inside[N];
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device,
                                        &(const struct lb_dataset_params){.name = "sphere"}));
    require_ok(fixture, lb_dataset_points(dataset, 5, N, x));
    fill(steps, N * 2);
    require_ok(fixture, lb_dataset_exponential(dataset, x, steps, N, y, inside));
    require_ok(fixture, lb_dataset_distances(dataset, x, y, N, distances));
    for (size_t i = 0; i < N; i++) {
        double length = 0.0;
        double cosine = 0.0;
        for (size_t k = 0; k < D; k++) {
            length += (double)y[i * D + k] * (double)y[i * D + k];
            cosine += (double)x[i * D + k] * (double)y[i * D + k];
        }
        const double moved = hypot((double)steps[2 * i], (double)steps[2 * i + 1]);
        check_near("length", i, length, 1.0, 1e-5);
        check_near("cosine", i, cosine, cos(moved), 1e-5);
        check_near("distance", i, (double)distances[i], moved, 1e-3);
        assert_int_equal(inside[i], 1);
    }
    lb_dataset_close(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_of_every_dtype),      cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(lines_between_rows),        cmocka_unit_test(pairs_as_from_a_file),
        cmocka_unit_test(exponential_on_the_sphere),
    };
    return cmocka_run_group_tests(tests, open_device_fixture, close_device_fixture);
}
