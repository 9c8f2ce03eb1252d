/* What tests of calculus on manifolds share. */
#ifndef LB_TESTS_GEOMETRY_SUPPORT_H
#define LB_TESTS_GEOMETRY_SUPPORT_H

#include "support.h"

enum { MAX_L = 8, MAX_K = 128 }; // maximum coordinates, and segments of a curve

double dot(const double *a, const double *b, size_t l);

/** Distance between two points. */
double gap(const double *a, const double *b, size_t l);

#endif
