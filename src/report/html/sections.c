#include "report/html/sections.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "batch/pair_file.h"
#include "report/html/html_text.h"
#include "report/html/ranges.h"
#include "report/html/svg_chart.h"
#include "report/distance_picture.h"
#include "report/interpolation_error.h"
#include "report/loss_picture.h"
#include "report/singular_values.h"

void lb_report_begin_part(struct lb_text *page, const struct lb_report_run *run, size_t n)
{
    lb_text_add(page, "<div class=\"part\">");
    if (n > 1) {
        lb_text_add(page, "<h3>");
        lb_html_text(page, run->label);
        lb_text_add(page, "</h3>");
    }
}

void lb_report_end_part(struct lb_text *page)
{
    lb_text_add(page, "</div>\n");
}

static void begin_section(struct lb_text *page, const char *title)
{
    lb_text_addf(page, "<section><h2>%s</h2><div class=\"runs\">\n", title);
}

static void end_section(struct lb_text *page)
{
    lb_text_add(page, "</div></section>\n");
}

static void add_note(struct lb_text *page, const char *note)
{
    lb_text_addf(page, "<p class=\"note\">%s</p>", note);
}

/* Adds charts to the report one after another, each with its explanation. */
struct sink {
    struct lb_text *page;
    struct lb_context *ctx;
    json_t *charts;
    struct lb_chart_ranges *ranges; // common axes of several runs
    bool measuring;                 // first pass: charts are not drawn, only their ranges recorded
    const char *const *sentences;
};

static enum lb_status add_chart(void *user, const struct lb_plot *plot)
{
    struct sink *sink = user;
    if (sink->measuring) {
        lb_chart_ranges_include(sink->ranges, plot);
        return LB_OK;
    }
    const struct lb_plot fixed = lb_chart_ranges_apply(sink->ranges, plot);
    return lb_html_chart(sink->page, sink->ctx, sink->charts, &fixed, *sink->sentences++);
}

/* ---- figures --------------------------------------------------------------------------------- */

static enum lb_status loss(struct sink *sink, const struct lb_report_run *run)
{
    static const char *const separate[] = {
        "From left to right, distortion and bending decrease while the encoder learns. The best "
        "possible run reaches the thin line, the minimum E*, where it is known.",
        "The lower the curve, the closer the decoded images are to the true ones. If it is flat at "
        "the end, more steps will not help.",
    };
    const json_t *minimum =
        json_object_get(json_object_get(run->config, "dataset_facts"), "E_star");
    sink->sentences = run->params.mode == LB_TRAIN_PLAIN ? separate + 1 : separate;
    const enum lb_status status = lb_plot_loss(
        run->ctx, run->path, &run->params,
        json_is_number(minimum) ? json_number_value(minimum) : (double)NAN, add_chart, sink);
    if (status == LB_ERR_NOT_FOUND) {
        add_note(sink->page, "No metrics.csv yet: the run has not started.");
        return LB_OK;
    }
    return status;
}

static enum lb_status components(struct sink *sink, const struct lb_evaluation *e)
{
    static const char *const sentences[] = {
        "The number of dimensions that the codes use: bars above 0 are directions that the "
        "embedding needs. The view above shows the first of them.",
    };
    enum { SHOWN = 12 };
    const size_t n = e->pca_count < SHOWN ? e->pca_count : SHOWN;
    double number[SHOWN];
    double share[SHOWN];
    for (size_t i = 0; i < n; i++) {
        number[i] = (double)(i + 1);
        share[i] = 100.0 * e->pca_variance[i];
    }
    const struct lb_series series = {.kind = LB_SERIES_BARS,
                                     .x = number,
                                     .y = share,
                                     .n = n,
                                     .color = lb_color_mix(lb_color_series(0), LB_WHITE, 0.35),
                                     .size = 0.8};
    sink->sentences = sentences;
    return add_chart(sink, &(const struct lb_plot){.title = "Variance of the codes by component",
                                                   .x = {.label = "principal component"},
                                                   .y = {.label = "variance in %"},
                                                   .series = &series,
                                                   .n_series = 1});
}

