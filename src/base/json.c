#include "base/json.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/c_locale.h"

/*
 * jansson does not check all of its allocations: after a failed one, a long string may lose a
 * character, and a valid text may be rejected. A result obtained twice is right. It also assumes
 * that the locale's decimal point is one byte, which is not always true; hence the C locale.
 */
enum lb_status lb_json_parse(json_t **out, struct lb_context *ctx, const char *path,
                             const char *text, size_t size, json_error_t *error)
{
    const struct lb_c_locale locale = lb_c_locale_enter();
    json_t *first = json_loadb(text, size, JSON_REJECT_DUPLICATES, error);
    const int place = error->position;
    json_t *second = json_loadb(text, size, JSON_REJECT_DUPLICATES, error);
    lb_c_locale_leave(locale);
    const enum json_error_code code = json_error_code(error);
    const bool right = json_equal(first, second) != 0; // not if both are NULL
    const bool wrong = first == NULL && second == NULL && place == error->position &&
                       code != json_error_out_of_memory && code != json_error_unknown;
    json_decref(first);
    if (!right) {
        json_decref(second);
    }
    *out = right ? second : NULL;
    return right ? LB_OK : wrong ? LB_ERR_FORMAT : lb_fail_memory(ctx, path);
}

json_t *lb_json_load(const char *path)
{
    const struct lb_c_locale locale = lb_c_locale_enter();
    json_t *value = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    lb_c_locale_leave(locale);
    return value;
}

static char *print(const json_t *value, size_t flags)
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

char *lb_json_print(const json_t *value, size_t flags)
{
    const struct lb_c_locale locale = lb_c_locale_enter();
    char *text = print(value, flags);
    lb_c_locale_leave(locale);
    return text;
}

json_t *lb_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}
