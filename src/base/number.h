/*
 * Numbers as text, always with '.' as the decimal point, independent of the locale that the program
 * has set. Everything that reads or writes files, kernels, settings or reports uses these instead
 * of strtod() and the printf() family.
 */
#ifndef LB_BASE_NUMBER_H
#define LB_BASE_NUMBER_H

#include <stdarg.h>
#include <stddef.h>

#include "base/printf.h"

/** strtod() in the C locale; *end is `text` if no number starts there. */
double lb_number_read(const char *text, char **end);

/** snprintf() in the C locale. */
int lb_format(char *buffer, size_t size, const char *format, ...) LB_PRINTF(3, 4);
/** vsnprintf() in the C locale. */
int lb_format_args(char *buffer, size_t size, const char *format, va_list args) LB_PRINTF(3, 0);

#endif
