#include "run/extension.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno_text.h"
#include "base/file.h"
#include "run/metrics.h"
#include "run/phase.h"
#include "run/run_files.h"

enum lb_status lb_extension_find(struct lb_extension *extension, struct lb_context *ctx,
                                 const struct lb_train_params *params,
                                 struct lb_train_params *before, const char *run)
{
    struct lb_position position = {0};
    bool found = false;
    const bool encoder = params->steps > before->steps;
    const bool decoder = params->decoder_steps > before->decoder_steps &&
                         params->mode == LB_TRAIN_SEPARATE && before->mode == LB_TRAIN_SEPARATE;
    if (!encoder && !decoder) {
        return LB_OK;
    }
    LB_TRY(lb_checkpoint_find(ctx, run, &found));
    if (found) {
        LB_TRY(lb_checkpoint_read_position(ctx, before, &position, run));
    }
    if (!position.finished) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "--%s %d: %s has not finished its present %d (resume it without the option "
                       "first, then extend it)",
                       encoder ? "steps" : "decoder-steps",
                       encoder ? params->steps : params->decoder_steps, run,
                       encoder ? before->steps : before->decoder_steps);
    }
    *extension = (struct lb_extension){true, before->steps, before->decoder_steps};
    before->steps = encoder ? params->steps : before->steps;
    before->decoder_steps = decoder ? params->decoder_steps : before->decoder_steps;
    return LB_OK;
}

enum lb_phase lb_extension_phase(const struct lb_extension *extension,
                                 const struct lb_train_params *params)
{
    return params->steps > extension->steps ? lb_phase_first(params) : LB_PHASE_DECODER;
}

bool lb_extension_renews_decoder(const struct lb_extension *extension,
                                 const struct lb_train_params *params)
{
    const enum lb_phase phase = lb_extension_phase(extension, params);
    return phase == LB_PHASE_ENCODER ||
           (phase == LB_PHASE_DECODER && extension->decoder_steps == 0);
}

/* Lines of metrics.csv before the evaluation at the end of the phase; all if there is none. */
static enum lb_status count_lines(struct lb_context *ctx, enum lb_phase phase, const char *run,
                                  int *lines)
{
    struct lb_metrics_reader reader = {0};
    char last[32];
    snprintf(last, sizeof last, "%s-final", lb_phase_name(phase));
    *lines = 1; // the header
    enum lb_status status = lb_metrics_reader_open(&reader, ctx, run);
    for (bool more = status == LB_OK; more && lb_metrics_reader_next(&reader);) {
        for (size_t i = 0; i < reader.row.count; i++) {
            more = more && (strcmp(reader.row.names[i], "phase") != 0 ||
                            strcmp(reader.row.fields[i], last) != 0);
        }
        *lines += more;
    }
    lb_metrics_reader_close(&reader);
    return status;
}

enum lb_status lb_extension_begin(const struct lb_extension *extension, struct lb_context *ctx,
                                  const struct lb_train_params *params,
                                  struct lb_position *position, const char *run)
{
    position->finished = false;
    position->phase = lb_extension_phase(extension, params);
    position->step =
        position->phase == LB_PHASE_DECODER ? extension->decoder_steps : extension->steps;
    return count_lines(ctx, position->phase, run, &position->metrics_lines);
}

enum lb_status lb_extension_remove_results(struct lb_context *ctx, const char *run)
{
    static const enum lb_run_file results[] = {LB_RUN_EVALUATION, LB_RUN_SINGULAR_VALUES,
                                               LB_RUN_DISTANCES, LB_RUN_INTERPOLATION_ERROR};
    for (size_t i = 0; i < LB_COUNT(results); i++) {
        char *path = lb_run_file_path(run, results[i]);
        const int code = path != NULL ? lb_file_remove(path) : 0;
        enum lb_status status = LB_OK;
        if (path == NULL) {
            status = lb_fail_memory(ctx, run);
        } else if (code != 0) {
            status = lb_fail(ctx, LB_ERR_IO, "%s: cannot remove: %s (check permissions)", path,
                             lb_errno_text(code).text);
        }
        free(path);
        LB_TRY(status);
    }
    return LB_OK;
}
