/* metrics.csv: one line a logging interval, one more at the end of each phase. */
#ifndef LB_RUN_METRICS_H
#define LB_RUN_METRICS_H

#include <stdio.h>

#include "base/context.h"

struct lb_metrics {
    struct lb_context *ctx;
    char *path;
    FILE *file;
    int lines;      ///< written so far, the header included
    double seconds; ///< of the last line kept when the file was opened
};

/** One line; NAN leaves a field empty. */
struct lb_metrics_line {
    int step;
    const char *phase; ///< "encoder", "encoder-final", ...
    double loss;
    double distortion;
    double bending;
    double reconstruction;
    double lr;
    double seconds;
};

/**
 * Opens RUN/metrics.csv: new, with its header (lines 0), or cut back to `lines` lines.
 * LB_ERR_FORMAT if the file has fewer. Starts as {0}; the caller closes it.
 */
enum lb_status lb_metrics_open(struct lb_metrics *metrics, struct lb_context *ctx, const char *run,
                               int lines);
void lb_metrics_close(struct lb_metrics *metrics);

enum lb_status lb_metrics_add(struct lb_metrics *metrics, const struct lb_metrics_line *line);

/** Brings the lines to the disk, before a checkpoint counts them. */
enum lb_status lb_metrics_sync(struct lb_metrics *metrics);

#endif
