#include "run/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno_text.h"
#include "base/file.h"
#include "base/number.h"
#include "base/text.h"
#include "run/run_files.h"

enum {
    FIRST_COLUMN = 3,  // after step, phase, loss
    LEADING_TERMS = 3, // before lr and seconds, as in the first version; others follow
    LINE_BYTES = 512,
};

/* Columns other than terms. The first two end the lines of the first version. */
static const char *const number_names[LB_METRICS_NUMBERS] = {
    [LB_METRICS_LR] = "lr",
    [LB_METRICS_SECONDS] = "seconds",
    [LB_METRICS_EPSILON] = "epsilon",
    [LB_METRICS_MUON_LR] = "muon_lr",
};

static enum lb_status fail_write(struct lb_metrics *metrics)
{
    return lb_fail(metrics->ctx, LB_ERR_IO,
                   "%s: cannot write: %s (check permissions and free space)", metrics->path,
                   lb_errno_text(errno).text);
}

/* Splits a line into fields in place and returns the next line; NULL if there is no whole line. */
static char *split_line(char *line, const char *fields[LB_METRICS_MAX_COLUMNS], size_t *count)
{
    char *end = strchr(line, '\n');
    *count = 0;
    if (end == NULL) {
        return NULL;
    }
    *end = '\0';
    for (char *field = line; field != NULL && *count < LB_METRICS_MAX_COLUMNS;) {
        char *comma = strchr(field, ',');
        fields[(*count)++] = field;
        if (comma != NULL) {
            *comma = '\0';
            comma++;
        }
        field = comma;
    }
    return end + 1;
}

static bool find_name(const char *const *names, size_t n, const char *name, size_t *at)
{
    *at = 0;
    while (*at < n && strcmp(names[*at], name) != 0) {
        (*at)++;
    }
    return *at < n;
}

static void add_term(struct lb_metrics *metrics, size_t i)
{
    metrics->columns[metrics->column_count++] = (struct lb_metrics_column){true, i};
}

static void add_number_column(struct lb_metrics *metrics, enum lb_metrics_number number)
{
    metrics->columns[metrics->column_count++] = (struct lb_metrics_column){false, number};
}

/* Interprets the header's columns; *seconds receives the index of that column. */
static bool read_header(struct lb_metrics *metrics, char *header, size_t *seconds)
{
    const char *names[LB_METRICS_MAX_COLUMNS];
    size_t count = 0;
    *seconds = 0;
    if (split_line(header, names, &count) == NULL) {
        return false;
    }
    metrics->column_count = 0;
    for (size_t i = FIRST_COLUMN; i < count; i++) {
        size_t k;
        if (find_name(metrics->terms, metrics->term_count, names[i], &k)) {
            add_term(metrics, k);
        } else if (find_name(number_names, LB_METRICS_NUMBERS, names[i], &k)) {
            add_number_column(metrics, (enum lb_metrics_number)k);
            *seconds = k == LB_METRICS_SECONDS ? i : *seconds;
        } else {
            return false;
        }
    }
    return *seconds > 0;
}

/* Skips the first `lines` lines and remembers the seconds of the last one. */
static bool skip_lines(struct lb_metrics *metrics)
{
    char line[LINE_BYTES];
    size_t seconds = 0;
    for (int i = 0; i < metrics->lines; i++) {
        if (fgets(line, sizeof line, metrics->file) == NULL || strchr(line, '\n') == NULL) {
            return false;
        }
        if (i == 0 && !read_header(metrics, line, &seconds)) {
            return false;
        }
        if (i > 0) {
            const char *fields[LB_METRICS_MAX_COLUMNS];
            size_t count = 0;
            split_line(line, fields, &count);
            metrics->seconds = seconds < count ? lb_number_read(fields[seconds], NULL) : 0.0;
        }
    }
    return true;
}

static enum lb_status write_text(struct lb_metrics *metrics, struct lb_text *text)
{
    enum lb_status status = LB_OK;
    if (text->failed) {
        status = lb_fail_memory(metrics->ctx, lb_run_file_name(LB_RUN_METRICS));
    } else if (fputs(text->data, metrics->file) < 0) {
        status = fail_write(metrics);
    }
    lb_text_free(text);
    return status;
}

