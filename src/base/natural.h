/* The order in which people number files. */
#ifndef LB_BASE_NATURAL_H
#define LB_BASE_NATURAL_H

/**
 * Below, at or above 0 as `a` comes before, at or after `b`: runs of digits compare as numbers of
 * any length, everything else byte by byte, so 2.png comes before 10.png in every locale. Names
 * that differ in leading zeros alone follow strcmp(): 0 is for equal strings only.
 */
int lb_natural_compare(const char *a, const char *b);

#endif
