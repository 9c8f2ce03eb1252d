/* Maps images to latent codes and back, in files and in memory; writes the run's latent sample. */
#include <stdint.h>
#include <stdlib.h>

#include <lowbend/tensor.h>

#include "base/lock.h"
#include "run/held_out.h"
#include "run/run.h"
#include "eval/points.h"
#include "eval/run_input.h"
#include "io/tensor_file.h"
#include "run/run_files.h"

enum {
    LATENT_SAMPLE = 2048,
    MAX_FLOATS = 1 << 22, // of a batch of images or codes
};

/* Number of rows converted at a time. */
static size_t batch_rows(const struct lb_run *run, size_t n)
{
    const size_t larger = run->image_size > run->latent ? run->image_size : run->latent;
    const size_t fit = MAX_FLOATS / larger;
    return fit < 1 ? 1 : fit < n ? fit : n;
}

/* Applies the network to rows first.. of `input`, converted to floats. */
static enum lb_status convert_rows(struct lb_run *run, struct lb_network *network,
                                   const struct lb_run_input *input, size_t first, size_t rows,
                                   float *in, float *out)
{
    LB_TRY(lb_run_input_read(input, run, first, rows, in));
    return lb_network_apply(network, in, rows, out);
}

/* out (n, ...) = network(input (n, ...)), in batches. */
static enum lb_status convert(struct lb_run *run, struct lb_network *network,
                              const struct lb_run_input *input, const char *out_path,
                              struct lb_tensor out)
{
    out.shape[0] = 1;
    const size_t width = lb_tensor_count(&out);
    const size_t n = input->count;
    const size_t batch = batch_rows(run, n);
    float *in = malloc(batch * input->size * sizeof *in);
    float *result = malloc(batch * width * sizeof *result);
    struct lb_tensor_writer writer = {.ctx = run->ctx};
    enum lb_status status = LB_OK;
    if (in == NULL || result == NULL) {
        status = lb_fail_memory(run->ctx, out_path);
        goto fail;
    }
    out.shape[0] = n;
    LB_CHECK(lb_tensor_writer_open(&writer, run->ctx, out_path, &out, 1, NULL, 0));
    for (size_t first = 0; first < n; first += batch) {
        const size_t rows = n - first < batch ? n - first : batch;
        LB_CHECK(convert_rows(run, network, input, first, rows, in, result));
        LB_CHECK(lb_tensor_writer_add(&writer, result, rows * width * sizeof *result));
    }
    LB_CHECK(lb_tensor_writer_commit(&writer));
fail:
    lb_tensor_writer_abandon(&writer);
    free(in);
    free(result);
    return status;
}

enum lb_status lb_run_encode_file(struct lb_run *run, const char *in_path, const char *out_path)
{
    return lb_run_encode_file_with(run, in_path, out_path, NULL);
}

enum lb_status lb_run_encode_file_with(struct lb_run *run, const char *in_path,
                                       const char *out_path, const struct lb_image_options *options)
{
    const struct lb_tensor out = {
        .name = "latent", .dtype = LB_F32, .rank = 2, .shape = {0, run->latent}};
    struct lb_run_input input;
    enum lb_status status = lb_run_input_open(&input, run, in_path, LB_RUN_IMAGES, options);
    if (status == LB_OK) {
        status = convert(run, run->encoder, &input, out_path, out);
    }
    lb_run_input_close(&input);
    return status;
}

enum lb_status lb_run_decode_file(struct lb_run *run, const char *in_path, const char *out_path)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const struct lb_tensor out = {
        .name = "images",
        .dtype = LB_F32,
        .rank = 4,
        .shape = {0, (size_t)info->height, (size_t)info->width, (size_t)info->channels}};
    LB_TRY(lb_run_check_decoder(run));
    struct lb_run_input input;
    enum lb_status status = lb_run_input_open(&input, run, in_path, LB_RUN_CODES, NULL);
    if (status == LB_OK) {
        status = convert(run, run->decoder, &input, out_path, out);
    }
    lb_run_input_close(&input);
    return status;
}

