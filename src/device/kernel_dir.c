#include "device/kernel_dir.h"

#include <stdlib.h>

#include "base/file_facts.h"
#include "base/text.h"

#define MARKER "lib/philox.cl" // present in every kernel folder

static enum lb_status has_kernels(struct lb_context *ctx, const char *folder, bool *out)
{
    char *marker = lb_path_join(folder, MARKER);
    if (marker == NULL) {
        return lb_fail_memory(ctx, "the kernel folder");
    }
    *out = lb_file_exists(marker);
    free(marker);
    return LB_OK;
}

static enum lb_status take(struct lb_context *ctx, const char *folder, char **out)
{
    *out = lb_string_copy(folder);
    return *out != NULL ? LB_OK : lb_fail_memory(ctx, "the kernel folder");
}

enum lb_status lb_kernel_dir_find(struct lb_context *ctx, char **out)
{
    *out = NULL;
    const char *variable = getenv("LOWBEND_CL_DIR");
    const bool from_variable = ctx->cl_dir == NULL && variable != NULL && variable[0] != '\0';
    const char *given = from_variable ? variable : ctx->cl_dir;
    bool found = false;
    if (given != NULL) {
        LB_TRY(has_kernels(ctx, given, &found));
        if (!found) {
            return lb_fail(ctx, LB_ERR_NOT_FOUND,
                           "kernel folder %s: has no %s (use lowbend's folder of .cl files%s)",
                           given, MARKER, from_variable ? " in LOWBEND_CL_DIR" : "");
        }
        return take(ctx, given, out);
    }
    static const char *const places[] = {LB_CL_DIR_INSTALLED, LB_CL_DIR_SOURCE};
    for (size_t i = 0; i < LB_COUNT(places); i++) {
        LB_TRY(has_kernels(ctx, places[i], &found));
        if (found) {
            return take(ctx, places[i], out);
        }
    }
    return lb_fail(
        ctx, LB_ERR_NOT_FOUND,
        "kernel folder: no %s in %s or in %s (set LOWBEND_CL_DIR to lowbend's folder of .cl files)",
        MARKER, places[0], places[1]);
}
