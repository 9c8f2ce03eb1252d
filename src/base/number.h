/*
 * Numbers as text, always with '.' as the decimal point, independent of the locale that the program
 * has set. Everything that reads or writes files, kernels, settings or reports uses these instead
 * of strtod() and the printf() family.
 */
#ifndef LB_BASE_NUMBER_H
#define LB_BASE_NUMBER_H

#include <locale.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/printf.h"

/** strtod() in the C locale; *end is `text` if no number starts there. */
double lb_number_read(const char *text, char **end);

/** snprintf() in the C locale. */
int lb_format(char *buffer, size_t size, const char *format, ...) LB_PRINTF(3, 4);
/** vsnprintf() in the C locale. */
int lb_format_args(char *buffer, size_t size, const char *format, va_list args) LB_PRINTF(3, 0);

/**
 * Switches only the calling thread to the C locale, for other libraries that read or write numbers.
 * No user callback may run before lb_locale_leave(), which takes the result.
 */
locale_t lb_locale_enter(void);
void lb_locale_leave(locale_t before);

#endif
