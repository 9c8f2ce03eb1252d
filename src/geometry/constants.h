/* Constants that OpenCL C source defines by #define, read by the host without compiling. */
#ifndef LB_GEOMETRY_CONSTANTS_H
#define LB_GEOMETRY_CONSTANTS_H

#include <stdbool.h>
#include <stddef.h>

struct lb_macro {
    char *name;
    char *body; ///< NULL: has arguments, which is not supported
};

struct lb_constants {
    struct lb_macro *macros;
    size_t count;
};

/**
 * Evaluates #define, #undef and #if in a text whose #include lines are already expanded.
 *
 * @return NULL if the text needs more than this reader supports (then the compiler is needed), or
 *         out of memory
 */
struct lb_constants *lb_constants_read(const char *text);
void lb_constants_free(struct lb_constants *constants);

/**
 * The value of a macro at the end of the text: arithmetic, comparisons, ?:, sqrt, min and similar,
 * in the device's precision. False for anything else.
 */
bool lb_constants_real(const struct lb_constants *constants, const char *name, float *value);
bool lb_constants_integer(const struct lb_constants *constants, const char *name, int *value);
/** The same for a string, or adjacent strings, truncated to `size` including its NUL. */
bool lb_constants_string(const struct lb_constants *constants, const char *name, char *value,
                         size_t size);

/** The macro with this name (n bytes), or NULL. */
const struct lb_macro *lb_constants_find(const struct lb_constants *constants, const char *name,
                                         size_t n);

/** Whether only the compiler knows if the macro exists: __NAME and cl_NAME. */
bool lb_constants_predefined(const char *name);

/** Evaluates the condition of an #if; false if it is not supported. */
bool lb_constants_condition(const struct lb_constants *constants, const char *text, bool *taken);

#endif
