#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/c_locale.h"

double lb_number_read(const char *text, char **end)
{
    const struct lb_c_locale locale = lb_c_locale_enter();
    const double value = strtod(text, end);
    lb_c_locale_leave(locale);
    return value;
}

int lb_format_args(char *buffer, size_t size, const char *format, va_list args)
{
    const struct lb_c_locale locale = lb_c_locale_enter();
    const int length = vsnprintf(buffer, size, format, args);
    lb_c_locale_leave(locale);
    return length;
}

int lb_format(char *buffer, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = lb_format_args(buffer, size, format, args);
    va_end(args);
    return length;
}
