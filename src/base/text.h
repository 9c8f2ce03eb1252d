/* A growing string, and string helpers. */
#ifndef LB_BASE_TEXT_H
#define LB_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/printf.h"

/** Initialise with {0}; `data` is NUL-terminated after the first addition. `failed` is sticky. */
struct lb_text {
    char *data;
    size_t length;
    size_t capacity;
    bool failed; ///< an allocation failed: check once at the end
};

void lb_text_add(struct lb_text *text, const char *string);
void lb_text_add_bytes(struct lb_text *text, const char *bytes, size_t n);
void lb_text_addf(struct lb_text *text, const char *format, ...) LB_PRINTF(2, 3);
void lb_text_free(struct lb_text *text);

/** An allocated copy, or NULL (also for NULL). */
char *lb_string_copy(const char *string);
/** Allocated "a/b", or NULL when out of memory. */
char *lb_path_join(const char *folder, const char *name);
/** Whether a path starts at the root, so that it means the same in every folder. */
bool lb_path_is_absolute(const char *path);
/** Allocated path of the folder that contains a file, or NULL when out of memory. */
char *lb_path_parent(const char *path);
bool lb_string_ends_with(const char *string, const char *end);

/** `text` without control characters, truncated to a readable length, for error messages. */
struct lb_quote {
    char text[72];
};
struct lb_quote lb_quote(const char *text);

#endif
