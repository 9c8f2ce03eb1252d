#include "report/html/path_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/latent_curve.h"
#include "eval/points.h"
#include "eval/statistics.h"
#include "report/html/html_text.h"
#include "report/html/sprite.h"

enum {
    ENDS = 8, // points to choose from
    PAIRS = ENDS * (ENDS - 1) / 2,
    LEVELS = 3,
    FRAMES = (1 << LEVELS) + 1,
    IMAGE_LIMIT = 64,
    MAX_NUMBERS = 64, // for images that are vectors, shown as bars
};

#define PARTNER_DISTANCE                                                                           \
    2.5 /* distance of every second point from the previous one, in units of                       \
         * epsilon */

struct path_view {
    struct lb_run *run;
    const struct lb_report_sample *sample;
    size_t n;          // number of pairs
    size_t ends[ENDS]; // indices of their points in the sample
    size_t count;      // of ends
    size_t size;       // D
    bool geodesic;     // the manifold is known
    float *geodesics;  // (n, FRAMES, p)
    float *truth;      // (FRAMES, D): of one pair
    float *decoded;    // (FRAMES, D)
    float *codes; // (n, FRAMES, l): codes of the geodesic's images; for user pairs only at the ends
    float *line;  // (FRAMES, l)
    struct lb_geometry *geometry; // NULL: no latent geodesics
    float *latent_geodesics;      // (n, FRAMES, l); NULL likewise
    float *followed;              // (FRAMES, D): decoded latent geodesic of one pair
    double distance[PAIRS];
    double decoded_error[PAIRS * FRAMES]; // mean squared errors
    double followed_error[PAIRS * FRAMES];
    double blend_error[PAIRS * FRAMES];
    struct lb_sprite truth_images;
    struct lb_sprite decoded_images;
    struct lb_sprite followed_images;
    json_t *truth_numbers;
    json_t *decoded_numbers;
    json_t *followed_numbers;
};

/* ---- the end points -------------------------------------------------------------------------- */

/* Distances (n) from point `from` of the sample to all points; for user pairs between their
 * codes. */
static enum lb_status distances_from(const struct path_view *view, size_t from, float *distances)
{
    const struct lb_report_sample *sample = view->sample;
    const size_t p = view->run->point_size;
    const size_t l = view->run->latent;
    if (!view->geodesic) {
        for (size_t i = 0; i < sample->n; i++) {
            distances[i] = (float)sqrt(
                lb_squared_distance(sample->latent + i * l, sample->latent + from * l, l));
        }
        return LB_OK;
    }
    float *origin = malloc(sample->n * p * sizeof *origin);
    if (origin == NULL) {
        return lb_fail_memory(view->run->ctx, "paths of the page");
    }
    for (size_t i = 0; i < sample->n; i++) {
        memcpy(origin + i * p, sample->points + from * p, p * sizeof *origin);
    }
    const enum lb_status status =
        lb_dataset_distances(view->run->dataset, origin, sample->points, sample->n, distances);
    free(origin);
    return status;
}

/* Score of point i as the next end: alternately, far from all others, or at a good distance from
 * the previous one. */
static double merit(const struct path_view *view, const float *nearest, const float *last, size_t i)
{
    if (!(nearest[i] > 0.0f)) { // already used
        return -INFINITY;
    }
    return view->count % 2 == 0
               ? (double)nearest[i]
               : -fabs((double)last[i] - PARTNER_DISTANCE * view->run->params.epsilon);
}

/* Chooses ends in pairs: each pair far from the others, its two ends close to each other. */
static enum lb_status choose_ends(struct path_view *view)
{
    const size_t n = view->sample->n;
    float *nearest = malloc(n * sizeof *nearest);
    float *last = malloc(n * sizeof *last);
    enum lb_status status = LB_OK;
    if (nearest == NULL || last == NULL) {
        status = lb_fail_memory(view->run->ctx, "paths of the page");
        goto fail;
    }
    for (size_t i = 0; i < n; i++) {
        nearest[i] = INFINITY;
        last[i] = 0.0f;
    }
    view->count = 0;
    while (view->count < ENDS) {
        size_t best = 0;
        for (size_t i = 0; i < n && view->count > 0; i++) {
            if (merit(view, nearest, last, i) > merit(view, nearest, last, best)) {
                best = i;
            }
        }
        if (!(nearest[best] > 0.0f)) { // fewer points than ends
            break;
        }
        view->ends[view->count++] = best;
        LB_CHECK(distances_from(view, best, last));
        for (size_t i = 0; i < n; i++) {
            nearest[i] = fminf(nearest[i], last[i]);
        }
        nearest[best] = 0.0f;
    }
fail:
    free(nearest);
    free(last);
    return status;
}

