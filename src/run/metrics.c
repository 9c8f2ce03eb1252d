#include "run/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/number.h"
#include "base/text.h"
#include "run/run_files.h"

static enum lb_status fail_write(struct lb_metrics *metrics)
{
    return lb_fail(metrics->ctx, LB_ERR_IO,
                   "%s: cannot write: %s (check permissions and free space)", metrics->path,
                   lb_errno_text(errno).text);
}

/* The field `column` of a line; "" if it has fewer. */
static const char *field_at(const char *line, size_t column)
{
    for (size_t i = 0; i < column && *line != '\0'; i++) {
        line += strcspn(line, ",");
        line += *line == ',';
    }
    return line;
}

/* Moves behind the first `lines` lines, remembering the seconds of the last of them. */
static bool skip_lines(struct lb_metrics *metrics)
{
    const size_t seconds = 3 + metrics->term_count + 1; // behind step, phase, loss, terms, lr
    char line[512];
    for (int i = 0; i < metrics->lines; i++) {
        if (fgets(line, sizeof line, metrics->file) == NULL || strchr(line, '\n') == NULL) {
            return false;
        }
        metrics->seconds = lb_number_read(field_at(line, seconds), NULL);
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
    struct lb_text text = {0};
    lb_text_add(&text, "step,phase,loss");
    for (size_t i = 0; i < metrics->term_count; i++) {
        lb_text_addf(&text, ",%s", metrics->terms[i]);
    }
    lb_text_add(&text, ",lr,seconds\n");
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
    metrics->file = fopen(metrics->path, lines == 0 ? "w+" : "r+");
    if (metrics->file == NULL) {
        return fail_write(metrics);
    }
    if (lines == 0) {
        return write_header(metrics);
    }
    if (!skip_lines(metrics)) {
        return lb_fail(ctx, LB_ERR_FORMAT,
                       "%s: has fewer lines than its checkpoint says (train again with "
                       "--overwrite)",
                       metrics->path);
    }
    const long length = ftell(metrics->file);
    if (length < 0 || ftruncate(fileno(metrics->file), (off_t)length) != 0 ||
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
    lb_text_add(text, ",");
}

enum lb_status lb_metrics_add(struct lb_metrics *metrics, const struct lb_metrics_line *line)
{
    struct lb_text text = {0};
    lb_text_addf(&text, "%d,%s,", line->step, line->phase);
    add_number(&text, line->loss);
    for (size_t i = 0; i < metrics->term_count; i++) {
        add_number(&text, line->terms[i]);
    }
    add_number(&text, line->lr);
    lb_text_addf(&text, "%.3f\n", line->seconds);
    LB_TRY(write_text(metrics, &text));
    metrics->lines++;
    return fflush(metrics->file) == 0 ? LB_OK : fail_write(metrics);
}

enum lb_status lb_metrics_sync(struct lb_metrics *metrics)
{
    const bool synced = fflush(metrics->file) == 0 && fsync(fileno(metrics->file)) == 0;
    return synced ? LB_OK : fail_write(metrics);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Ends the line and its fields in place; returns how many there are. NULL where no whole line is.
 */
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
        status = lb_fail(ctx, LB_ERR_FORMAT,
                         "%s: does not begin as `lowbend train` begins it (train again with "
                         "--overwrite)",
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
