#include "nn/normalise.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/tensor.h>

#include "base/number.h"
#include "base/text.h"
#include "device/profile.h"
#include "device/vector.h"

static bool valid(int inputs, int channels, const float *mean, const float *scale)
{
    bool ok = channels >= 1 && inputs % channels == 0;
    for (int c = 0; ok && c < channels; c++) {
        ok = isfinite(mean[c]) && isfinite(scale[c]) && scale[c] != 0.0f;
    }
    return ok;
}

/* Expands per-channel numbers to one per element of an image on the device; in pieces, because a
 * small file can describe a huge image. */
static enum lb_status write_row(struct lb_device *device, cl_mem *mem, int inputs, int channels,
                                const float *values)
{
    enum { PIECE = 1 << 16 };
    const size_t size = (size_t)inputs;
    const size_t whole = (size_t)(channels > PIECE ? channels : PIECE / channels * channels);
    const size_t piece = whole < size ? whole : size;
    float *row = malloc(piece * sizeof *values);
    if (row == NULL) {
        return lb_fail_memory(device->ctx, "normalisation");
    }
    for (size_t i = 0; i < piece; i++) {
        row[i] = values[i % (size_t)channels];
    }
    enum lb_status status = lb_buffer_create(device, mem, size * sizeof *values, "normalisation");
    for (size_t i = 0; status == LB_OK && i < size; i += piece) {
        const size_t n = size - i < piece ? size - i : piece;
        status = lb_buffer_write(device, *mem, i * sizeof *values, row, n * sizeof *values);
    }
    free(row);
    return status;
}

enum lb_status lb_normalisation_set(struct lb_normalisation *normalisation,
                                    struct lb_device *device, int inputs, int channels,
                                    const float *mean, const float *scale)
{
    if (!valid(inputs, channels, mean, scale)) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT,
                       "normalisation: %d channels of %d numbers: means must be finite, scales "
                       "finite and not 0, and channels divide the numbers",
                       channels, inputs);
    }
    lb_normalisation_destroy(normalisation);
    const size_t bytes = (size_t)channels * sizeof(float);
    normalisation->mean = malloc(bytes);
    normalisation->scale = malloc(bytes);
    if (normalisation->mean == NULL || normalisation->scale == NULL) {
        return lb_fail_memory(device->ctx, "normalisation");
    }
    memcpy(normalisation->mean, mean, bytes);
    memcpy(normalisation->scale, scale, bytes);
    LB_TRY(write_row(device, &normalisation->mean_row, inputs, channels, mean));
    LB_TRY(write_row(device, &normalisation->scale_row, inputs, channels, scale));
    LB_TRY(lb_step_kernel(device, &normalisation->kernel, "normalise"));
    LB_TRY(lb_step_kernel(device, &normalisation->pool, "pool_normalised"));
    normalisation->channels = channels;
    return LB_OK;
}

void lb_normalisation_destroy(struct lb_normalisation *normalisation)
{
    free(normalisation->mean);
    free(normalisation->scale);
    lb_buffer_release(&normalisation->mean_row);
    lb_buffer_release(&normalisation->scale_row);
    *normalisation = (struct lb_normalisation){0};
}

enum lb_status lb_normalisation_run(const struct lb_normalisation *normalisation,
                                    struct lb_device *device, cl_mem images, int rows, int inputs,
                                    cl_mem normalised)
{
    const cl_int n = rows * inputs;
    const cl_int size = inputs;
    const struct lb_ndrange grid = lb_ndrange_rows(device, (size_t)rows, (size_t)inputs);
    lb_profile_expect(device, 2.0 * n, 2.0 * sizeof(float) * n);
    return lb_launch(device, normalisation->kernel, grid, LB_ARG(images), LB_ARG(n), LB_ARG(size),
                     LB_ARG(normalisation->mean_row), LB_ARG(normalisation->scale_row),
                     LB_ARG(normalised));
}

enum lb_status lb_normalisation_pool(const struct lb_normalisation *normalisation,
                                     struct lb_device *device, cl_mem images, int rows,
                                     struct lb_shape shape, cl_mem pooled)
{
    const cl_int height = shape.height / 2;
    const cl_int width = shape.width / 2;
    const cl_int all = rows * height;
    const double n = (double)rows * lb_shape_size(shape);
    const struct lb_ndrange grid =
        lb_ndrange_rows(device, (size_t)all, (size_t)width * (size_t)shape.channels);
    lb_profile_expect(device, 3.0 * n, 1.25 * sizeof(float) * n);
    return lb_launch(device, normalisation->pool, grid, LB_ARG(images), LB_ARG(pooled),
                     LB_ARG(normalisation->mean_row), LB_ARG(normalisation->scale_row), LB_ARG(all),
                     LB_ARG(height), LB_ARG(width), LB_ARG(shape.channels));
}

/* ---- in files -------------------------------------------------------------------------------- */

void lb_normalisation_add_text(struct lb_text *text, const float *values, int channels)
{
    for (int c = 0; c < channels; c++) {
        char number[32];
        lb_format(number, sizeof number, "%s%.9g", c > 0 ? "," : "", (double)values[c]);
        lb_text_add(text, number);
    }
}

/* Parses comma-separated numbers into an allocated array. *count is 0 and the result NULL if the
 * text is missing or invalid, or if memory is out (sets *failed). */
static float *parse(const char *text, int *count, bool *failed)
{
    size_t most = 1;
    *count = 0;
    for (const char *at = text; at != NULL && *at != '\0'; at++) {
        most += *at == ',';
    }
    float *values = text != NULL ? malloc(most * sizeof *values) : NULL;
    *failed = *failed || (text != NULL && values == NULL);
    for (size_t i = 0; values != NULL && i < most; i++) {
        char *end;
        values[i] = (float)lb_number_read(text, &end);
        if (end == text || *end != (i + 1 < most ? ',' : '\0') || most > INT_MAX) {
            free(values);
            return NULL;
        }
        text = end + 1;
    }
    *count = values != NULL ? (int)most : 0;
    return values;
}

enum lb_status lb_normalisation_read(struct lb_normalisation *normalisation,
                                     struct lb_device *device, int inputs,
                                     const struct lb_tensor_file *file, const char *path)
{
    const char *mean_text = lb_tensor_file_metadata(file, "input_mean");
    const char *scale_text = lb_tensor_file_metadata(file, "input_scale");
    lb_normalisation_destroy(normalisation);
    if (mean_text == NULL && scale_text == NULL) {
        return LB_OK;
    }
    bool failed = false;
    int means;
    int scales;
    enum lb_status status = LB_OK;
    float *mean = parse(mean_text, &means, &failed);
    float *scale = parse(scale_text, &scales, &failed);
    if (failed) {
        status = lb_fail_memory(device->ctx, path);
        goto fail;
    }
    if (means == 0 || means != scales || !valid(inputs, means, mean, scale)) {
        status = lb_fail(device->ctx, LB_ERR_FORMAT,
                         "%s: input_mean and input_scale must have one number per channel, scales "
                         "not 0 (use a file written by `lowbend train`)",
                         path);
        goto fail;
    }
    status = lb_normalisation_set(normalisation, device, inputs, means, mean, scale);
fail:
    free(mean);
    free(scale);
    return status;
}