/* ---- one path -------------------------------------------------------------------------------- */

static enum lb_status find_geodesics(struct path_view *view)
{
    const size_t p = view->run->point_size;
    float *ends = malloc(2 * view->n * p * sizeof *ends);
    float *distances = malloc(view->n * sizeof *distances);
    enum lb_status status = LB_OK;
    size_t pair = 0;
    if (ends == NULL || distances == NULL) {
        status = lb_fail_memory(view->run->ctx, "paths of the page");
        goto fail;
    }
    for (size_t a = 0; a < view->count; a++) {
        for (size_t b = a + 1; b < view->count; b++) {
            memcpy(ends + pair * p, view->sample->points + view->ends[a] * p, p * sizeof *ends);
            memcpy(ends + (view->n + pair) * p, view->sample->points + view->ends[b] * p,
                   p * sizeof *ends);
            pair++;
        }
    }
    LB_CHECK(lb_dataset_geodesics(view->run->dataset, ends, ends + view->n * p, view->n, LEVELS,
                                  view->geodesics));
    LB_CHECK(
        lb_dataset_distances(view->run->dataset, ends, ends + view->n * p, view->n, distances));
    for (size_t i = 0; i < view->n; i++) {
        view->distance[i] = (double)distances[i];
    }
fail:
    free(ends);
    free(distances);
    return status;
}

static double mix(const float *first, const float *last, size_t frame, size_t k)
{
    const double t = (double)frame / (FRAMES - 1);
    return (1.0 - t) * (double)first[k] + t * (double)last[k];
}

/* Mean squared error of an image (D). */
static double error_of(const struct path_view *view, const float *image, size_t frame)
{
    return lb_squared_distance(image + frame * view->size, view->truth + frame * view->size,
                               view->size) /
           (double)view->size;
}

static double blend_error_of(const struct path_view *view, size_t frame)
{
    const float *last = view->truth + (FRAMES - 1) * view->size;
    double sum = 0.0;
    for (size_t k = 0; k < view->size; k++) {
        const double off =
            mix(view->truth, last, frame, k) - (double)view->truth[frame * view->size + k];
        sum += off * off / (double)view->size;
    }
    return sum;
}

static void measure(struct path_view *view, size_t pair)
{
    const bool decodes = view->geodesic && view->run->decoder != NULL;
    const bool follows = decodes && view->geometry != NULL;
    for (size_t j = 0; j < FRAMES; j++) {
        const size_t at = pair * FRAMES + j;
        view->decoded_error[at] = decodes ? error_of(view, view->decoded, j) : (double)NAN;
        view->followed_error[at] = follows ? error_of(view, view->followed, j) : (double)NAN;
        view->blend_error[at] = view->geodesic ? blend_error_of(view, j) : (double)NAN;
    }
}

static enum lb_status keep(const struct path_view *view, json_t *numbers, const float *images)
{
    json_t *more = lb_html_json_floats(images, FRAMES * view->size);
    const bool kept = more != NULL && json_array_extend(numbers, more) == 0;
    json_decref(more);
    return kept ? LB_OK : lb_fail_memory(view->run->ctx, "paths of the page");
}

static enum lb_status keep_numbers(const struct path_view *view)
{
    LB_TRY(keep(view, view->truth_numbers, view->truth));
    LB_TRY(keep(view, view->decoded_numbers, view->decoded));
    return view->geometry != NULL ? keep(view, view->followed_numbers, view->followed) : LB_OK;
}

static void keep_images(struct path_view *view, size_t pair)
{
    for (size_t j = 0; j < FRAMES; j++) {
        const size_t at = pair * FRAMES + j;
        lb_sprite_set(&view->truth_images, at, view->truth + j * view->size);
        lb_sprite_set(&view->decoded_images, at, view->decoded + j * view->size);
        if (view->geometry != NULL) {
            lb_sprite_set(&view->followed_images, at, view->followed + j * view->size);
        }
    }
}

