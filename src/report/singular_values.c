#include "report/singular_values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "draw/plot.h"
#include "draw/canvas_text.h"

#define WIDE       4.0  /* a range with a larger ratio gets a logarithmic axis */
#define FLAT       1e-3 /* a range narrower than this, relative to its values, is widened */
#define MARK_WIDTH 2.0

enum { WIDTH = 800, HEIGHT = 520, MIN_BINS = 5, MAX_BINS = 80 };

/* Bins of equal width starting at low; with a logarithmic axis everything is log10 of the
 * values. */
struct histogram {
    bool log;
    double low;
    double width;
    size_t bins;
    double x[MAX_BINS]; // centres
    double count[MAX_BINS];
};

/* Range of the finite values; returns their number. */
static size_t find_range(const double *values, size_t n, double *low, double *high)
{
    size_t finite = 0;
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(values[i])) {
            *low = fmin(*low, values[i]);
            *high = fmax(*high, values[i]);
            finite++;
        }
    }
    return finite;
}

static void fill_histogram(struct histogram *histogram, const double *values, size_t n)
{
    double low;
    double high;
    const size_t finite = find_range(values, n, &low, &high);
    if (finite == 0) {
        return;
    }
    histogram->log = low > 0.0 && high > WIDE * low;
    if (histogram->log) {
        low = log10(low);
        high = log10(high);
    } else if (high - low <= FLAT * fabs(high)) {
        const double middle = 0.5 * (low + high);
        const double half = high != 0.0 ? 0.5 * FLAT * fabs(high) : 0.5;
        low = middle - half;
        high = middle + half;
    }
    /* About the cube root of 8 n (Rice's rule), which shows the tails of thousands of values */
    const double wanted = 2.0 * cbrt((double)finite);
    histogram->bins = (size_t)fmin(fmax(wanted, MIN_BINS), MAX_BINS);
    histogram->low = low;
    histogram->width = (high - low) / (double)histogram->bins;
    for (size_t i = 0; i < histogram->bins; i++) {
        const double middle = low + ((double)i + 0.5) * histogram->width;
        histogram->x[i] = histogram->log ? pow(10.0, middle) : middle;
    }
    for (size_t i = 0; i < n; i++) {
        if (isfinite(values[i])) {
            const double at = histogram->log ? log10(values[i]) : values[i];
            const double place = floor((at - low) / histogram->width);
            histogram->count[(size_t)fmin(fmax(place, 0.0), (double)histogram->bins - 1.0)] += 1.0;
        }
    }
}

enum lb_status lb_plot_singular_values(const struct lb_evaluation *evaluation, lb_plot_fn draw,
                                       void *user)
{
    struct histogram histogram = {0};
    char title[224];
    char scale_label[96];
    char median_label[64];
    fill_histogram(&histogram, evaluation->sigmas, evaluation->sigma_count);
    snprintf(title, sizeof title,
             "Singular values of D phi: spread of their logarithms %s, mean condition number %s",
             lb_label_number(evaluation->scaled_isometry_error, 3).text,
             lb_label_number(evaluation->condition_mean, 3).text);
    snprintf(scale_label, sizeof scale_label, "scale %s (all equal: scaled isometry)",
             lb_label_number(evaluation->scale, 3).text);
    snprintf(median_label, sizeof median_label, "median %s",
             lb_label_number(evaluation->sigma_median, 3).text);
    const double one = 1.0;
    /* If far from all values it would only compress them */
    const bool is_close = evaluation->sigma_min < 2.0 && evaluation->sigma_max > 0.5;
    const struct lb_series series[] = {
        {.kind = LB_SERIES_BARS,
         .x = histogram.x,
         .y = histogram.count,
         .n = histogram.bins,
         .color = lb_color_mix(lb_color_series(0), LB_WHITE, 0.35),
         .size = histogram.log ? pow(10.0, histogram.width) : histogram.width},
        {.label = scale_label,
         .kind = LB_SERIES_MARKS,
         .x = &evaluation->scale,
         .n = 1,
         .color = lb_color_series(1),
         .size = MARK_WIDTH},
        {.label = median_label,
         .kind = LB_SERIES_MARKS,
         .x = &evaluation->sigma_median,
         .n = 1,
         .color = lb_color_series(2),
         .size = MARK_WIDTH},
        {.label = is_close ? "1: lengths preserved" : NULL,
         .kind = LB_SERIES_MARKS,
         .x = &one,
         .n = is_close,
         .color = LB_INK,
         .size = MARK_WIDTH},
    };
    return draw(user,
                &(const struct lb_plot){.title = title,
                                        .x = {.label = "singular value", .log = histogram.log},
                                        .y = {.label = "count"},
                                        .series = series,
                                        .n_series = LB_COUNT(series)});
}

enum lb_status lb_draw_singular_values(struct lb_canvas **canvas, struct lb_context *ctx,
                                       const struct lb_evaluation *evaluation)
{
    LB_TRY(lb_canvas_create(canvas, ctx, WIDTH, HEIGHT));
    struct lb_panels panels = {*canvas, {0, 0, WIDTH, HEIGHT}};
    return lb_plot_singular_values(evaluation, lb_panels_draw, &panels);
}
