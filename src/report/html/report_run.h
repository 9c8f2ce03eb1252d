/* Data of a RUN for its part of the report. */
#ifndef LB_REPORT_HTML_REPORT_RUN_H
#define LB_REPORT_HTML_REPORT_RUN_H

#include <jansson.h>

#include <lowbend/report.h>

#include "run/run.h"

/** A RUN in its present state. */
struct lb_report_run {
    struct lb_context *ctx;
    const char *path; ///< owned by the caller
    char label[128];  ///< last component of the path
    struct lb_train_params params;
    json_t *config;     ///< config.json
    struct lb_run *run; ///< NULL: no encoder yet
    bool no_images;     ///< its training data is missing
    struct lb_evaluation evaluation;
    bool measured;      ///< the evaluation holds metrics
    bool small;         ///< computed for the report, not read from eval.json
    json_t *view;       ///< see lb_report_view(); NULL: none
    json_t *paths;      ///< see lb_report_paths(); NULL: none
    size_t image_bytes; ///< of the images in both
};

/**
 * Opens a RUN and measures what the report shows. Initialise with {0}; the caller closes it, also
 * on failure. The images of its view and paths take at most `budget` bytes.
 */
enum lb_status lb_report_run_open(struct lb_report_run *run, struct lb_device *device,
                                  const char *path, const struct lb_report_params *params,
                                  size_t budget);
void lb_report_run_close(struct lb_report_run *run);

#endif
