/* Numbers on the command line. */
#ifndef LB_CLI_NUMBERS_H
#define LB_CLI_NUMBERS_H

#include <stdbool.h>

/** Numbers that span the whole string: no blanks, no hexadecimal, no locale, finite. */
bool parse_integer(const char *text, long long *out);
bool parse_seed(const char *text, unsigned long long *out);
bool parse_number(const char *text, double *out);
/** Seconds as a number, or hours, minutes and seconds: "90", "1h30m", "0.5h". */
bool parse_time(const char *text, double *out);

#endif