static enum lb_status write_header(struct lb_metrics *metrics)
{
    const size_t leading =
        metrics->term_count < LEADING_TERMS ? metrics->term_count : LEADING_TERMS;
    struct lb_text text = {0};
    for (size_t i = 0; i < leading; i++) {
        add_term(metrics, i);
    }
    add_number_column(metrics, LB_METRICS_LR);
    add_number_column(metrics, LB_METRICS_SECONDS);
    add_number_column(metrics, LB_METRICS_EPSILON);
    for (size_t i = leading; i < metrics->term_count; i++) {
        add_term(metrics, i);
    }
    add_number_column(metrics, LB_METRICS_MUON_LR);
    lb_text_add(&text, "step,phase,loss");
    for (size_t i = 0; i < metrics->column_count; i++) {
        const struct lb_metrics_column column = metrics->columns[i];
        lb_text_addf(&text, ",%s",
                     column.is_term ? metrics->terms[column.at] : number_names[column.at]);
    }
    lb_text_add(&text, "\n");
    metrics->lines = 1;
    return write_text(metrics, &text);
}

enum lb_status lb_metrics_open(struct lb_metrics *metrics, const char *run, int lines)
{
    struct lb_context *ctx = metrics->ctx;
    metrics->lines = lines;
    metrics->path = lb_run_file_path(run, LB_RUN_METRICS);
    if (metrics->path == NULL) {
        return lb_fail_memory(ctx, lb_run_file_name(LB_RUN_METRICS));
    }
    metrics->file = fopen(metrics->path, lines == 0 ? "w+b" : "r+b");
    if (metrics->file == NULL) {
        return fail_write(metrics);
    }
    if (lines == 0) {
        return write_header(metrics);
    }
    if (!skip_lines(metrics)) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: has fewer lines than its checkpoint says, or no header (train again "
                       "with --overwrite)",
                       metrics->path);
    }
    const long length = ftell(metrics->file);
    if (length < 0 || !lb_file_truncate(metrics->file, length) ||
        fseek(metrics->file, length, SEEK_SET) != 0) {
        return fail_write(metrics);
    }
    return LB_OK;
}

void lb_metrics_close(struct lb_metrics *metrics)
{
    if (metrics->file != NULL) {
        fclose(metrics->file);
    }
    free(metrics->path);
    *metrics = (struct lb_metrics){0};
}

static void add_number(struct lb_text *text, double value)
{
    if (!isnan(value)) {
        lb_text_addf(text, "%.9g", value);
    }
}

enum lb_status lb_metrics_add(struct lb_metrics *metrics, const struct lb_metrics_line *line)
{
    struct lb_text text = {0};
    lb_text_addf(&text, "%d,%s,", line->step, line->phase);
    add_number(&text, line->loss);
    for (size_t i = 0; i < metrics->column_count; i++) {
        const struct lb_metrics_column column = metrics->columns[i];
        lb_text_add(&text, ",");
        if (!column.is_term && column.at == LB_METRICS_SECONDS) {
            lb_text_addf(&text, "%.3f", line->numbers[column.at]);
        } else {
            add_number(&text, column.is_term ? line->terms[column.at] : line->numbers[column.at]);
        }
    }
    lb_text_add(&text, "\n");
    LB_TRY(write_text(metrics, &text));
    metrics->lines++;
    return fflush(metrics->file) == 0 ? LB_OK : fail_write(metrics);
}

enum lb_status lb_metrics_sync(struct lb_metrics *metrics)
{
    return lb_file_sync(metrics->file) ? LB_OK : fail_write(metrics);
}

/* ---- reading --------------------------------------------------------------------------------- */

enum lb_status lb_metrics_reader_open(struct lb_metrics_reader *reader, struct lb_context *ctx,
                                      const char *run)
{
    size_t size = 0;
    char *path = lb_run_file_path(run, LB_RUN_METRICS);
    enum lb_status status = LB_OK;
    if (path == NULL) {
        return lb_fail_memory(ctx, lb_run_file_name(LB_RUN_METRICS));
    }
    LB_CHECK(lb_file_read(ctx, path, &reader->text, &size));
    reader->next = split_line(reader->text, reader->row.names, &reader->row.count);
    if (reader->row.count < 2 || strcmp(reader->row.names[0], "step") != 0 ||
        strcmp(reader->row.names[1], "phase") != 0) {
        status = lb_fail(
            ctx, LB_ERR_FORMAT,
            "%s: does not start like a file of `lowbend train` (train again with --overwrite)",
            path);
    }
fail:
    free(path);
    return status;
}

bool lb_metrics_reader_next(struct lb_metrics_reader *reader)
{
    struct lb_metrics_row *row = &reader->row;
    size_t count = 0;
    reader->next = reader->next != NULL ? split_line(reader->next, row->fields, &count) : NULL;
    for (size_t i = count; i < row->count; i++) {
        row->fields[i] = "";
    }
    return reader->next != NULL;
}

void lb_metrics_reader_close(struct lb_metrics_reader *reader)
{
    free(reader->text);
    *reader = (struct lb_metrics_reader){0};
}
