#include "base/context.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/number.h"
#include "base/text.h"

/* Copies `text` (NULL gives NULL); false when out of memory. */
static bool copy_text(char **copy, const char *text)
{
    *copy = text != NULL ? lb_string_copy(text) : NULL;
    return text == NULL || *copy != NULL;
}

enum lb_status lb_context_create(struct lb_context **out, const struct lb_context_params *params)
{
    *out = NULL;
    struct lb_context *ctx = calloc(1, sizeof *ctx);
    if (ctx == NULL) {
        return LB_ERR_MEMORY;
    }
    if (params != NULL) {
        ctx->log = params->log;
        ctx->log_user = params->log_user;
        if (!copy_text(&ctx->cl_dir, params->cl_dir) ||
            !copy_text(&ctx->self_test_program, params->self_test_program)) {
            lb_context_destroy(&ctx);
            return LB_ERR_MEMORY;
        }
    }
    *out = ctx;
    return LB_OK;
}

void lb_context_destroy(struct lb_context **ctx)
{
    if (ctx == NULL || *ctx == NULL) {
        return;
    }
    free((*ctx)->cl_dir);
    free((*ctx)->self_test_program);
    free((*ctx)->said);
    free(*ctx);
    *ctx = NULL;
}

const char *lb_context_error(const struct lb_context *ctx)
{
    return ctx != NULL ? ctx->error : "start: out of memory on the host (end other programs)";
}

int lb_api_version(void)
{
    return LB_API_VERSION;
}

const char *lb_version(void)
{
    return LB_VERSION;
}

#if defined(LB_CLBLAST_VERSION)
#define CLBLAST "CLBlast " LB_CLBLAST_VERSION
#else
#define CLBLAST "without CLBlast"
#endif

const char *lb_build_facts(void)
{
    return "compiler " LB_COMPILER ", OpenCL 1.2, " CLBLAST ", kernel folder " LB_CL_DIR_INSTALLED;
}

enum lb_status(lb_fail)(struct lb_context *ctx, enum lb_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    lb_format_args(ctx->error, sizeof ctx->error, format, args);
    va_end(args);
    return status;
}

enum lb_status(lb_fail_memory)(struct lb_context *ctx, const char *what)
{
    return lb_fail(ctx, LB_ERR_MEMORY, "%s: out of memory on the host (use smaller sizes)", what);
}

void lb_log(struct lb_context *ctx, enum lb_log_level level, const char *format, ...)
{
    if (ctx->log == NULL) {
        return;
    }
    struct lb_text text = {0};
    char line[1024];
    va_list args;
    va_start(args, format);
    const int length = lb_format_args(line, sizeof line, format, args);
    va_end(args);
    if (length >= (int)sizeof line) { // long texts are build logs
        char *data = malloc((size_t)length + 1);
        if (data != NULL) {
            va_start(args, format);
            lb_format_args(data, (size_t)length + 1, format, args);
            va_end(args);
            text.data = data;
        }
    }
    ctx->log(ctx->log_user, level, text.data != NULL ? text.data : line);
    lb_text_free(&text);
}

void lb_log_once(struct lb_context *ctx, enum lb_log_level level, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    lb_format_args(line, sizeof line, format, args);
    va_end(args);
    const uint64_t hash = lb_hash_bytes(line, strlen(line));
    for (size_t i = 0; i < ctx->said_count; i++) {
        if (ctx->said[i] == hash) {
            return;
        }
    }
    uint64_t *said = realloc(ctx->said, (ctx->said_count + 1) * sizeof *said);
    if (said != NULL) { // otherwise it may be sent again
        ctx->said = said;
        ctx->said[ctx->said_count++] = hash;
    }
    lb_log(ctx, level, "%s", line);
}
