#include "report/distance_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "geometry/ideal.h"
#include "draw/plot.h"
#include "draw/canvas_text.h"

#define DOT_RADIUS  1.1
#define IDEAL_WIDTH 2.5

enum { WIDTH = 1280, HEIGHT = 600, MAX_DOTS = 12000, MAX_BINS = 40, LEAST_OF_BIN = 8, STEPS = 120 };
enum { MAX_PAIRS = 1 << 20 }; // for the quantiles: more would be invisible, but slow to sort

struct pair {
    double distance;
    double ratio; ///< chord / distance
};

/* Quantiles of the ratio in bins with equal numbers of pairs. */
struct bands {
    size_t n;
    double distance[MAX_BINS]; // median of the bin
    double low[MAX_BINS];      // 5 %
    double median[MAX_BINS];
    double high[MAX_BINS]; // 95 %
};

/* Ideal curves, scaled, at STEPS + 1 distances. */
struct ideal {
    size_t n;
    bool band;
    bool optimal;
    double distance[STEPS + 1];
    double low[STEPS + 1];
    double high[STEPS + 1];
    double low_ratio[STEPS + 1];
    double high_ratio[STEPS + 1];
};

struct dots {
    size_t n;
    double distance[MAX_DOTS];
    double chord[MAX_DOTS];
    double ratio[MAX_DOTS];
};

static int compare_distance(const void *a, const void *b)
{
    const double x = ((const struct pair *)a)->distance;
    const double y = ((const struct pair *)b)->distance;
    return (x > y) - (x < y);
}

static int compare_ratio(const void *a, const void *b)
{
    const double x = ((const struct pair *)a)->ratio;
    const double y = ((const struct pair *)b)->ratio;
    return (x > y) - (x < y);
}

/* Collects every stride-th pair that has a ratio; returns the number. */
static size_t collect(const struct lb_evaluation *evaluation, size_t stride, struct pair *pairs)
{
    size_t n = 0;
    for (size_t i = 0; i < evaluation->pair_count; i += stride) {
        const double distance = evaluation->distances[i];
        const double ratio = evaluation->chords[i] / distance;
        if (distance > 0.0 && isfinite(distance) && isfinite(ratio)) {
            pairs[n++] = (struct pair){distance, ratio};
        }
    }
    return n;
}

/* Chooses pairs at a fixed stride, before they are sorted. */
static void choose_dots(const struct pair *pairs, size_t n, struct dots *dots)
{
    const size_t stride = n / MAX_DOTS + 1;
    for (size_t i = 0; i < n; i += stride) {
        dots->distance[dots->n] = pairs[i].distance;
        dots->ratio[dots->n] = pairs[i].ratio;
        dots->chord[dots->n] = pairs[i].ratio * pairs[i].distance;
        dots->n++;
    }
}

static void fill_bands(struct pair *pairs, size_t n, struct bands *bands)
{
    const size_t bins = n / LEAST_OF_BIN < MAX_BINS ? n / LEAST_OF_BIN : MAX_BINS;
    qsort(pairs, n, sizeof *pairs, compare_distance);
    for (size_t b = 0; b < bins; b++) {
        struct pair *bin = pairs + n * b / bins;
        const size_t count = n * (b + 1) / bins - n * b / bins;
        const double distance = bin[count / 2].distance;
        qsort(bin, count, sizeof *bin, compare_ratio);
        bands->distance[b] = distance;
        bands->low[b] = bin[count / 20].ratio;
        bands->median[b] = bin[count / 2].ratio;
        bands->high[b] = bin[count - 1 - count / 20].ratio;
    }
    bands->n = bins;
}

static void fill_ideal(const struct lb_dataset_info *info, double scale, double largest,
                       struct ideal *ideal)
{
    for (size_t i = 0; i <= STEPS; i++) {
        const double distance = largest * (double)(i + 1) / (double)(STEPS + 1);
        struct lb_ideal_chord chord;
        if (!lb_ideal_chord(info, distance, &chord)) {
            return;
        }
        ideal->distance[i] = distance;
        ideal->low[i] = scale * chord.low;
        ideal->high[i] = scale * chord.high;
        ideal->low_ratio[i] = ideal->low[i] / distance;
        ideal->high_ratio[i] = ideal->high[i] / distance;
        ideal->band = ideal->band || chord.high > chord.low;
        ideal->optimal = chord.optimal;
        ideal->n++;
    }
}

