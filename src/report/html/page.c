/* Assembles the report. */
#include <stdlib.h>

#include "base/file.h"
#include "report/html/html_text.h"
#include "report/html/report_run.h"
#include "report/html/sections.h"
#include "report/html/tables.h"

enum {
    DEFAULT_POINTS = 800,
    LEAST_POINTS = 64,
    MOST_POINTS = 4096,
    PAGE_BYTES = 4900000,
    RUN_BYTES = 230000,  // most bytes of a run's charts, tables and lines
    POINT_BYTES = 140,   // most bytes of a point's code and data
    IMAGE_BYTES = 30000, // least bytes for a run's images
};

/* No external resources: the policy makes the browser reject them. */
static void add_head(struct lb_text *page, const struct lb_report_run *runs, size_t n)
{
    lb_text_add(page, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                      "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                      "<meta name=\"color-scheme\" content=\"light dark\">"
                      "<meta name=\"generator\" content=\"lowbend ");
    lb_html_text(page, lb_version());
    lb_text_add(page, "\"><title>");
    for (size_t i = 0; i < n; i++) {
        lb_text_add(page, i > 0 ? ", " : "");
        lb_html_text(page, runs[i].label);
    }
    lb_text_add(page, " - lowbend</title>\n<style>");
    lb_text_add(page, lb_page_style);
    lb_text_add(page, "</style></head>\n");
}

static void add_header(struct lb_text *page, const struct lb_report_run *runs, size_t n)
{
    lb_text_add(page, "<header><h1>");
    if (n == 1) {
        lb_html_text(page, runs[0].label);
    } else {
        lb_text_addf(page, "%zu runs side by side", n);
    }
    lb_text_add(page, "</h1>\n");
    lb_report_headline(page, runs, n);
    lb_text_add(page, "<noscript><p class=\"note\">Without JavaScript the charts and tables work, "
                      "but the latent manifold cannot be rotated.</p></noscript></header>\n");
}

/* {charts, runs: [{label, view, paths}]} */
static enum lb_status add_data(struct lb_text *page, const struct lb_report_run *runs, size_t n,
                               json_t *charts)
{
    json_t *array = json_array();
    bool complete = array != NULL;
    for (size_t i = 0; i < n && complete; i++) {
        json_t *view = runs[i].view != NULL ? json_incref(runs[i].view) : json_null();
        json_t *paths = runs[i].paths != NULL ? json_incref(runs[i].paths) : json_null();
        complete = json_array_append_new(array, json_pack("{s:o, s:o, s:o}", "label",
                                                          lb_html_json_string(runs[i].label),
                                                          "view", view, "paths", paths)) == 0;
    }
    if (!complete) {
        json_decref(array);
        return lb_fail_memory(runs[0].ctx, "report");
    }
    lb_html_data(page, "data", json_pack("{s:O, s:o}", "charts", charts, "runs", array));
    return LB_OK;
}

static enum lb_status add_body(struct lb_text *page, const struct lb_report_run *runs, size_t n)
{
    json_t *charts = json_array();
    enum lb_status status = LB_OK;
    if (charts == NULL) {
        return lb_fail_memory(runs[0].ctx, "report");
    }
    lb_text_addf(page, "<body class=\"%s\">", n > 1 ? "several" : "single");
    add_header(page, runs, n);
    lb_text_add(page, "<main>\n");
    lb_report_views(page, runs, n);
    LB_CHECK(lb_report_charts(page, runs, n, charts));
    lb_report_tables(page, runs, n);
    lb_text_add(page, "</main>\n");
    LB_CHECK(add_data(page, runs, n, charts));
    lb_text_add(page, "<script>");
    lb_text_add(page, lb_page_script);
    lb_text_add(page, "</script></body></html>\n");
fail:
    json_decref(charts);
    return status;
}

static enum lb_status check(struct lb_context *ctx, size_t n, size_t points)
{
    if (n < 1 || n > LB_REPORT_RUNS) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "report: of %zu runs: must be 1 to %d (use fewer)", n,
                       LB_REPORT_RUNS);
    }
    if (points < LEAST_POINTS || points > MOST_POINTS) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "report: of %zu points: must be %d to %d (use another number)", points,
                       LEAST_POINTS, MOST_POINTS);
    }
    if (n * (RUN_BYTES + POINT_BYTES * points + IMAGE_BYTES) > PAGE_BYTES) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "report: %zu points of %zu runs: the report would exceed 5 MB (use fewer)",
                       points, n);
    }
    return LB_OK;
}

enum lb_status lb_report_write(struct lb_device *device, const char *const *paths, size_t n,
                               const struct lb_report_params *params, const char *path)
{
    struct lb_report_params used = params != NULL ? *params : (struct lb_report_params){0};
    used.points = used.points > 0 ? used.points : DEFAULT_POINTS;
    struct lb_context *ctx = lb_device_context(device);
    LB_TRY(check(ctx, n, used.points));
    struct lb_text page = {0};
    struct lb_report_run *runs = calloc(n, sizeof *runs);
    enum lb_status status = LB_OK;
    if (runs == NULL) {
        return lb_fail_memory(ctx, "report");
    }
    size_t left = PAGE_BYTES - n * (RUN_BYTES + POINT_BYTES * used.points); // available for images
    for (size_t i = 0; i < n; i++) {
        LB_CHECK(lb_report_run_open(&runs[i], device, paths[i], &used, left / (n - i)));
        left -= runs[i].image_bytes < left ? runs[i].image_bytes : left;
    }
    add_head(&page, runs, n);
    LB_CHECK(add_body(&page, runs, n));
    status = page.failed ? lb_fail_memory(ctx, "report")
                         : lb_file_write(ctx, path, page.data, page.length);
fail:
    for (size_t i = 0; i < n; i++) {
        lb_report_run_close(&runs[i]);
    }
    free(runs);
    lb_text_free(&page);
    return status;
}