/* The latent geodesic between the first and last codes (FRAMES, l) of a pair, and its images. */
static enum lb_status follow_geodesic(struct path_view *view, size_t pair, const float *codes)
{
    struct lb_run *run = view->run;
    const size_t l = run->latent;
    float *curve = view->latent_geodesics + pair * FRAMES * l;
    LB_TRY(lb_run_check_cancelled(run));
    LB_TRY(lb_latent_curve(run, view->geometry, codes, codes + (FRAMES - 1) * l, FRAMES, curve));
    return lb_network_apply(run->decoder, curve, FRAMES, view->followed);
}

/* Images of a geodesic and of its latent curves; for user pairs only of the ends. */
static enum lb_status add_path(struct path_view *view, size_t pair, size_t a, size_t b)
{
    struct lb_run *run = view->run;
    const size_t l = run->latent;
    float *codes = view->codes + pair * FRAMES * l;
    float *last = view->truth + (FRAMES - 1) * view->size;
    if (view->geodesic) {
        LB_TRY(lb_run_images(run, view->geodesics, pair * FRAMES, FRAMES, view->truth));
    } else {
        LB_TRY(lb_run_images(run, NULL, view->ends[a], 1, view->truth));
        LB_TRY(lb_run_images(run, NULL, view->ends[b], 1, last));
    }
    LB_TRY(lb_network_apply(run->encoder, view->truth, FRAMES, codes));
    for (size_t j = 0; j < FRAMES; j++) {
        for (size_t k = 0; k < l; k++) {
            view->line[j * l + k] = (float)mix(codes, codes + (FRAMES - 1) * l, j, k);
        }
    }
    if (run->decoder != NULL) {
        LB_TRY(lb_network_apply(run->decoder, view->line, FRAMES, view->decoded));
    }
    if (view->geometry != NULL) {
        LB_TRY(follow_geodesic(view, pair, codes));
    }
    measure(view, pair);
    if (view->sample->images == NULL) {
        return view->size <= MAX_NUMBERS ? keep_numbers(view) : LB_OK;
    }
    keep_images(view, pair);
    return LB_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static enum lb_status allocate(struct path_view *view)
{
    struct lb_run *run = view->run;
    const size_t frames = view->n * FRAMES;
    view->geodesics = malloc((frames * run->point_size + 1) * sizeof *view->geodesics);
    view->truth = calloc(FRAMES * view->size, sizeof *view->truth);
    view->decoded = calloc(FRAMES * view->size, sizeof *view->decoded);
    view->codes = malloc((frames * run->latent + 1) * sizeof *view->codes);
    view->line = malloc(FRAMES * run->latent * sizeof *view->line);
    view->followed = calloc(FRAMES * view->size, sizeof *view->followed);
    view->latent_geodesics = malloc((frames * run->latent + 1) * sizeof *view->latent_geodesics);
    view->truth_numbers = json_array();
    view->decoded_numbers = json_array();
    view->followed_numbers = json_array();
    if (view->geodesics == NULL || view->truth == NULL || view->decoded == NULL ||
        view->codes == NULL || view->line == NULL || view->followed == NULL ||
        view->latent_geodesics == NULL || view->truth_numbers == NULL ||
        view->decoded_numbers == NULL || view->followed_numbers == NULL) {
        return lb_fail_memory(run->ctx, "paths of the page");
    }
    if (view->sample->images == NULL) {
        return LB_OK;
    }
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    LB_TRY(lb_sprite_create(&view->truth_images, run->ctx, info, frames, FRAMES, IMAGE_LIMIT));
    LB_TRY(lb_sprite_create(&view->followed_images, run->ctx, info, frames, FRAMES, IMAGE_LIMIT));
    return lb_sprite_create(&view->decoded_images, run->ctx, info, frames, FRAMES, IMAGE_LIMIT);
}

static void release(struct path_view *view)
{
    free(view->geodesics);
    free(view->truth);
    free(view->decoded);
    free(view->codes);
    free(view->line);
    free(view->followed);
    free(view->latent_geodesics);
    lb_geometry_destroy(&view->geometry);
    lb_sprite_free(&view->truth_images);
    lb_sprite_free(&view->decoded_images);
    lb_sprite_free(&view->followed_images);
    json_decref(view->truth_numbers);
    json_decref(view->decoded_numbers);
    json_decref(view->followed_numbers);
}

static json_t *end_numbers(const struct path_view *view)
{
    json_t *array = json_array();
    for (size_t i = 0; i < view->count; i++) {
        if (json_array_append_new(array, json_integer((json_int_t)view->ends[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static bool add_latent_geodesics(const struct path_view *view, json_t *json)
{
    const size_t frames = view->n * FRAMES;
    return json_object_set_new(
               json, "latentGeodesic",
               lb_report_project(view->sample, view->run, view->latent_geodesics, frames)) == 0 &&
           json_object_set_new(json, "followedError",
                               lb_html_json_numbers(view->followed_error, frames)) == 0;
}

/* Adds each kind of image as a sprite; what one saves of its budget goes to the next. */
static enum lb_status add_images(struct path_view *view, size_t budget, json_t *json)
{
    const struct {
        const char *key;
        struct lb_sprite *sprite;
    } kinds[] = {
        {"truth", &view->truth_images},
        {"decoded", &view->decoded_images},
        {"followed", &view->followed_images},
    };
    const size_t count = LB_COUNT(kinds) - (view->geometry == NULL);
    for (size_t k = 0; k < count; k++) {
        json_t *images;
        LB_TRY(lb_sprite_json(kinds[k].sprite, view->run->ctx, budget / (count - k), &images));
        budget -= json_string_length(json_object_get(images, "src"));
        if (json_object_set_new(json, kinds[k].key, images) != 0) {
            return lb_fail_memory(view->run->ctx, "paths of the page");
        }
    }
    return LB_OK;
}

static enum lb_status add_numbers(const struct path_view *view, json_t *json)
{
    const bool complete = json_array_size(view->truth_numbers) == 0 ||
                          (json_object_set(json, "truthNumbers", view->truth_numbers) == 0 &&
                           json_object_set(json, "decodedNumbers", view->decoded_numbers) == 0 &&
                           (view->geometry == NULL ||
                            json_object_set(json, "followedNumbers", view->followed_numbers) == 0));
    return complete ? LB_OK : lb_fail_memory(view->run->ctx, "paths of the page");
}

static enum lb_status describe(struct path_view *view, size_t budget, json_t **result)
{
    struct lb_run *run = view->run;
    const size_t frames = view->n * FRAMES;
    json_t *json = json_pack(
        "{s:o, s:i, s:f, s:b, s:b, s:o, s:o, s:o, s:o}", "ends", end_numbers(view), "frames",
        FRAMES, "epsilon", run->params.epsilon, "geodesic", (int)view->geodesic, "decoder",
        (int)(run->decoder != NULL), "distance", lb_html_json_numbers(view->distance, view->n),
        "curve", lb_report_project(view->sample, run, view->codes, view->geodesic ? frames : 0),
        "decodedError", lb_html_json_numbers(view->decoded_error, frames), "blendError",
        lb_html_json_numbers(view->blend_error, frames));
    *result = json;
    if (json == NULL) {
        return lb_fail_memory(run->ctx, "paths of the page");
    }
    if (view->geometry != NULL && !add_latent_geodesics(view, json)) {
        return lb_fail_memory(run->ctx, "paths of the page");
    }
    return view->sample->images != NULL ? add_images(view, budget, json) : add_numbers(view, json);
}

enum lb_status lb_report_paths(struct lb_run *run, const struct lb_report_sample *sample,
                               size_t budget, json_t **result)
{
    struct path_view *view = calloc(1, sizeof *view);
    enum lb_status status = LB_OK;
    *result = NULL;
    if (view == NULL) {
        return lb_fail_memory(run->ctx, "paths of the page");
    }
    view->run = run;
    view->sample = sample;
    view->size = run->image_size;
    view->geodesic = sample->points != NULL;
    LB_CHECK(choose_ends(view));
    view->n = view->count * (view->count - 1) / 2;
    if (view->n == 0 || (!view->geodesic && run->decoder == NULL)) {
        goto fail;
    }
    LB_CHECK(allocate(view));
    if (run->decoder != NULL) {
        LB_CHECK(lb_run_find_geometry(run, &view->geometry));
    }
    if (view->geodesic) {
        LB_CHECK(find_geodesics(view));
    } else {
        for (size_t i = 0; i < view->n; i++) {
            view->distance[i] = (double)NAN;
        }
    }
    size_t pair = 0;
    for (size_t a = 0; a < view->count; a++) {
        for (size_t b = a + 1; b < view->count; b++) {
            LB_CHECK(add_path(view, pair++, a, b));
        }
    }
    LB_CHECK(describe(view, budget, result));
fail:
    release(view);
    free(view);
    return status;
}
