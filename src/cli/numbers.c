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

/* The program never calls setlocale(), so strtod() accepts only '.'. */
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

/* Parses an unsigned number at the start of the text; *end is behind it. */
static bool take_number(const char *text, const char **end, double *out)
{
    char digits[32];
    const size_t length = strspn(text, "0123456789.");
    if (length >= sizeof digits) {
        return false;
    }
    memcpy(digits, text, length);
    digits[length] = '\0';
    *end = text + length;
    return parse_number(digits, out);
}

bool parse_time(const char *text, double *out)
{
    static const struct {
        char name;
        double seconds;
    } units[] = {{'h', 3600.0}, {'m', 60.0}, {'s', 1.0}};
    double total = 0.0;
    if (parse_number(text, out)) {
        return true;
    }
    for (size_t unit = 0; *text != '\0'; unit++) { // each unit at most once, largest first
        double number = 0.0;
        if (!take_number(text, &text, &number)) {
            return false;
        }
        while (unit < sizeof units / sizeof units[0] && units[unit].name != *text) {
            unit++;
        }
        if (unit == sizeof units / sizeof units[0]) {
            return false;
        }
        total += number * units[unit].seconds;
        text++;
    }
    *out = total;
    return true;
}
