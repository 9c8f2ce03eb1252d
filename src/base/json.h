/* JSON texts, also where memory runs out. */
#ifndef LB_BASE_JSON_H
#define LB_BASE_JSON_H

#include <jansson.h>

#include "base/context.h"

/**
 * Parses a whole text, whose objects must not name a key twice.
 *
 * @param out   the value, the caller's; NULL on failure
 * @param path  of the text, for messages
 * @param error receives what is wrong with the text
 * @return LB_OK; LB_ERR_MEMORY; LB_ERR_FORMAT, without a message
 */
enum lb_status lb_json_parse(json_t **out, struct lb_context *ctx, const char *path,
                             const char *text, size_t size, json_error_t *error);

/** The value in a file; NULL if it cannot be read, is damaged or does not fit into memory. */
json_t *lb_json_load(const char *path);

/** A number; null where it is not finite, which JSON cannot say. NULL when out of memory. */
json_t *lb_json_number(double value);

/**
 * The text of a value, malloc'ed; NULL when out of memory, also for NULL. json_dumps() does not see
 * all of its allocations that fail, and leaves out what it had no memory for.
 */
char *lb_json_print(const json_t *value, size_t flags);

#endif
