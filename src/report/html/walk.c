/* The data of straight latent paths to walk in the page. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "run/held_out.h"
#include "geometry/dataset.h"
#include "report/html/page.h"
#include "report/html/sprite.h"

enum {
    ENDS = 8, // points to choose from
    PAIRS = ENDS * (ENDS - 1) / 2,
    LEVELS = 3,
    FRAMES = (1 << LEVELS) + 1,
    IMAGE_LIMIT = 64,
    MAX_NUMBERS = 64, // of images that are just numbers, shown as bars
};

#define PARTNER_DISTANCE 2.5 /* of every second point from the one before, in units of epsilon */

struct walk {
    struct lb_run *run;
    const struct lb_report_sample *sample;
    size_t n;          // pairs
    size_t ends[ENDS]; // their points in the sample
    size_t count;      // of ends
    size_t size;       // D
    bool manifold;
    float *paths;   // (n, FRAMES, p)
    float *truth;   // (FRAMES, D): of one pair
    float *decoded; // (FRAMES, D)
    float *codes;   // (n, FRAMES, l): of the geodesic's images; of own pairs the ends alone
    float *line;    // (FRAMES, l)
    double distance[PAIRS];
    double decoded_error[PAIRS * FRAMES]; // mean squares against the truth
    double blend_error[PAIRS * FRAMES];
    struct lb_sprite truth_images;
    struct lb_sprite decoded_images;
    json_t *truth_numbers;
    json_t *decoded_numbers;
};

/* ---- the end points -------------------------------------------------------------------------- */

/* Distances (n) from point `from` of the sample to all, of own pairs between their codes. */
static enum lb_status distances_from(const struct walk *walk, size_t from, float *distances)
{
    const struct lb_report_sample *sample = walk->sample;
    const size_t p = walk->run->point_size;
    const size_t l = walk->run->latent;
    if (!walk->manifold) {
        for (size_t i = 0; i < sample->n; i++) {
            double square = 0.0;
            for (size_t k = 0; k < l; k++) {
                const double difference =
                    (double)sample->latent[i * l + k] - (double)sample->latent[from * l + k];
                square += difference * difference;
            }
            distances[i] = (float)sqrt(square);
        }
        return LB_OK;
    }
    float *origin = malloc(sample->n * p * sizeof *origin);
    if (origin == NULL) {
        return lb_fail_memory(walk->run->ctx, "paths of the page");
    }
    for (size_t i = 0; i < sample->n; i++) {
        memcpy(origin + i * p, sample->points + from * p, p * sizeof *origin);
    }
    const enum lb_status status =
        lb_dataset_distances(walk->run->dataset, origin, sample->points, sample->n, distances);
    free(origin);
    return status;
}

/* How much the next end should be point i: far from all others, or at a good distance from the
 * last one, in turn. */
static double merit(const struct walk *walk, const float *nearest, const float *last, size_t i)
{
    if (!(nearest[i] > 0.0f)) { // taken already
        return -INFINITY;
    }
    return walk->count % 2 == 0
               ? (double)nearest[i]
               : -fabs((double)last[i] - PARTNER_DISTANCE * walk->run->params.epsilon);
}

