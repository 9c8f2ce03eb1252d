#include "base/json.h"

enum lb_status lb_json_parse(json_t **out, struct lb_context *ctx, const char *path,
                             const char *text, size_t size, json_error_t *error)
{
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, error);
    if (*out != NULL) {
        return LB_OK;
    }
    /* jansson takes some failed allocations for errors of the text; those are there again. */
    const int place = error->position;
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, error);
    if (*out != NULL) {
        return LB_OK;
    }
    const enum json_error_code code = json_error_code(error);
    return code == json_error_out_of_memory || code == json_error_unknown ||
                   error->position != place
               ? lb_fail_memory(ctx, path)
               : LB_ERR_FORMAT;
}
