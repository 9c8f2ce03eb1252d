/* Natural order of file names. */
#ifndef LB_BASE_NATURAL_H
#define LB_BASE_NATURAL_H

/**
 * Negative, 0 or positive if `a` comes before, equals or comes after `b`: runs of digits compare as
 * numbers of any length, everything else byte by byte, so 2.png comes before 10.png in every
 * locale. Names that differ only in leading zeros follow strcmp(): 0 means equal strings.
 */
int lb_natural_compare(const char *a, const char *b);

#endif
