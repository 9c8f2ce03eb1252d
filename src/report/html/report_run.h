/* What is read and measured of a RUN for its part of the page. */
#ifndef LB_REPORT_HTML_REPORT_RUN_H
#define LB_REPORT_HTML_REPORT_RUN_H

#include <jansson.h>

#include <lowbend/report.h>

#include "run/run.h"

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
    json_t *paths;      ///< see lb_report_paths(); NULL: none
    size_t image_bytes; ///< of the images in both
};

/**
 * Opens a RUN, and measures what is to be shown of it. Starts as {0}; the caller closes it, also on
 * failure. The images of its view and paths take at most `budget` bytes of the page.
 */
enum lb_status lb_report_run_open(struct lb_report_run *run, struct lb_device *device,
                                  const char *path, const struct lb_report_params *params,
                                  size_t budget);
void lb_report_run_close(struct lb_report_run *run);

#endif
