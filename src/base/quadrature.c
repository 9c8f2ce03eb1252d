#include "base/quadrature.h"

#include <math.h>

#define PI 3.14159265358979323846

/* The Legendre polynomial P_n and its derivative at x, by the three-term recurrence. */
static double legendre(int n, double x, double *derivative)
{
    double before = 1.0;
    double value = x;
    for (int k = 2; k <= n; k++) {
        const double next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
        before = value;
        value = next;
    }
    *derivative = n * (x * value - before) / (x * x - 1.0);
    return value;
}

void lb_gauss_legendre(int n, double low, double high, double *nodes, double *weights)
{
    const double half = 0.5 * (high - low);
    for (int i = 0; i < n; i++) {
        /* Newton's method from Tricomi's approximation; five steps are more than enough. */
        double x = -cos(PI * (i + 0.75) / (n + 0.5));
        double derivative = 0.0;
        for (int step = 0; step < 6; step++) {
            x -= legendre(n, x, &derivative) / derivative;
        }
        legendre(n, x, &derivative);
        nodes[i] = low + half * (1.0 + x);
        weights[i] = 2.0 * half / ((1.0 - x * x) * derivative * derivative);
    }
}
