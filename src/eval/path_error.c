#include "eval/path_error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/latent_curve.h"
#include "eval/nearest.h"
#include "eval/points.h"
#include "eval/statistics.h"
#include "geometry/geodesic.h"

enum {
    FRAMES = LB_PATH_FRAMES,
    INNER = FRAMES - 2, // without the end points, where all paths agree
    MIDDLE = FRAMES / 2,
    MAX_FLOATS = 1 << 24, // of the images held at once
};

/* The point of the straight line from a to b at inner frame j. */
static double blend(const float *a, const float *b, size_t k, size_t j)
{
    const double t = (double)(j + 1) / (FRAMES - 1);
    return (1.0 - t) * (double)a[k] + t * (double)b[k];
}

/* ends (n, 3, l): codes of the first, middle and last frame. */
static enum lb_status encode_ends(struct lb_run *run, const float *paths, size_t n, float *ends)
{
    static const size_t frames[] = {0, MIDDLE, FRAMES - 1};
    const size_t p = run->point_size;
    float *points = malloc(3 * n * p * sizeof *points);
    if (points == NULL) {
        return lb_fail_memory(run->ctx, "interpolation");
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 3; k++) {
            memcpy(points + (3 * i + k) * p, paths + (i * FRAMES + frames[k]) * p,
                   p * sizeof *points);
        }
    }
    const enum lb_status status = lb_run_encode_points(run, points, 3 * n, ends);
    free(points);
    return status;
}

/* lines (n, INNER, l): straight lines between first and last codes. */
static void fill_lines(const float *ends, size_t n, size_t l, float *lines)
{
    for (size_t i = 0; i < n; i++) {
        const float *from = ends + 3 * i * l;
        for (size_t j = 0; j < INNER; j++) {
            for (size_t k = 0; k < l; k++) {
                lines[(i * INNER + j) * l + k] = (float)blend(from, from + 2 * l, k, j);
            }
        }
    }
}

/* gaps (n): |(phi(x) + phi(y)) / 2 - phi(av(x, y))| */
static void latent_gaps(const float *ends, size_t n, size_t l, double *gaps)
{
    for (size_t i = 0; i < n; i++) {
        const float *code = ends + 3 * i * l;
        double square = 0.0;
        for (size_t k = 0; k < l; k++) {
            const double middle = 0.5 * ((double)code[k] + (double)code[2 * l + k]);
            square += (middle - (double)code[l + k]) * (middle - (double)code[l + k]);
        }
        gaps[i] = sqrt(square);
    }
}

/* Pixel blend of the ends of truth (FRAMES, D) against truth, per pixel. */
static double blend_error(const float *truth, size_t size)
{
    const float *from = truth;
    const float *to = truth + (FRAMES - 1) * size;
    double sum = 0.0;
    for (size_t j = 0; j < INNER; j++) {
        for (size_t k = 0; k < size; k++) {
            const double difference = blend(from, to, k, j) - (double)truth[(j + 1) * size + k];
            sum += difference * difference;
        }
    }
    return sum / (double)(INNER * size);
}

/* curves (n, INNER, l): the latent geodesics between first and last codes. */
static enum lb_status fill_curves(const struct lb_run *run, struct lb_geometry *geometry,
                                  const float *ends, size_t n, float *curves)
{
    const size_t l = run->latent;
    float *codes = malloc(FRAMES * l * sizeof *codes);
    enum lb_status status = LB_OK;
    if (codes == NULL) {
        return lb_fail_memory(run->ctx, "interpolation");
    }
    for (size_t i = 0; i < n; i++) {
        const float *from = ends + 3 * i * l;
        LB_CHECK(lb_run_check_cancelled(run));
        LB_CHECK(lb_latent_curve(run, geometry, from, from + 2 * l, FRAMES, codes));
        memcpy(curves + i * INNER * l, codes + l, INNER * l * sizeof *codes);
    }
fail:
    free(codes);
    return status;
}

