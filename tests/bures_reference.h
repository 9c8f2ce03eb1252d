/* The row of manifold_reference.c for SPD(2) with the Bures-Wasserstein metric, in double, by the
 * optimal transport map between Gaussians. Matrices are (S11, S12, S22). */
#ifndef LB_TESTS_BURES_REFERENCE_H
#define LB_TESTS_BURES_REFERENCE_H

void bures_logarithm(const double *a, const double *b, double *result);
void bures_coordinates(const double *a, const double *v, double *result);
double bures_clearance(const double *x);
void bures_uniform(const double *x, double *result);
void bures_embed(const double *x, double *pixels);

#endif
