#include "eval/gallery.h"

#include <stdlib.h>
#include <string.h>

#include "eval/latent_curve.h"
#include "eval/points.h"
#include "eval/statistics.h"
#include "geometry/dataset.h"

/* A random stream of points different from the latent sample's. */
enum { GALLERY_SEED = 1 };

static double mean_squared_error(const float *a, const float *b, size_t n)
{
    return lb_squared_distance(a, b, n) / (double)n;
}

/* decoded (n, D) = psi(phi(images)) */
static enum lb_status autoencode(struct lb_run *run, const float *images, size_t n, float *decoded)
{
    float *latent = malloc(n * run->latent * sizeof *latent);
    if (latent == NULL) {
        return lb_fail_memory(run->ctx, "latent codes");
    }
    enum lb_status status = lb_network_apply(run->encoder, images, n, latent);
    if (status == LB_OK) {
        status = lb_network_apply(run->decoder, latent, n, decoded);
    }
    free(latent);
    return status;
}

enum lb_status lb_gallery_sample(struct lb_gallery *gallery, struct lb_dataset *dataset,
                                 uint64_t seed, size_t n)
{
    const size_t point_size = (size_t)dataset->info.point_size;
    gallery->n = n;
    gallery->points = malloc(n * point_size * sizeof *gallery->points);
    gallery->images = malloc(n * dataset->image_size * sizeof *gallery->images);
    if (gallery->points == NULL || gallery->images == NULL) {
        return lb_fail_memory(dataset->device->ctx, "sample images");
    }
    LB_TRY(lb_dataset_points(dataset, seed, n, gallery->points));
    return lb_dataset_render(dataset, gallery->points, n, gallery->images);
}

enum lb_status lb_gallery_create(struct lb_gallery *gallery, struct lb_run *run, size_t n)
{
    LB_TRY(lb_run_sample(run, run->params.seed + GALLERY_SEED, &n, &gallery->points));
    gallery->n = n;
    gallery->images = malloc(n * run->image_size * sizeof *gallery->images);
    if (gallery->images == NULL) {
        return lb_fail_memory(run->ctx, "sample images");
    }
    LB_TRY(lb_run_images(run, gallery->points, 0, n, gallery->images));
    if (run->decoder == NULL) {
        return LB_OK;
    }
    gallery->decoded = malloc(n * run->image_size * sizeof *gallery->decoded);
    if (gallery->decoded == NULL) {
        return lb_fail_memory(run->ctx, "decoded images");
    }
    LB_TRY(autoencode(run, gallery->images, n, gallery->decoded));
    gallery->mse = mean_squared_error(gallery->images, gallery->decoded, n * run->image_size);
    return LB_OK;
}

void lb_gallery_free(struct lb_gallery *gallery)
{
    free(gallery->points);
    free(gallery->images);
    free(gallery->decoded);
    *gallery = (struct lb_gallery){0};
}

/* line (frames, size): interpolates from its first to its last row in equal steps. */
static void fill_line(float *line, size_t frames, size_t size)
{
    const float *from = line;
    const float *to = line + (frames - 1) * size;
    for (size_t j = 1; j + 1 < frames; j++) {
        const float t = (float)j / (float)(frames - 1);
        for (size_t k = 0; k < size; k++) {
            line[j * size + k] = (1.0f - t) * from[k] + t * to[k];
        }
    }
}

/* The decoded latent geodesic between the first and last of `latent` (frames, l). */
static enum lb_status add_geodesic(struct lb_strip *strip, struct lb_run *run,
                                   struct lb_geometry *geometry, float *latent)
{
    const size_t frames = LB_STRIP_FRAMES;
    const size_t size = run->image_size;
    strip->geodesic = malloc(frames * size * sizeof *strip->geodesic);
    if (strip->geodesic == NULL) {
        return lb_fail_memory(run->ctx, "interpolation");
    }
    LB_TRY(lb_latent_curve(run, geometry, latent, latent + (frames - 1) * run->latent, frames,
                           latent));
    LB_TRY(lb_network_apply(run->decoder, latent, frames, strip->geodesic));
    strip->geodesic_mse =
        mean_squared_error(strip->geodesic + size, strip->truth + size, (frames - 2) * size);
    return LB_OK;
}

enum lb_status lb_strip_create(struct lb_strip *strip, struct lb_run *run,
                               struct lb_geometry *geometry, const float *path, double distance)
{
    const size_t frames = LB_STRIP_FRAMES;
    const size_t size = run->image_size;
    const size_t last = frames - 1;
    const size_t inner = (frames - 2) * size;
    float *latent = malloc(frames * run->latent * sizeof *latent);
    strip->distance = distance;
    strip->truth = malloc(frames * size * sizeof *strip->truth);
    strip->decoded = malloc(frames * size * sizeof *strip->decoded);
    strip->blend = malloc(frames * size * sizeof *strip->blend);
    enum lb_status status = LB_OK;
    if (latent == NULL || strip->truth == NULL || strip->decoded == NULL || strip->blend == NULL) {
        status = lb_fail_memory(run->ctx, "interpolation");
        goto fail;
    }
    LB_CHECK(lb_dataset_render(run->dataset, path, frames, strip->truth));
    LB_CHECK(lb_network_apply(run->encoder, strip->truth, frames, latent));
    fill_line(latent, frames, run->latent);
    LB_CHECK(lb_network_apply(run->decoder, latent, frames, strip->decoded));
    memcpy(strip->blend, strip->truth, size * sizeof(float));
    memcpy(strip->blend + last * size, strip->truth + last * size, size * sizeof(float));
    fill_line(strip->blend, frames, size);
    strip->decoded_mse = mean_squared_error(strip->decoded + size, strip->truth + size, inner);
    strip->blend_mse = mean_squared_error(strip->blend + size, strip->truth + size, inner);
    if (geometry != NULL) {
        LB_CHECK(add_geodesic(strip, run, geometry, latent));
    }
fail:
    free(latent);
    return status;
}

enum lb_status lb_strip_draw(struct lb_strip *strip, struct lb_run *run, uint32_t number,
                             double distance, bool *found)
{
    float *path = malloc(LB_STRIP_FRAMES * run->point_size * sizeof *path);
    enum lb_status status = LB_OK;
    if (path == NULL) {
        return lb_fail_memory(run->ctx, "interpolation");
    }
    LB_CHECK(
        lb_interpolation_paths(run->dataset, run->params.seed, number, distance, 1, path, found));
    if (*found) {
        LB_CHECK(lb_strip_create(strip, run, NULL, path, distance));
    }
fail:
    free(path);
    return status;
}

void lb_strip_free(struct lb_strip *strip)
{
    free(strip->truth);
    free(strip->decoded);
    free(strip->geodesic);
    free(strip->blend);
    *strip = (struct lb_strip){0};
}
