#include "run/metrics.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "base/text.h"
#include "run/run_files.h"

static enum lb_status fail_write(struct lb_metrics *metrics)
{
    return lb_fail(metrics->ctx, LB_ERR_IO,
                   "%s: cannot write: %s (check permissions and free space)", metrics->path,
                   lb_errno_text(errno).text);
}

/* Moves behind the first `lines` lines, remembering the last number of the last of them. */
static bool skip_lines(struct lb_metrics *metrics)
{
    char line[512];
    for (int i = 0; i < metrics->lines; i++) {
        if (fgets(line, sizeof line, metrics->file) == NULL || strchr(line, '\n') == NULL) {
            return false;
        }
        const char *last = strrchr(line, ',');
        metrics->seconds = last != NULL ? lb_number_read(last + 1, NULL) : 0.0;
    }
    return true;
}

enum lb_status lb_metrics_open(struct lb_metrics *metrics, struct lb_context *ctx, const char *run,
                               int lines)
{
    metrics->ctx = ctx;
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
        metrics->lines = 1;
        fputs("step,phase,loss,distortion,bending,reconstruction,lr,seconds\n", metrics->file);
        return LB_OK;
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

static void add_number(struct lb_text *text, double value, const char *end)
{
    if (!isnan(value)) {
        lb_text_addf(text, "%.9g", value);
    }
    lb_text_add(text, end);
}

enum lb_status lb_metrics_add(struct lb_metrics *metrics, const struct lb_metrics_line *line)
{
    struct lb_text text = {0};
    lb_text_addf(&text, "%d,%s,", line->step, line->phase);
    add_number(&text, line->loss, ",");
    add_number(&text, line->distortion, ",");
    add_number(&text, line->bending, ",");
    add_number(&text, line->reconstruction, ",");
    add_number(&text, line->lr, ",");
    lb_text_addf(&text, "%.3f\n", line->seconds);
    if (text.failed) {
        lb_text_free(&text);
        return lb_fail_memory(metrics->ctx, lb_run_file_name(LB_RUN_METRICS));
    }
    const bool written = fputs(text.data, metrics->file) >= 0 && fflush(metrics->file) == 0;
    lb_text_free(&text);
    metrics->lines++;
    return written ? LB_OK : fail_write(metrics);
}

enum lb_status lb_metrics_sync(struct lb_metrics *metrics)
{
    const bool synced = fflush(metrics->file) == 0 && fsync(fileno(metrics->file)) == 0;
    return synced ? LB_OK : fail_write(metrics);
}