/* out (n, width) = network(input (n, ...)), in batches; does not copy input that is already
 * float. */
static enum lb_status convert_array(struct lb_run *run, struct lb_network *network,
                                    const struct lb_run_input *input, size_t width, float *out)
{
    const size_t n = input->count;
    const struct lb_tensor *array = &input->set.images;
    if (array->dtype == LB_F32 && (uintptr_t)array->data % sizeof(float) == 0) {
        return lb_network_apply(network, array->data, n, out);
    }
    const size_t batch = batch_rows(run, n);
    float *in = malloc(batch * input->size * sizeof *in);
    if (in == NULL) {
        return lb_fail_memory(run->ctx, input->path);
    }
    enum lb_status status = LB_OK;
    for (size_t first = 0; first < n && status == LB_OK; first += batch) {
        const size_t rows = n - first < batch ? n - first : batch;
        status = convert_rows(run, network, input, first, rows, in, out + first * width);
    }
    free(in);
    return status;
}

enum lb_status lb_run_encode(struct lb_run *run, const struct lb_tensor *images,
                             const struct lb_image_options *options, float *latent)
{
    struct lb_run_input input;
    enum lb_status status = lb_run_input_take(&input, run, images, LB_RUN_IMAGES, options);
    if (status == LB_OK) {
        status = convert_array(run, run->encoder, &input, run->latent, latent);
    }
    lb_run_input_close(&input);
    return status;
}

enum lb_status lb_run_decode(struct lb_run *run, const struct lb_tensor *latent, float *images)
{
    LB_TRY(lb_run_check_decoder(run));
    struct lb_run_input input;
    enum lb_status status = lb_run_input_take(&input, run, latent, LB_RUN_CODES, NULL);
    if (status == LB_OK) {
        status = convert_array(run, run->decoder, &input, run->image_size, images);
    }
    lb_run_input_close(&input);
    return status;
}

/* File indices of the held-out images (n). */
static enum lb_status held_out_numbers(struct lb_run *run, size_t n, int64_t **numbers)
{
    *numbers = malloc(n * sizeof **numbers);
    return *numbers != NULL ? lb_run_held_out_images(run, 0, n, *numbers, NULL)
                            : lb_fail_memory(run->ctx, "latent sample");
}

static enum lb_status write_latent(struct lb_run *run)
{
    size_t n = LATENT_SAMPLE;
    float *points = NULL;
    int64_t *index = NULL;
    float *images = NULL;
    float *latent = NULL;
    char *path = lb_run_file_path(run->path, LB_RUN_LATENT);
    enum lb_status status = LB_OK;
    LB_CHECK(lb_run_sample(run, run->params.seed, &n, &points));
    if (points == NULL) {
        LB_CHECK(held_out_numbers(run, n, &index));
    }
    images = malloc(n * run->image_size * sizeof *images);
    latent = malloc(n * run->latent * sizeof *latent);
    if (images == NULL || latent == NULL || path == NULL) {
        status = lb_fail_memory(run->ctx, "latent sample");
        goto fail;
    }
    LB_CHECK(lb_run_images(run, points, 0, n, images));
    LB_CHECK(lb_network_apply(run->encoder, images, n, latent));
    const struct lb_tensor tensors[] = {
        points != NULL ? (struct lb_tensor){"points", LB_F32, 2, {n, run->point_size}, points}
                       : (struct lb_tensor){"index", LB_I64, 1, {n}, index},
        {"latent", LB_F32, 2, {n, run->latent}, latent},
    };
    LB_CHECK(lb_tensor_file_write(run->ctx, path, tensors, LB_COUNT(tensors), NULL, 0));
fail:
    free(points);
    free(index);
    free(images);
    free(latent);
    free(path);
    return status;
}

enum lb_status lb_run_write_latent(struct lb_run *run)
{
    struct lb_folder_lock lock;
    LB_TRY(lb_folder_lock_take(&lock, run->ctx, run->path));
    const enum lb_status status = write_latent(run);
    lb_folder_lock_release(&lock);
    return status;
}
