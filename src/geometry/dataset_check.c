#include "geometry/dataset_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/number.h"
#include "device/cached_check.h"
#include "device/kernel_source.h"
#include "geometry/query.h"

enum {
    MAX_PAIRS = 128,
    MIN_PAIRS = 8,
    MAX_FLOATS = 1 << 21, // limit for the images of all x
    RADIUS_TRIES = 10,    // halvings of the radius, for small manifolds with boundary
    LINE_BYTES = 512,
};

/* Wrong formulas deviate by far more, rounding by far less. */
static const double distance_tolerance = 0.01;
static const double pixel_tolerance = 1e-4;

/* Pairs of points at one distance with their midpoints and images. */
struct check {
    struct lb_dataset *dataset;
    struct lb_context *ctx;
    uint64_t seed;
    lb_check_fn report;
    void *user;
    int failures;
    size_t n;
    size_t p;        // floats per point
    size_t size;     // floats per image
    float *points;   // (5 n, p): x, midpoint, y, and the midpoints of both halves
    float *images;   // (5 n, size)
    float *distance; // (n)
};

enum block { X, MIDDLE, Y, FIRST_MIDDLE, SECOND_MIDDLE, BLOCKS };

static float *points_of(const struct check *c, enum block block)
{
    return c->points + (size_t)block * c->n * c->p;
}

static float *images_of(const struct check *c, enum block block)
{
    return c->images + (size_t)block * c->n * c->size;
}

/* Reports a failure; returns an error if there is no callback, which ends the check. */
static enum lb_status failed(struct check *c, const char *line)
{
    c->failures++;
    if (c->report != NULL) {
        c->report(c->user, line);
        return LB_OK;
    }
    return lb_fail(c->ctx, LB_ERR_NUMERIC, "%s", line);
}

static const char *name_of(const struct check *c)
{
    return c->dataset->info.name;
}

static bool all_finite(const float *values, size_t n)
{
    bool finite = true;
    for (size_t i = 0; i < n && finite; i++) {
        finite = isfinite(values[i]);
    }
    return finite;
}

/* ---- points and distances -------------------------------------------------------------------- */

/* Formats a point's numbers, as far as they fit. */
static const char *point_text(const struct check *c, const float *point, char *text, size_t bytes)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t k = 0; k < c->p && k < 6 && used < bytes; k++) {
        const int length =
            lb_format(text + used, bytes - used, "%s%.6g", k > 0 ? ", " : "", (double)point[k]);
        used += length > 0 ? (size_t)length : 0;
    }
    return text;
}

static enum lb_status check_inside(struct check *c, const float *points, const char *what)
{
    float inside[MAX_PAIRS];
    char line[LINE_BYTES];
    char numbers[128];
    LB_TRY(lb_dataset_contains(c->dataset, points, c->n, inside));
    for (size_t i = 0; i < c->n; i++) {
        const float *point = points + i * c->p;
        const bool finite = all_finite(point, c->p);
        if (!finite || inside[i] == 0.0f) {
            snprintf(line, sizeof line, "dataset %s: %s (%s) is %s (correct %s)", name_of(c), what,
                     point_text(c, point, numbers, sizeof numbers),
                     finite ? "outside by manifold_contains" : "not finite",
                     finite ? "the manifold's bounds, or make it geodesically convex"
                            : "the manifold's functions");
            return failed(c, line);
        }
    }
    return LB_OK;
}

/* Pairs with distances in [low, high] times the radius; with images of all three points if
 * requested. */
static enum lb_status sample_pairs(struct check *c, double low, double radius, bool images)
{
    const struct lb_pairs_params params = {
        .epsilon = radius, .min_distance = low * radius, .seed = c->seed};
    const struct lb_pairs pairs = {
        .point_x = points_of(c, X),
        .point_y = points_of(c, Y),
        .point_average = points_of(c, MIDDLE),
        .x = images ? images_of(c, X) : NULL,
        .y = images ? images_of(c, Y) : NULL,
        .average = images ? images_of(c, MIDDLE) : NULL,
        .distance = c->distance,
    };
    return lb_dataset_pairs(c->dataset, &params, c->n, &pairs);
}

