/*
 * Analytic embedding of a point dataset (cl/dataset/) in float64, with difference quotients of
 * pairs in forms without cancellation, valid for arbitrarily small d.
 */
#ifndef LB_GEOMETRY_ANALYTIC_EMBEDDING_H
#define LB_GEOMETRY_ANALYTIC_EMBEDDING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/random.h"

#define LB_ANALYTIC_MAX_POINT    4 /* numbers of a point or tangent vector */
#define LB_ANALYTIC_MAX_CHANNELS 9 /* D */

/** Quotients of the pair (x, exp_x(d v)), |v| = 1, and its geodesic midpoint m. */
struct lb_quotients {
    double
        excess; ///< |first quotient|^2 - 1; tends to 0 with d because the embeddings are isometric
    double bending; ///< |second quotient|^2
    double change;  ///< bending - |Hess phi(w,w)|^2 at m, where w is the geodesic's unit tangent
};

/** A manifold and its embedding phi. The representation of tangent vectors depends on the
 * manifold. */
struct lb_analytic {
    const char *name;  ///< name of the dataset
    const char *alias; ///< another dataset with the same embedding, or NULL
    int dimension;     ///< m
    int point_size;
    int channels; ///< D
    double injectivity_radius;
    double volume;        ///< of the manifold
    double limit_bending; ///< for epsilon -> 0; the distortion tends to 0
    double epsilon;       ///< initial radius for a convergence study
    bool bounded;         ///< the manifold has a boundary, and pairs may leave it
    /**
     * For quadrature: E_epsilon is the mean over this many points, evenly spaced in the only
     * coordinate it depends on. 1: homogeneous; 0: not available.
     */
    int quadrature_points;
    int quadrature_directions; ///< the same for the angle of the direction; 1: isotropic

    /** Draws a point from the volume measure. */
    void (*draw)(struct lb_random *random, double *x);
    /** Point i of n for quadrature. */
    void (*place)(int i, int n, double *x);
    /** The unit tangent vector v at x with coordinates u (m) in an orthonormal frame. */
    void (*tangent)(const double *x, const double *u, double *v);
    /** The radius in [low, high] below which the given fraction of the shell's volume lies. */
    double (*radius)(double share, double low, double high);
    /** Volume of the sphere of radius r, up to a constant factor. */
    double (*density)(double r);
    /** Whether exp_x(d v) lies in a bounded manifold; NULL: always. */
    bool (*stays)(const double *x, const double *v, double d);
    /** The distance d of two points, and the unit v with y = exp_x(d v) (arbitrary for d = 0). */
    double (*logarithm)(const double *x, const double *y, double *v);
    /** phi(x) (D) */
    void (*embed)(const double *x, double *phi);
    /** y = exp_x(t v), and the geodesic's unit tangent w there. */
    void (*advance)(const double *x, const double *v, double t, double *y, double *w);
    void (*quotients)(const double *x, const double *v, double d, struct lb_quotients *out);
};

#endif
