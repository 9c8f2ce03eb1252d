/*
 * The manifolds of cl/manifold/ in double, by other formulas than the kernels': the logarithm of
 * one point at another answers for distance, midpoint and exponential map alike.
 */
#ifndef LB_TESTS_MANIFOLD_REFERENCE_H
#define LB_TESTS_MANIFOLD_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

enum { MAX_POINT = 4, MAX_DIMENSION = 3, MAX_CHANNELS = 9 };

struct manifold_reference {
    const char *name; ///< of the manifold; the dataset is NAME-points
    int dimension;    ///< m
    int point_size;   ///< p, floats per point
    int tangent_size; ///< floats per tangent vector
    int channels;     ///< D of NAME-points
    double injectivity_radius;
    double rounding; ///< how far rounding moves a computed point, in units of u = 2^-24
    double bending;  ///< max |II(v,v)|^2 of the embedding over unit v
    bool signless;   ///< x and -x are the same point
    /** exp_x(result) = y, the shortest; m coordinates in an orthonormal frame at x. */
    void (*logarithm)(const double *x, const double *y, double *result);
    /** Coordinates of a tangent vector in the same frame. */
    void (*coordinates)(const double *x, const double *v, double *result);
    /** Distance to the boundary, negative outside; INFINITY if there is none. */
    double (*clearance)(const double *x);
    /** 0 for a point that is unit, or reduced to the fundamental domain. */
    double (*defect)(const double *x);
    /** m independent numbers, uniform in [0,1] if x follows the volume measure. */
    void (*uniform)(const double *x, double *result);
    /** Volume of the ball of radius r, up to a factor. */
    double (*volume)(double r);
    /** The D pixels of NAME-points. */
    void (*embed)(const double *x, double *pixels);
};

extern const struct manifold_reference manifold_references[];
extern const size_t manifold_reference_count;

/** |log_x y| */
double reference_distance(const struct manifold_reference *m, const double *x, const double *y);
/** |log_x(middle) - log_x(y) / 2| */
double reference_midpoint_error(const struct manifold_reference *m, const double *x,
                                const double *y, const double *middle);
double length_of(const double *v, int n);
/** n floats to doubles. */
void widen(const float *x, int n, double *out);

#endif
