#include "base/json.h"

#include <stdlib.h>

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

char *lb_json_print(const json_t *value, size_t flags)
{
    const size_t size = value != NULL ? json_dumpb(value, NULL, 0, flags) : 0;
    char *text = size > 0 ? malloc(size + 1) : NULL;
    if (text == NULL) {
        return NULL;
    }
    if (json_dumpb(value, text, size, flags) != size) {
        free(text);
        return NULL;
    }
    text[size] = '\0';
    return text;
}
