/* What a page tells of one RUN. */
#ifndef LB_REPORT_HTML_PAGE_H
#define LB_REPORT_HTML_PAGE_H

#include <lowbend/report.h>

#include "run/run.h"
#include "report/html/html.h"

/** A RUN as far as it goes. */
struct lb_report_run {
    struct lb_context *ctx;
    const char *path; ///< the caller's
    char label[128];  ///< last part of the path
    struct lb_train_params params;
    json_t *config;     ///< config.json
    struct lb_run *run; ///< NULL: there is no encoder yet
    bool no_images;     ///< what it was trained on is gone
    struct lb_evaluation evaluation;
    bool measured;      ///< the evaluation holds numbers
    bool small;         ///< they were made for the page, not read from eval.json
    json_t *view;       ///< see lb_report_view(); NULL: none
    json_t *walk;       ///< see lb_report_walk(); NULL: none
    size_t image_bytes; ///< of the images in both
};

/**
 * Opens a RUN, and measures what is to be shown of it. Starts as {0}; the caller closes it, also on
 * failure. The images of its view and walk take at most `budget` bytes of the page.
 */
enum lb_status lb_report_run_open(struct lb_report_run *run, struct lb_device *device,
                                  const char *path, const struct lb_report_params *params,
                                  size_t budget);
void lb_report_run_close(struct lb_report_run *run);

/** A sample of the manifold with its codes: what the views are made of. */
struct lb_report_sample {
    size_t n;
    size_t components;        ///< K: shown of the codes
    float *points;            ///< (n, p); NULL of own pairs
    float *latent;            ///< (n, l)
    double *mean;             ///< (l), of the principal components
    double *axes;             ///< (K, l)
    double *share;            ///< (K)
    double *sigmas;           ///< (n, m) singular values of D phi; NULL of own pairs
    struct lb_sprite *images; ///< NULL if they are just numbers
};

enum lb_status lb_report_sample_create(struct lb_report_sample *sample, struct lb_run *run,
                                       uint64_t seed, size_t n);
void lb_report_sample_free(struct lb_report_sample *sample);

/** A JSON array of n codes (n, l) in the sample's components, or NULL when out of memory. */
json_t *lb_report_project(const struct lb_report_sample *sample, const struct lb_run *run,
                          const float *latent, size_t n);

/** The interactive view's data: codes, colours, distortion, lines and images of the sample. */
enum lb_status lb_report_view(struct lb_run *run, struct lb_report_sample *sample, size_t budget,
                              json_t **view);

/**
 * The data of straight latent paths between some points of the sample: images of the geodesics and
 * of the decoded lines. *walk is NULL where nothing could be shown.
 */
enum lb_status lb_report_walk(struct lb_run *run, const struct lb_report_sample *sample,
                              size_t budget, json_t **result);

/* Sections of the page, each for all runs side by side. */
enum lb_status lb_report_charts(struct lb_text *page, const struct lb_report_run *runs, size_t n,
                                json_t *charts);
void lb_report_headline(struct lb_text *page, const struct lb_report_run *runs, size_t n);
void lb_report_tables(struct lb_text *page, const struct lb_report_run *runs, size_t n);
/** The interactive parts, empty: the page's script fills them from the data of its runs. */
void lb_report_views(struct lb_text *page, const struct lb_report_run *runs, size_t n);

/** "<div class=runs>" with one part for each run, named if there are several. */
void lb_report_begin_part(struct lb_text *page, const struct lb_report_run *run, size_t n);
void lb_report_end_part(struct lb_text *page);

#endif