/* Plots distances against chords, or against their ratios. */
static enum lb_status draw_panel(lb_plot_fn draw, void *user, const char *title, bool ratio,
                                 const struct dots *dots, const struct bands *bands,
                                 const struct ideal *ideal, double scale, double epsilon)
{
    const double ends[2] = {0.0, dots->n > 0 ? ideal->distance[STEPS] : 1.0};
    const double level[2] = {ratio ? scale : 0.0, ratio ? scale : scale * ends[1]};
    double lines[3][MAX_BINS];
    char label[96];
    char scale_label[96];
    for (size_t b = 0; b < bands->n; b++) {
        const double factor = ratio ? 1.0 : bands->distance[b];
        lines[0][b] = factor * bands->median[b];
        lines[1][b] = factor * bands->low[b];
        lines[2][b] = factor * bands->high[b];
    }
    snprintf(label, sizeof label, "%s of %s, scaled", ideal->band ? "range" : "curve",
             ideal->optimal ? "a perfect embedding" : "the round cap");
    snprintf(scale_label, sizeof scale_label, ratio ? "scale %s" : "straight: scale %s times d",
             lb_label_number(scale, 3).text);
    const struct lb_color blue = lb_color_series(0);
    const struct lb_series series[] = {
        {.label = "pairs",
         .kind = LB_SERIES_DOTS,
         .x = dots->distance,
         .y = ratio ? dots->ratio : dots->chord,
         .n = dots->n,
         .color = lb_color_mix(blue, LB_WHITE, 0.6),
         .size = DOT_RADIUS},
        {.label = scale_label, .x = ends, .y = level, .n = 2, .color = LB_INK, .size = 1.0},
        {.label = "median", .x = bands->distance, .y = lines[0], .n = bands->n, .color = blue},
        {.label = "5 % and 95 %",
         .x = bands->distance,
         .y = lines[1],
         .n = bands->n,
         .color = blue,
         .size = 1.0},
        {.x = bands->distance, .y = lines[2], .n = bands->n, .color = blue, .size = 1.0},
        {.label = ideal->n > 0 ? label : NULL,
         .kind = LB_SERIES_DASHES,
         .x = ideal->distance,
         .y = ratio ? ideal->low_ratio : ideal->low,
         .n = ideal->n,
         .color = lb_color_series(1),
         .size = IDEAL_WIDTH},
        {.kind = LB_SERIES_DASHES,
         .x = ideal->distance,
         .y = ratio ? ideal->high_ratio : ideal->high,
         .n = ideal->band ? ideal->n : 0,
         .color = lb_color_series(1),
         .size = IDEAL_WIDTH},
        {.label = "epsilon",
         .kind = LB_SERIES_MARKS,
         .x = &epsilon,
         .n = 1,
         .color = lb_color_series(2)},
    };
    return draw(user, &(const struct lb_plot){
                          .title = title,
                          .x = {.label = "true distance d"},
                          .y = {.label = ratio ? "latent distance / d" : "latent distance"},
                          .series = series,
                          .n_series = LB_COUNT(series)});
}

enum lb_status lb_plot_distances(struct lb_context *ctx, const struct lb_evaluation *evaluation,
                                 const struct lb_dataset_info *info, double epsilon,
                                 lb_plot_fn draw, void *user)
{
    const double scale = evaluation->scale;
    struct bands bands = {0};
    struct ideal ideal = {0};
    char title[160];
    const size_t stride = evaluation->pair_count / (MAX_PAIRS + 1) + 1;
    struct pair *pairs = malloc((evaluation->pair_count / stride + 1) * sizeof *pairs);
    struct dots *dots = calloc(1, sizeof *dots);
    enum lb_status status = LB_OK;
    if (pairs == NULL || dots == NULL) {
        status = lb_fail_memory(ctx, "picture of the distances");
        goto fail;
    }
    const size_t n = collect(evaluation, stride, pairs);
    choose_dots(pairs, n, dots);
    fill_bands(pairs, n, &bands);
    double largest = 0.0;
    for (size_t i = 0; i < evaluation->pair_count; i++) {
        const double distance = evaluation->distances[i];
        largest = isfinite(distance) ? fmax(largest, distance) : largest;
    }
    fill_ideal(info, scale, largest, &ideal);
    ideal.distance[STEPS] = largest; // even without a curve: the end of the straight line
    snprintf(title, sizeof title, "Distances: stress %s, rank correlation %s",
             lb_label_number(evaluation->stress, 3).text,
             lb_label_number(evaluation->spearman, 4).text);
    LB_CHECK(draw_panel(draw, user, title, false, dots, &bands, &ideal, scale, epsilon));
    snprintf(title, sizeof title, "Their ratio: smallest from epsilon on %s",
             lb_label_number(evaluation->min_ratio, 3).text);
    LB_CHECK(draw_panel(draw, user, title, true, dots, &bands, &ideal, scale, epsilon));
fail:
    free(pairs);
    free(dots);
    return status;
}

enum lb_status lb_draw_distances(struct lb_canvas **canvas, struct lb_context *ctx,
                                 const struct lb_evaluation *evaluation,
                                 const struct lb_dataset_info *info, double epsilon)
{
    LB_TRY(lb_canvas_create(canvas, ctx, WIDTH, HEIGHT));
    struct lb_panels panels = {*canvas, {0, 0, WIDTH / 2, HEIGHT}};
    return lb_plot_distances(ctx, evaluation, info, epsilon, lb_panels_draw, &panels);
}
