#include "eval/points.h"

#include <math.h>
#include <stdlib.h>

#include "geometry/dataset.h"
#include "geometry/sampling.h"
#include "nn/network.h"
#include "run/held_out.h"

enum { BATCH = 256 };

static size_t batch_of(size_t n, size_t start, size_t batch)
{
    return n - start < batch ? n - start : batch;
}

enum lb_status lb_run_draw_points(struct lb_run *run, uint64_t seed, enum lb_sample_purpose purpose,
                                  size_t n, float *points)
{
    struct lb_device *device = run->dataset->device;
    const size_t p = run->point_size;
    cl_mem mem = NULL;
    LB_TRY(lb_buffer_create(device, &mem, BATCH * p * sizeof(float), "points"));
    enum lb_status status = LB_OK;
    for (size_t start = 0; start < n; start += BATCH) {
        const size_t rows = batch_of(n, start, BATCH);
        LB_CHECK(lb_run_check_cancelled(run));
        const struct lb_random_counter draw = {seed, LB_STREAM_MEASURE_POINTS, (uint32_t)purpose,
                                               (uint32_t)start};
        LB_CHECK(lb_dataset_enqueue_points(run->dataset, draw, (int)rows, mem));
        LB_CHECK(lb_buffer_read(device, mem, 0, points + start * p, rows * p * sizeof(float)));
    }
fail:
    lb_buffer_release(&mem);
    return status;
}

static enum lb_status check_finite(struct lb_run *run, const float *latent, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(latent[i])) {
            return lb_fail(run->ctx, LB_ERR_NUMERIC,
                           "%s: a latent code is %g (the weights are damaged or too large: train "
                           "again with a smaller --lr)",
                           run->path, (double)latent[i]);
        }
    }
    return LB_OK;
}

enum lb_status lb_run_encode_points(struct lb_run *run, const float *points, size_t n,
                                    float *latent)
{
    struct lb_device *device = run->dataset->device;
    const size_t p = run->point_size;
    const size_t l = run->latent;
    const struct lb_layer_list *layers = &run->encoder->layers;
    const size_t batch = (size_t)lb_activations_rows(layers, BATCH);
    struct lb_activations *activations = NULL;
    cl_mem point_mem = NULL;
    cl_mem image_mem = NULL;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_activations_create(&activations, run->encoder->device, layers, (int)batch, false));
    LB_CHECK(lb_buffer_create(device, &point_mem, batch * p * sizeof(float), "points"));
    LB_CHECK(
        lb_buffer_create(device, &image_mem, batch * run->image_size * sizeof(float), "images"));
    const struct lb_matrix images = {image_mem, 0, run->image_size};
    for (size_t start = 0; start < n; start += batch) {
        const size_t rows = batch_of(n, start, batch);
        LB_CHECK(lb_run_check_cancelled(run));
        LB_CHECK(
            lb_buffer_write(device, point_mem, 0, points + start * p, rows * p * sizeof(float)));
        LB_CHECK(lb_dataset_enqueue_render(run->dataset, point_mem, (int)rows, image_mem));
        LB_CHECK(lb_network_forward(run->encoder, activations, images, (int)rows));
        LB_CHECK(lb_buffer_read(device, lb_activations_output(activations), 0, latent + start * l,
                                rows * l * sizeof(float)));
    }
    LB_CHECK(check_finite(run, latent, n * l));
fail:
    lb_activations_destroy(&activations);
    lb_buffer_release(&point_mem);
    lb_buffer_release(&image_mem);
    return status;
}

enum lb_status lb_run_sample(struct lb_run *run, uint64_t seed, size_t *n, float **points)
{
    *points = NULL;
    if (!lb_run_has_manifold(run)) {
        size_t held_out;
        LB_TRY(lb_run_held_out_count(run, &held_out));
        *n = held_out < *n ? held_out : *n;
        return LB_OK;
    }
    *points = malloc(*n * run->point_size * sizeof **points);
    if (*points == NULL) {
        return lb_fail_memory(run->ctx, "points of a sample");
    }
    return lb_dataset_points(run->dataset, seed, *n, *points);
}

enum lb_status lb_run_images(struct lb_run *run, const float *points, size_t first, size_t rows,
                             float *images)
{
    return points != NULL
               ? lb_dataset_render(run->dataset, points + first * run->point_size, rows, images)
               : lb_run_held_out_images(run, first, rows, NULL, images);
}
