/* The unit sphere in double, from float32 points that are unit vectors up to rounding. */
#ifndef LB_TESTS_SPHERE_REFERENCE_H
#define LB_TESTS_SPHERE_REFERENCE_H

#include <stddef.h>

double dot3(const double *a, const double *b);
void widen3(const float *x, double *out);
/** 2 atan2(|x - y|, |x + y|). Not scale-invariant in either argument, so an error of u in a point
    appears as u. */
double distance3(const double *x, const double *y);
/** The point at t in [0,1] on the shortest geodesic from x to y, normalised. */
void slerp3(const double *x, const double *y, double t, double *out);
/** Two orthonormal tangent vectors at x. */
void frame3(const double *x, double *first, double *second);
/** cos(r) x + sin(r) (cos(angle) first + sin(angle) second) */
void exponential3(const double *x, double angle, double r, double *out);
/** Angle of the direction from x to y in frame3(x), in [0, 1) turns. */
double direction3(const double *x, const double *y);

#endif
