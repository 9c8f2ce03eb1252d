/* Gauss-Legendre quadrature. */
#ifndef LB_BASE_QUADRATURE_H
#define LB_BASE_QUADRATURE_H

/**
 * The n nodes in (low, high), ascending, and weights that sum to high - low. Exact for polynomials
 * of degree 2 n - 1, and nearly so for functions analytic well beyond the interval.
 */
void lb_gauss_legendre(int n, double low, double high, double *nodes, double *weights);

#endif
