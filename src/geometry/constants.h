/* Constants that OpenCL C text states by #define, read by the host without compiling the text. */
#ifndef LB_GEOMETRY_CONSTANTS_H
#define LB_GEOMETRY_CONSTANTS_H

#include <stdbool.h>
#include <stddef.h>

struct lb_macro {
    char *name;
    char *body; ///< NULL: takes arguments, which is not understood
};

struct lb_constants {
    struct lb_macro *macros;
    size_t count;
};

/**
 * Evaluates #define, #undef and #if of a text whose #include lines are expanded already.
 *
 * @return NULL if the text does more than this reader understands (then it takes the compiler),
 *         or out of memory
 */
struct lb_constants *lb_constants_read(const char *text);
void lb_constants_free(struct lb_constants *constants);

/**
 * The value of a macro at the end of the text: numbers with arithmetic, comparisons, ?:, sqrt, min
 * and the like, in the precision that the device has. False if it is anything else.
 */
bool lb_constants_real(const struct lb_constants *constants, const char *name, float *value);
bool lb_constants_integer(const struct lb_constants *constants, const char *name, int *value);
/** The same for a string, or several in a row, truncated to `size` with its NUL. */
bool lb_constants_string(const struct lb_constants *constants, const char *name, char *value,
                         size_t size);

/** The macro of this name (n bytes), or NULL. */
const struct lb_macro *lb_constants_find(const struct lb_constants *constants, const char *name,
                                         size_t n);

/** Whether only the compiler knows if there is such a macro: __NAME and cl_NAME. */
bool lb_constants_predefined(const char *name);

/** What an #if with this text decides; false if it is not understood. */
bool lb_constants_condition(const struct lb_constants *constants, const char *text, bool *taken);

#endif
