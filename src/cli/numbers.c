#include "numbers.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool only(const char *text, const char *allowed)
{
    return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

bool parse_integer(const char *text, long long *out)
{
    if (!only(text, "+-0123456789")) {
        return false;
    }
    char *end = NULL;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0') {
        return false;
    }
    *out = value;
    return true;
}

bool parse_seed(const char *text, unsigned long long *out)
{
    if (!only(text, "0123456789")) {
        return false;
    }
    errno = 0;
    const unsigned long long value = strtoull(text, NULL, 10);
    if (errno != 0 || value > INT64_MAX) {
        return false;
    }
    *out = value;
    return true;
}

/* The program never calls setlocale(), so strtod() knows '.' alone. */
bool parse_number(const char *text, double *out)
{
    if (!only(text, "+-.0123456789eE")) { // excludes inf, nan, hexadecimal and blanks
        return false;
    }
    char *end = NULL;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value)) {
        return false;
    }
    *out = value;
    return true;
}
