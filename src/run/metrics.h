/* metrics.csv: one line per logging interval, and one at the end of each phase. */
#ifndef LB_RUN_METRICS_H
#define LB_RUN_METRICS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/context.h"

enum { LB_METRICS_MAX_COLUMNS = 32 };

/** Columns other than terms. */
enum lb_metrics_number {
    LB_METRICS_LR,
    LB_METRICS_SECONDS,
    LB_METRICS_EPSILON, ///< sampling radius at the line's last step
    LB_METRICS_MUON_LR, ///< learning rate of Muon's matrices
    LB_METRICS_NUMBERS,
};

/** A column after step, phase and loss. */
struct lb_metrics_column {
    bool is_term;
    size_t at; ///< index in `terms`, or an enum lb_metrics_number
};

struct lb_metrics {
    struct lb_context *ctx;
    const char *const *terms; ///< names of the terms of the losses
    size_t term_count;
    struct lb_metrics_column columns[LB_METRICS_MAX_COLUMNS]; ///< columns of the file
    size_t column_count;
    char *path;
    FILE *file;
    int lines;      ///< written so far, including the header
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
 * Opens RUN/metrics.csv: new, with all columns (lines 0), or truncated to `lines` lines with the
 * columns of its header, which may be fewer if an older program wrote it. LB_ERR_FORMAT if the file
 * has fewer lines or no such header. Initialise with context and terms, which must outlive it; the
 * caller closes it.
 */
enum lb_status lb_metrics_open(struct lb_metrics *metrics, const char *run, int lines);
void lb_metrics_close(struct lb_metrics *metrics);

enum lb_status lb_metrics_add(struct lb_metrics *metrics, const struct lb_metrics_line *line);

/** A line of metrics.csv with the columns of its header. */
struct lb_metrics_row {
    const char *names[LB_METRICS_MAX_COLUMNS];
    const char *fields[LB_METRICS_MAX_COLUMNS]; ///< "" for an unknown number
    size_t count;
};

/**
 * Reads RUN/metrics.csv of any version line by line. Initialise with {0}; the caller closes it,
 * also on failure. LB_ERR_NOT_FOUND, LB_ERR_IO, LB_ERR_FORMAT (invalid header), LB_ERR_MEMORY.
 */
struct lb_metrics_reader {
    char *text;
    char *next; ///< the next line
    struct lb_metrics_row row;
};
enum lb_status lb_metrics_reader_open(struct lb_metrics_reader *reader, struct lb_context *ctx,
                                      const char *run);
/** Reads the next whole line into reader->row; false at the end. A running training may be writing
 * the file. */
bool lb_metrics_reader_next(struct lb_metrics_reader *reader);
void lb_metrics_reader_close(struct lb_metrics_reader *reader);

/** Syncs the lines to disk, before a checkpoint counts them. */
enum lb_status lb_metrics_sync(struct lb_metrics *metrics);

#endif
