/* JSON texts, robust against running out of memory. */
#ifndef LB_BASE_JSON_H
#define LB_BASE_JSON_H

#include <jansson.h>

#include "base/context.h"

/**
 * Parses a whole text. Objects must not have duplicate keys.
 *
 * @param out   the value, owned by the caller; NULL on failure
 * @param path  path of the text, for messages
 * @param error receives what is wrong with the text
 * @return LB_OK; LB_ERR_MEMORY; LB_ERR_FORMAT, without a message
 */
enum lb_status lb_json_parse(json_t **out, struct lb_context *ctx, const char *path,
                             const char *text, size_t size, json_error_t *error);

/** The value in a file; NULL if it cannot be read, is damaged, or memory is out. */
json_t *lb_json_load(const char *path);

/** A number; null if it is not finite, which JSON cannot express. NULL when out of memory. */
json_t *lb_json_number(double value);

/**
 * Allocated text of a value; NULL when out of memory or if the value is NULL. json_dumps() does not
 * detect all failed allocations and drops what it could not allocate.
 */
char *lb_json_print(const json_t *value, size_t flags);

#endif