/* blend_mse (n), and image_mse (n) if there is a decoder, in batches of geodesics. */
static enum lb_status image_errors(struct lb_run *run, const float *paths, const float *lines,
                                   size_t n, double *image_mse, double *blend_mse)
{
    const size_t size = run->image_size;
    const size_t fit = MAX_FLOATS / (FRAMES * size);
    const size_t batch = fit < 1 ? 1 : fit < n ? fit : n;
    float *truth = malloc(batch * FRAMES * size * sizeof *truth);
    float *decoded = malloc(batch * INNER * size * sizeof *decoded);
    enum lb_status status = LB_OK;
    if (truth == NULL || decoded == NULL) {
        status = lb_fail_memory(run->ctx, "interpolation");
        goto fail;
    }
    for (size_t start = 0; start < n; start += batch) {
        const size_t rows = n - start < batch ? n - start : batch;
        LB_CHECK(lb_dataset_render(run->dataset, paths + start * FRAMES * run->point_size,
                                   rows * FRAMES, truth));
        if (run->decoder != NULL) {
            LB_CHECK(lb_network_apply(run->decoder, lines + start * INNER * run->latent,
                                      rows * INNER, decoded));
        }
        for (size_t i = 0; i < rows; i++) {
            const float *images = truth + i * FRAMES * size;
            blend_mse[start + i] = blend_error(images, size);
            if (run->decoder != NULL) {
                const float *line = decoded + i * INNER * size;
                image_mse[start + i] =
                    lb_squared_distance(line, images + size, INNER * size) / (double)(INNER * size);
            }
        }
    }
fail:
    free(truth);
    free(decoded);
    return status;
}

/* Distance of n lines from phi(M), with searches starting at the geodesic's points; means (n). */
static enum lb_status search_manifold(struct lb_run *run, const float *paths, const float *lines,
                                      size_t n, size_t cloud, uint64_t seed, double *means)
{
    const size_t p = run->point_size;
    float *starts = malloc(n * INNER * p * sizeof *starts);
    double *distances = malloc(n * INNER * sizeof *distances);
    enum lb_status status = LB_OK;
    if (starts == NULL || distances == NULL) {
        status = lb_fail_memory(run->ctx, "interpolation");
        goto fail;
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(starts + i * INNER * p, paths + (i * FRAMES + 1) * p, INNER * p * sizeof *starts);
    }
    LB_CHECK(lb_run_distance_to_manifold(run, lines, starts, n * INNER, cloud, seed, distances));
    for (size_t i = 0; i < n; i++) {
        means[i] = 0.0;
        for (size_t j = 0; j < INNER; j++) {
            means[i] += distances[i * INNER + j] / INNER;
        }
    }
fail:
    free(starts);
    free(distances);
    return status;
}

enum lb_status lb_interpolation_paths(struct lb_dataset *dataset, uint64_t seed, uint32_t number,
                                      double distance, size_t n, float *paths, bool *found)
{
    const struct lb_random_counter draw = {seed, LB_STREAM_MEASURE_PATHS, number, 0};
    return lb_dataset_paths(dataset, draw, distance, FRAMES, n, paths, found);
}

enum lb_status lb_interpolation_errors_of_paths(struct lb_run *run, const float *paths, size_t n,
                                                double distance,
                                                const struct lb_path_extras *extras,
                                                struct lb_interpolation_errors *out)
{
    const size_t l = run->latent;
    const size_t followed = extras->geometry != NULL && run->decoder != NULL ? extras->followed : 0;
    float *ends = malloc(3 * n * l * sizeof *ends);
    float *lines = malloc(n * INNER * l * sizeof *lines);
    double *values = malloc(2 * n * sizeof *values);
    enum lb_status status = LB_OK;
    *out = (struct lb_interpolation_errors){.distance = distance,
                                            .latent_gap = lb_estimate_unknown(),
                                            .off_manifold = lb_estimate_unknown(),
                                            .image_mse = lb_estimate_unknown(),
                                            .geodesic_mse = lb_estimate_unknown(),
                                            .blend_mse = lb_estimate_unknown()};
    if (ends == NULL || lines == NULL || values == NULL) {
        status = lb_fail_memory(run->ctx, "interpolation");
        goto fail;
    }
    LB_CHECK(encode_ends(run, paths, n, ends));
    fill_lines(ends, n, l, lines);
    latent_gaps(ends, n, l, values);
    out->latent_gap = lb_estimate_mean(values, n);
    if (extras->searched > 0) {
        LB_CHECK(search_manifold(run, paths, lines, extras->searched, extras->cloud, extras->seed,
                                 values));
        out->off_manifold = lb_estimate_mean(values, extras->searched);
    }
    LB_CHECK(image_errors(run, paths, lines, n, values, values + n));
    out->image_mse = run->decoder != NULL ? lb_estimate_mean(values, n) : lb_estimate_unknown();
    out->blend_mse = lb_estimate_mean(values + n, n);
    if (followed > 0) {
        LB_CHECK(fill_curves(run, extras->geometry, ends, followed, lines));
        LB_CHECK(image_errors(run, paths, lines, followed, values, values + n));
        out->geodesic_mse = lb_estimate_mean(values, followed);
    }
fail:
    free(ends);
    free(lines);
    free(values);
    return status;
}