/* Ends in couples: each couple far from the others, its two not far from each other. */
static enum lb_status choose_ends(struct walk *walk)
{
    const size_t n = walk->sample->n;
    float *nearest = malloc(n * sizeof *nearest);
    float *last = malloc(n * sizeof *last);
    enum lb_status status = LB_OK;
    if (nearest == NULL || last == NULL) {
        status = lb_fail_memory(walk->run->ctx, "paths of the page");
        goto fail;
    }
    for (size_t i = 0; i < n; i++) {
        nearest[i] = INFINITY;
        last[i] = 0.0f;
    }
    walk->count = 0;
    while (walk->count < ENDS) {
        size_t best = 0;
        for (size_t i = 0; i < n && walk->count > 0; i++) {
            if (merit(walk, nearest, last, i) > merit(walk, nearest, last, best)) {
                best = i;
            }
        }
        if (!(nearest[best] > 0.0f)) { // fewer points than ends
            break;
        }
        walk->ends[walk->count++] = best;
        LB_CHECK(distances_from(walk, best, last));
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

static enum lb_status find_geodesics(struct walk *walk)
{
    const size_t p = walk->run->point_size;
    float *ends = malloc(2 * walk->n * p * sizeof *ends);
    float *distances = malloc(walk->n * sizeof *distances);
    enum lb_status status = LB_OK;
    size_t pair = 0;
    if (ends == NULL || distances == NULL) {
        status = lb_fail_memory(walk->run->ctx, "paths of the page");
        goto fail;
    }
    for (size_t a = 0; a < walk->count; a++) {
        for (size_t b = a + 1; b < walk->count; b++) {
            memcpy(ends + pair * p, walk->sample->points + walk->ends[a] * p, p * sizeof *ends);
            memcpy(ends + (walk->n + pair) * p, walk->sample->points + walk->ends[b] * p,
                   p * sizeof *ends);
            pair++;
        }
    }
    LB_CHECK(lb_dataset_geodesics(walk->run->dataset, ends, ends + walk->n * p, walk->n, LEVELS,
                                  walk->paths));
    LB_CHECK(
        lb_dataset_distances(walk->run->dataset, ends, ends + walk->n * p, walk->n, distances));
    for (size_t i = 0; i < walk->n; i++) {
        walk->distance[i] = (double)distances[i];
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

static void measure(struct walk *walk, size_t pair)
{
    const size_t size = walk->size;
    const float *last = walk->truth + (FRAMES - 1) * size;
    for (size_t j = 0; j < FRAMES; j++) {
        double decoded = 0.0;
        double blend = 0.0;
        for (size_t k = 0; k < size; k++) {
            const double truth = (double)walk->truth[j * size + k];
            const double off_decoded = (double)walk->decoded[j * size + k] - truth;
            const double off_blend = mix(walk->truth, last, j, k) - truth;
            decoded += off_decoded * off_decoded / (double)size;
            blend += off_blend * off_blend / (double)size;
        }
        const bool known = walk->manifold && walk->run->decoder != NULL;
        walk->decoded_error[pair * FRAMES + j] = known ? decoded : (double)NAN;
        walk->blend_error[pair * FRAMES + j] = walk->manifold ? blend : (double)NAN;
    }
}

static enum lb_status keep_numbers(struct walk *walk)
{
    json_t *truth = lb_html_json_floats(walk->truth, FRAMES * walk->size);
    json_t *decoded = lb_html_json_floats(walk->decoded, FRAMES * walk->size);
    const bool kept = truth != NULL && decoded != NULL &&
                      json_array_extend(walk->truth_numbers, truth) == 0 &&
                      json_array_extend(walk->decoded_numbers, decoded) == 0;
    json_decref(truth);
    json_decref(decoded);
    return kept ? LB_OK : lb_fail_memory(walk->run->ctx, "paths of the page");
}

/* Images of a geodesic and of its latent line; of own pairs those of the ends alone. */
static enum lb_status follow(struct walk *walk, size_t pair, size_t a, size_t b)
{
    struct lb_run *run = walk->run;
    const size_t l = run->latent;
    float *codes = walk->codes + pair * FRAMES * l;
    float *last = walk->truth + (FRAMES - 1) * walk->size;
    if (walk->manifold) {
        LB_TRY(lb_dataset_render(run->dataset, walk->paths + pair * FRAMES * run->point_size,
                                 FRAMES, walk->truth));
    } else {
        LB_TRY(lb_run_held_out_images(run, walk->ends[a], 1, NULL, walk->truth));
        LB_TRY(lb_run_held_out_images(run, walk->ends[b], 1, NULL, last));
    }
    LB_TRY(lb_network_apply(run->encoder, walk->truth, FRAMES, codes));
    for (size_t j = 0; j < FRAMES; j++) {
        for (size_t k = 0; k < l; k++) {
            walk->line[j * l + k] = (float)mix(codes, codes + (FRAMES - 1) * l, j, k);
        }
    }
    if (run->decoder != NULL) {
        LB_TRY(lb_network_apply(run->decoder, walk->line, FRAMES, walk->decoded));
    }
    measure(walk, pair);
    if (walk->sample->images == NULL) {
        return walk->size <= MAX_NUMBERS ? keep_numbers(walk) : LB_OK;
    }
    for (size_t j = 0; j < FRAMES; j++) {
        lb_sprite_set(&walk->truth_images, pair * FRAMES + j, walk->truth + j * walk->size);
        lb_sprite_set(&walk->decoded_images, pair * FRAMES + j, walk->decoded + j * walk->size);
    }
    return LB_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static enum lb_status allocate(struct walk *walk)
{
    struct lb_run *run = walk->run;
    const size_t frames = walk->n * FRAMES;
    walk->paths = malloc((frames * run->point_size + 1) * sizeof *walk->paths);
    walk->truth = calloc(FRAMES * walk->size, sizeof *walk->truth);
    walk->decoded = calloc(FRAMES * walk->size, sizeof *walk->decoded);
    walk->codes = malloc((frames * run->latent + 1) * sizeof *walk->codes);
    walk->line = malloc(FRAMES * run->latent * sizeof *walk->line);
    walk->truth_numbers = json_array();
    walk->decoded_numbers = json_array();
    if (walk->paths == NULL || walk->truth == NULL || walk->decoded == NULL ||
        walk->codes == NULL || walk->line == NULL || walk->truth_numbers == NULL ||
        walk->decoded_numbers == NULL) {
        return lb_fail_memory(run->ctx, "paths of the page");
    }
    if (walk->sample->images == NULL) {
        return LB_OK;
    }
    const struct lb_dataset_info *info = &run->dataset->info;
    LB_TRY(lb_sprite_create(&walk->truth_images, run->ctx, info, frames, FRAMES, IMAGE_LIMIT));
    return lb_sprite_create(&walk->decoded_images, run->ctx, info, frames, FRAMES, IMAGE_LIMIT);
}

static void release(struct walk *walk)
{
    free(walk->paths);
    free(walk->truth);
    free(walk->decoded);
    free(walk->codes);
    free(walk->line);
    lb_sprite_free(&walk->truth_images);
    lb_sprite_free(&walk->decoded_images);
    json_decref(walk->truth_numbers);
    json_decref(walk->decoded_numbers);
}

static json_t *end_numbers(const struct walk *walk)
{
    json_t *array = json_array();
    for (size_t i = 0; i < walk->count; i++) {
        if (json_array_append_new(array, json_integer((json_int_t)walk->ends[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static enum lb_status describe(struct walk *walk, size_t budget, json_t **result)
{
    struct lb_run *run = walk->run;
    const size_t frames = walk->n * FRAMES;
    json_t *json = json_pack(
        "{s:o, s:i, s:f, s:b, s:b, s:o, s:o, s:o, s:o}", "ends", end_numbers(walk), "frames",
        FRAMES, "epsilon", run->params.epsilon, "geodesic", (int)walk->manifold, "decoder",
        (int)(run->decoder != NULL), "distance", lb_html_json_numbers(walk->distance, walk->n),
        "curve", lb_report_project(walk->sample, run, walk->codes, walk->manifold ? frames : 0),
        "decodedError", lb_html_json_numbers(walk->decoded_error, frames), "blendError",
        lb_html_json_numbers(walk->blend_error, frames));
    *result = json;
    bool complete = json != NULL;
    if (complete && walk->sample->images != NULL) {
        json_t *truth;
        json_t *decoded;
        LB_TRY(lb_sprite_json(&walk->truth_images, run->ctx, budget / 2, &truth));
        complete = json_object_set_new(json, "truth", truth) == 0;
        budget -= json_string_length(json_object_get(truth, "src"));
        LB_TRY(lb_sprite_json(&walk->decoded_images, run->ctx, budget, &decoded));
        complete = complete && json_object_set_new(json, "decoded", decoded) == 0;
    } else if (complete && json_array_size(walk->truth_numbers) > 0) {
        complete = json_object_set(json, "truthNumbers", walk->truth_numbers) == 0 &&
                   json_object_set(json, "decodedNumbers", walk->decoded_numbers) == 0;
    }
    return complete ? LB_OK : lb_fail_memory(run->ctx, "paths of the page");
}

enum lb_status lb_report_walk(struct lb_run *run, const struct lb_report_sample *sample,
                              size_t budget, json_t **result)
{
    struct walk *walk = calloc(1, sizeof *walk);
    enum lb_status status = LB_OK;
    *result = NULL;
    if (walk == NULL) {
        return lb_fail_memory(run->ctx, "paths of the page");
    }
    walk->run = run;
    walk->sample = sample;
    walk->size = run->image_size;
    walk->manifold = lb_run_has_manifold(run);
    LB_CHECK(choose_ends(walk));
    walk->n = walk->count * (walk->count - 1) / 2;
    if (walk->n == 0 || (!walk->manifold && run->decoder == NULL)) {
        goto fail;
    }
    LB_CHECK(allocate(walk));
    if (walk->manifold) {
        LB_CHECK(find_geodesics(walk));
    } else {
        for (size_t i = 0; i < walk->n; i++) {
            walk->distance[i] = (double)NAN;
        }
    }
    size_t pair = 0;
    for (size_t a = 0; a < walk->count; a++) {
        for (size_t b = a + 1; b < walk->count; b++) {
            LB_CHECK(follow(walk, pair++, a, b));
        }
    }
    LB_CHECK(describe(walk, budget, result));
fail:
    release(walk);
    free(walk);
    return status;
}
