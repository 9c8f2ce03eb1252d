/*
 * ASCII character tests for files, kernels and driver output, independent of the locale that the
 * program has set. <ctype.h> and strcasecmp() follow the locale.
 */
#ifndef LB_BASE_ASCII_H
#define LB_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>

static inline bool lb_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool lb_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/** Letters, digits and '_'. */
static inline bool lb_is_word(char c)
{
    return lb_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static inline char lb_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/** Whether `text` starts with `start`, ignoring case. */
static inline bool lb_starts_with_any_case(const char *text, const char *start)
{
    size_t i = 0;
    while (start[i] != '\0' && lb_lower(text[i]) == lb_lower(start[i])) {
        i++;
    }
    return start[i] == '\0';
}

/** Whether they are equal, ignoring case. */
static inline bool lb_equal_any_case(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] != '\0' && lb_lower(a[i]) == lb_lower(b[i])) {
        i++;
    }
    return lb_lower(a[i]) == lb_lower(b[i]);
}

#endif