/* Checks that manifold_distance of two blocks is `share` of the drawn distance. */
static enum lb_status check_distance(struct check *c, const float *a, const float *b, double share,
                                     const char *what)
{
    float found[MAX_PAIRS];
    char line[LINE_BYTES];
    LB_TRY(lb_dataset_distances(c->dataset, a, b, c->n, found));
    for (size_t i = 0; i < c->n; i++) {
        const double wanted = share * (double)c->distance[i];
        if (!(fabs((double)found[i] - wanted) <= distance_tolerance * (double)c->distance[i])) {
            lb_format(line, sizeof line,
                      "dataset %s: distance %s: %.6g by manifold_distance, must be %.6g after a "
                      "step of length %.6g (correct manifold_distance, manifold_midpoint, "
                      "manifold_exponential or manifold_frame)",
                      name_of(c), what, (double)found[i], wanted, (double)c->distance[i]);
            return failed(c, line);
        }
    }
    return LB_OK;
}

/* Draws pairs up to *radius apart, and shrinks it until they fit into the manifold. */
static enum lb_status check_manifold(struct check *c, double *radius)
{
    enum lb_status status = LB_ERR_NUMERIC;
    for (int i = 0; i < RADIUS_TRIES && status == LB_ERR_NUMERIC; i++) {
        *radius *= i > 0 ? 0.5 : 1.0;
        status = sample_pairs(c, 0.1, *radius, true);
        if (i == 0 && (status == LB_OK || status == LB_ERR_NUMERIC)) { // x was drawn in either case
            LB_TRY(check_inside(c, points_of(c, X), "random point"));
            if (c->failures > 0) { // no valid starting points
                return LB_OK;
            }
        }
    }
    LB_TRY(status);
    LB_TRY(check_inside(c, points_of(c, Y), "end of a step"));
    LB_TRY(check_inside(c, points_of(c, MIDDLE), "middle of a step"));
    LB_TRY(check_distance(c, points_of(c, X), points_of(c, Y), 1.0, "of the ends of a step"));
    LB_TRY(check_distance(c, points_of(c, X), points_of(c, MIDDLE), 0.5,
                          "from the start to the middle of a step"));
    LB_TRY(lb_dataset_midpoints(c->dataset, points_of(c, X), points_of(c, Y), c->n,
                                points_of(c, FIRST_MIDDLE)));
    return check_distance(c, points_of(c, FIRST_MIDDLE), points_of(c, MIDDLE), 0.0,
                          "of manifold_midpoint to the middle of a step");
}

/* ---- pixels ---------------------------------------------------------------------------------- */

static enum lb_status check_pixels(struct check *c)
{
    const struct lb_dataset_info *info = &c->dataset->info;
    const bool bounded = info->height * info->width > 1;
    char line[LINE_BYTES];
    char numbers[128];
    for (size_t i = 0; i < 3 * c->n * c->size; i++) {
        const double value = (double)c->images[i];
        const bool right =
            isfinite(value) &&
            (!bounded || (value >= -pixel_tolerance && value <= 1.0 + pixel_tolerance));
        if (!right) {
            const size_t place = i % c->size / (size_t)info->channels;
            lb_format(line, sizeof line,
                      "dataset %s: pixel at row %zu, column %zu is %.6g at the point (%s): must be "
                      "%s (correct dataset_pixel)",
                      name_of(c), place / (size_t)info->width, place % (size_t)info->width, value,
                      point_text(c, c->points + i / c->size * c->p, numbers, sizeof numbers),
                      bounded ? "in [0,1]" : "finite");
            return failed(c, line);
        }
    }
    return LB_OK;
}

/* ---- smoothness ------------------------------------------------------------------------------ */

