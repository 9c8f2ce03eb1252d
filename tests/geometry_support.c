#include "geometry_support.h"

#include <math.h>

double dot(const double *a, const double *b, size_t l)
{
    double sum = 0.0;
    for (size_t j = 0; j < l; j++) {
        sum += a[j] * b[j];
    }
    return sum;
}

double gap(const double *a, const double *b, size_t l)
{
    double d[MAX_L];
    for (size_t j = 0; j < l; j++) {
        d[j] = a[j] - b[j];
    }
    return sqrt(dot(d, d, l));
}
