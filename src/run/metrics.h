/* metrics.csv: one line a logging interval, one more at the end of each phase. */
#ifndef LB_RUN_METRICS_H
#define LB_RUN_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/context.h"

enum { LB_METRICS_MAX_COLUMNS = 32 };

/** Columns that are no terms. */
enum lb_metrics_number {
    LB_METRICS_LR,
    LB_METRICS_SECONDS,
    LB_METRICS_EPSILON, ///< sampling radius of the line's last step
    LB_METRICS_MUON_LR, ///< learning rate of Muon's matrices
    LB_METRICS_NUMBERS,
};

/** A column behind step, phase and loss. */
struct lb_metrics_column {
    bool is_term;
    size_t at; ///< in `terms`, or an enum lb_metrics_number
};

struct lb_metrics {
    struct lb_context *ctx;
    const char *const *terms; ///< names of the terms of the losses
    size_t term_count;
    struct lb_metrics_column columns[LB_METRICS_MAX_COLUMNS]; ///< those that the file has
    size_t column_count;
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
    const double *terms; ///< (term_count)
    double numbers[LB_METRICS_NUMBERS];
};

/**
 * Opens RUN/metrics.csv: new, with all columns (lines 0), or cut back to `lines` lines
 * and with the columns that its header has, which may be fewer if an older program began it.
 * LB_ERR_FORMAT if the file has fewer lines, or no such header. Starts with its context and terms,
 * which must outlive it; the caller closes it.
 */
enum lb_status lb_metrics_open(struct lb_metrics *metrics, const char *run, int lines);
void lb_metrics_close(struct lb_metrics *metrics);

enum lb_status lb_metrics_add(struct lb_metrics *metrics, const struct lb_metrics_line *line);

/** A line of metrics.csv with the columns that its header names. */
struct lb_metrics_row {
    const char *names[LB_METRICS_MAX_COLUMNS];
    const char *fields[LB_METRICS_MAX_COLUMNS]; ///< "" where a number is not known
    size_t count;
};

/**
 * Reads RUN/metrics.csv line by line, whoever wrote it. Starts as {0}; the caller closes it, also
 * on failure. LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_FORMAT (a header that is none), LB_ERR_MEMORY.
 */
struct lb_metrics_reader {
    char *text;
    char *next; ///< the line that comes next
    struct lb_metrics_row row;
};
enum lb_status lb_metrics_reader_open(struct lb_metrics_reader *reader, struct lb_context *ctx,
                                      const char *run);
/** The next whole line is reader->row; false at the end: a run that goes on may be writing there.
 */
bool lb_metrics_reader_next(struct lb_metrics_reader *reader);
void lb_metrics_reader_close(struct lb_metrics_reader *reader);

/** Brings the lines to the disk, before a checkpoint counts them. */
enum lb_status lb_metrics_sync(struct lb_metrics *metrics);

#endif