static enum lb_status shape(struct sink *sink, const struct lb_report_run *run)
{
    static const char *const sentences[] = {
        "A singular value says how much the encoder stretches one direction at one point. A narrow "
        "peak at 1 means that small lengths are preserved; a narrow peak elsewhere means that they "
        "are preserved up to scale.",
        "Each dot is a pair of points. Near the straight line the latent space preserves the "
        "distance; the dashed curve is the best possible embedding.",
        "The same pairs, as latent distance divided by d. A flat curve at the left means that "
        "small distances are preserved; a value near 0 would mean that two different points have "
        "the same code.",
    };
    const struct lb_evaluation *e = &run->evaluation;
    sink->sentences = sentences;
    if (e->sigma_count > 0) {
        LB_TRY(lb_plot_singular_values(e, add_chart, sink));
    }
    sink->sentences = sentences + 1;
    if (e->pair_count > 0) {
        LB_TRY(lb_plot_distances(run->ctx, e, lb_dataset_get_info(lb_run_dataset(run->run)),
                                 run->params.epsilon, add_chart, sink));
    }
    if (e->pca_count > 0) {
        LB_TRY(components(sink, e));
    }
    if (e->sigma_count == 0 && e->pair_count == 0) {
        add_note(sink->page, "Needs an encoder and a known manifold.");
    }
    return LB_OK;
}

static enum lb_status interpolation(struct sink *sink, const struct lb_report_run *run)
{
    static const char *const sentences[] = {
        "Lower is better. Where the decoded latent line lies below the blended pixels, a straight "
        "line in latent space interpolates better than blending.",
        "Distance of straight latent lines from the manifold's codes. Small values mean little "
        "bending; the dashed line marks the sampling radius of the training.",
    };
    const struct lb_evaluation *e = &run->evaluation;
    if (e->interpolation_count == 0) {
        add_note(sink->page, "Needs an encoder and a known manifold.");
        return LB_OK;
    }
    bool images = false;
    for (size_t i = 0; i < e->interpolation_count; i++) {
        images = images || isfinite(e->interpolation[i].image_mse.mean);
    }
    sink->sentences = images ? sentences : sentences + 1;
    return lb_plot_interpolation_error(run->ctx, e, run->params.epsilon, add_chart, sink);
}

struct section {
    const char *title;
    enum lb_status (*add)(struct sink *sink, const struct lb_report_run *run);
};

/* Determines the common ranges of a section's charts, discarding notes. */
static enum lb_status measure(const struct section *section, const struct lb_report_run *runs,
                              size_t n, struct lb_chart_ranges *ranges)
{
    struct lb_text unused = {0};
    enum lb_status status = LB_OK;
    for (size_t i = 0; i < n && status == LB_OK; i++) {
        struct sink sink = {
            .page = &unused, .ctx = runs[i].ctx, .ranges = ranges, .measuring = true};
        status = section->add(&sink, &runs[i]);
    }
    lb_text_free(&unused);
    return status;
}

static enum lb_status add_section(struct lb_text *page, const struct section *section,
                                  const struct lb_report_run *runs, size_t n, json_t *charts)
{
    struct lb_chart_ranges ranges = {0};
    if (n > 1) {
        LB_TRY(measure(section, runs, n, &ranges));
    }
    begin_section(page, section->title);
    for (size_t i = 0; i < n; i++) {
        struct sink sink = {.page = page, .ctx = runs[i].ctx, .charts = charts, .ranges = &ranges};
        lb_report_begin_part(page, &runs[i], n);
        lb_text_add(page, "<div class=\"plots\">");
        LB_TRY(section->add(&sink, &runs[i]));
        lb_text_add(page, "</div>");
        lb_report_end_part(page);
    }
    end_section(page);
    return LB_OK;
}

enum lb_status lb_report_charts(struct lb_text *page, const struct lb_report_run *runs, size_t n,
                                json_t *charts)
{
    static const struct section sections[] = {
        {"Training", loss},
        {"Shape", shape},
        {"Interpolation", interpolation},
    };
    for (size_t s = 0; s < LB_COUNT(sections); s++) {
        LB_TRY(add_section(page, &sections[s], runs, n, charts));
    }
    return LB_OK;
}

void lb_report_views(struct lb_text *page, const struct lb_report_run *runs, size_t n)
{
    begin_section(page, "The latent manifold");
    for (size_t i = 0; i < n; i++) {
        const struct lb_report_run *run = &runs[i];
        lb_report_begin_part(page, run, n);
        if (run->view != NULL) {
            lb_text_addf(page, "<div class=\"explorer\" data-run=\"%zu\"></div>", i);
        } else if (run->no_images) {
            add_note(page, lb_is_pair_file(run->params.dataset)
                               ? "The file with the user pairs has moved or changed: there are no "
                                 "images to encode."
                               : "The dataset or its mesh has moved or changed: there are no "
                                 "images to encode.");
        } else {
            add_note(page, "There is no encoder yet: the run is still in training, or was "
                           "interrupted. Write the report again later.");
        }
        lb_report_end_part(page);
    }
    end_section(page);
}
