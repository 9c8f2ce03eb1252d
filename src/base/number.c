#include "base/posix.h"

#include "base/number.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale; // kept until the process ends; 0 if it could not be allocated

static void create(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

locale_t lb_locale_enter(void)
{
    pthread_once(&once, create);
    return c_locale != (locale_t)0 ? uselocale(c_locale) : (locale_t)0;
}

void lb_locale_leave(locale_t before)
{
    if (before != (locale_t)0) {
        uselocale(before);
    }
}

double lb_number_read(const char *text, char **end)
{
    const locale_t before = lb_locale_enter();
    const double value = strtod(text, end);
    lb_locale_leave(before);
    return value;
}

int lb_format_args(char *buffer, size_t size, const char *format, va_list args)
{
    const locale_t before = lb_locale_enter();
    const int length = vsnprintf(buffer, size, format, args);
    lb_locale_leave(before);
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