static double difference_norm(const float *a, const float *b, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        const double difference = (double)a[k] - (double)b[k];
        sum += difference * difference;
    }
    return sqrt(sum);
}

/* |(a + b) / 2 - m| */
static double bend(const float *a, const float *m, const float *b, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        const double rest = 0.5 * (((double)a[k] - (double)m[k]) + ((double)b[k] - (double)m[k]));
        sum += rest * rest;
    }
    return sqrt(sum);
}

static void move(const struct check *c, enum block to, enum block from, size_t i)
{
    memcpy(points_of(c, to) + i * c->p, points_of(c, from) + i * c->p, c->p * sizeof(float));
    memcpy(images_of(c, to) + i * c->size, images_of(c, from) + i * c->size,
           c->size * sizeof(float));
}

/* Keeps the half of each pair with the larger first (second) difference, written to value (n). */
static enum lb_status halve(struct check *c, int order, double *value)
{
    const enum block ends[2][3] = {{X, FIRST_MIDDLE, MIDDLE}, {MIDDLE, SECOND_MIDDLE, Y}};
    for (int h = 0; h < 2; h++) {
        LB_TRY(lb_dataset_midpoints(c->dataset, points_of(c, ends[h][0]), points_of(c, ends[h][2]),
                                    c->n, points_of(c, ends[h][1])));
        LB_TRY(lb_dataset_render(c->dataset, points_of(c, ends[h][1]), c->n,
                                 images_of(c, ends[h][1])));
    }
    for (size_t i = 0; i < c->n; i++) {
        double size[2];
        for (int h = 0; h < 2; h++) {
            const float *a = images_of(c, ends[h][0]) + i * c->size;
            const float *m = images_of(c, ends[h][1]) + i * c->size;
            const float *b = images_of(c, ends[h][2]) + i * c->size;
            size[h] = order == 1 ? difference_norm(a, b, c->size) : bend(a, m, b, c->size);
        }
        if (size[0] >= size[1]) {
            move(c, Y, MIDDLE, i);
            move(c, MIDDLE, FIRST_MIDDLE, i);
            value[i] = size[0];
        } else {
            move(c, X, MIDDLE, i);
            move(c, MIDDLE, SECOND_MIDDLE, i);
            value[i] = size[1];
        }
    }
    return LB_OK;
}

/*
 * Halves pairs `levels` times, keeping the rougher half, and compares the last quotient with the
 * one three halvings before: it has converged if the images are smooth, and is 8 times as large at
 * a jump (first order) or a kink (second order). Ignores differences explained by rounding.
 */
static enum lb_status check_order(struct check *c, int order, int levels, double radius)
{
    enum { BACK = 3 };
    const double limit = 4.0;
    double value[MAX_PAIRS];
    double before[MAX_PAIRS] = {0.0};
    char line[LINE_BYTES];
    char numbers[128];
    LB_TRY(sample_pairs(c, 0.9, radius, true));
    for (int level = 1; level <= levels; level++) {
        LB_TRY(halve(c, order, value));
        if (level == levels - BACK) {
            memcpy(before, value, sizeof before);
        }
    }
    const double shrunk = order == 1 ? 1 << BACK : 1 << 2 * BACK;
    const double noise = 2e-6 * sqrt((double)c->size);
    for (size_t i = 0; i < c->n; i++) {
        const double growth = value[i] * shrunk / before[i];
        if (value[i] > 8.0 * noise && growth > limit) {
            const double d = (double)c->distance[i] / (1 << levels);
            lb_format(line, sizeof line,
                      "dataset %s: images have a %s near the point (%s): their %s quotient grows "
                      "by %.3g from d = %.3g to d = %.3g, where it is %.3g (make dataset_pixel "
                      "smooth in the point: no hard edges, no branches)",
                      name_of(c), order == 1 ? "jump" : "kink",
                      point_text(c, points_of(c, X) + i * c->p, numbers, sizeof numbers),
                      order == 1 ? "first" : "second", growth, d * (1 << BACK), d,
                      order == 1 ? value[i] / d : 8.0 * value[i] / (d * d));
            return failed(c, line);
        }
    }
    return LB_OK;
}

/* A jump also shows in the second order; report it once. */
static enum lb_status check_smoothness(struct check *c, double radius)
{
    const int before = c->failures;
    LB_TRY(check_order(c, 1, 8, radius));
    return c->failures == before ? check_order(c, 2, 7, radius) : LB_OK;
}

/* ---------------------------------------------------------------------------------------------- */

enum lb_status lb_dataset_check(struct lb_dataset *dataset, uint64_t seed, bool smooth,
                                lb_check_fn report, void *user)
{
    const double widest = dataset->info.injectivity_radius;
    double radius = isfinite(widest) ? 0.5 * widest : 0.5;
    struct check c = {.dataset = dataset,
                      .ctx = dataset->device->ctx,
                      .seed = seed,
                      .report = report,
                      .user = user,
                      .p = (size_t)dataset->info.point_size,
                      .size = dataset->image_size};
    const size_t fitting = MAX_FLOATS / c.size;
    c.n = fitting > MAX_PAIRS ? MAX_PAIRS : fitting < MIN_PAIRS ? MIN_PAIRS : fitting;
    c.points = malloc(BLOCKS * c.n * c.p * sizeof *c.points);
    c.images = malloc(BLOCKS * c.n * c.size * sizeof *c.images);
    c.distance = malloc(c.n * sizeof *c.distance);
    enum lb_status status = LB_OK;
    if (c.points == NULL || c.images == NULL || c.distance == NULL) {
        status = lb_fail_memory(c.ctx, "self-check");
        goto fail;
    }
    LB_CHECK(check_manifold(&c, &radius));
    if (c.failures == 0) {
        LB_CHECK(check_pixels(&c));
    }
    if (smooth && c.failures == 0) {
        LB_CHECK(check_smoothness(&c, 0.4 * radius));
    }
    if (c.failures > 0) {
        status = lb_fail(c.ctx, LB_ERR_NUMERIC, "dataset %s: %d checks failed (correct its text)",
                         dataset->info.name, c.failures);
    }
fail:
    free(c.points);
    free(c.images);
    free(c.distance);
    return status;
}

/* Hash of everything the check depends on besides the device. */
static enum lb_status hash_dataset(struct lb_dataset *dataset, uint64_t *hash)
{
    static const char *const files[] = {"geometry/kernels.cl", "geometry/render_strips.cl"};
    const uint64_t mesh = dataset->info.mesh_hash;
    *hash = lb_hash_bytes(&mesh, sizeof mesh);
    for (size_t i = 0; i < (mesh != 0 ? LB_COUNT(files) : 1); i++) { // the second file draws meshes
        struct lb_kernel_source source = {0};
        const enum lb_status status = lb_kernel_source_expand(
            &source, dataset->device->ctx, dataset->device->cl_dir, files[i], dataset->prelude);
        if (status == LB_OK) {
            *hash = lb_hash_more(*hash, source.text.data, source.text.length);
        }
        lb_kernel_source_free(&source);
        LB_TRY(status);
    }
    return LB_OK;
}

enum lb_status lb_dataset_require(struct lb_dataset *dataset, uint64_t seed)
{
    struct lb_cached_check check = {0};
    uint64_t hash = 0;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_dataset_need_manifold(dataset));
    LB_CHECK(hash_dataset(dataset, &hash));
    LB_CHECK(lb_cached_check_find(&check, dataset->device, "dataset", hash));
    if (!lb_cached_check_is_kept(&check)) {
        LB_CHECK(lb_dataset_check(dataset, seed, false, NULL, NULL));
        lb_cached_check_keep(&check, dataset->device);
    }
fail:
    lb_cached_check_free(&check);
    return status;
}
