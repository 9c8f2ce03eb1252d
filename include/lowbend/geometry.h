/*
 * Riemannian calculus on the latent manifold Z = phi(M) in R^l: geodesics, exponential, logarithm,
 * parallel transport, means (docs/geometry.md). Z is given by a projection Pi: R^l -> R^l.
 *
 * Z is the set where Pi(z) - z has no component normal to Z. Its tangent space at z is spanned by
 * the m leading left singular vectors of D Pi(z), where m is the manifold's dimension. Lengths are
 * Euclidean in R^l, in latent units, unless lb_geometry_set_metric() selects another metric. A
 * curve of K segments is K + 1 codes (K+1, l), including both ends:
 *
 *     length = sum over k of |z_k - z_{k-1}|,    energy = K sum over k of |z_k - z_{k-1}|^2.
 *
 * The error of lengths is O(1/K^2). The method follows M. Rumpf and B. Wirth, "Variational time
 * discretization of geodesic calculus", IMA J. Numer. Anal. 35 (2015), for manifolds known only
 * through Pi.
 *
 * The caller owns all arrays. They are float64 and row-major. A tangent vector is a vector of R^l.
 */
#ifndef LOWBEND_GEOMETRY_H
#define LOWBEND_GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lowbend/context.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_geometry;

/** A projection onto Z, defined near it. */
struct lb_projection {
    /**
     * Writes projected (n, l) = Pi of n codes (n, l), for any n. A status other than LB_OK ends the
     * calling function, which returns it.
     */
    enum lb_status (*project)(void *user, const double *codes, size_t n, double *projected);
    void *user;
    size_t latent;    ///< l, at least 1
    size_t dimension; ///< m, 1 to l
    double step;      ///< step of the central differences for D Pi, in latent units; 0: 1e-5
    double noise;     ///< rounding error of Pi's output, in latent units; 0: 1e-13
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[6];
};

/**
 * Creates the geometry defined by a projection.
 *
 * @param ctx        must outlive the geometry
 * @param projection copied; `user` must outlive the geometry
 * @param out        free it with lb_geometry_destroy()
 *
 * @return LB_OK, LB_ERR_ARGUMENT (sizes or steps out of range), LB_ERR_MEMORY
 */
LB_API enum lb_status lb_geometry_create(struct lb_geometry **out, struct lb_context *ctx,
                                         const struct lb_projection *projection);
LB_API void lb_geometry_destroy(struct lb_geometry **geometry);

/** A metric on Z: the pullback of the Euclidean metric of R^s by a map F: R^l -> R^s, such as a
 * decoder. */
struct lb_metric {
    /** Writes points (n, s) = F of n codes (n, l); otherwise like lb_projection's `project`. */
    enum lb_status (*map)(void *user, const double *codes, size_t n, double *points);
    void *user;
    size_t size;  ///< s, at least 1
    double step;  ///< step of the central differences for D F, in latent units; 0: that of Pi
    double noise; ///< rounding error of F's output, in its units; 0: 1e-13
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[6];
};

/**
 * Selects the metric of lb_geometry_geodesic() and lb_geometry_measure(): lengths and energies
 * become those of F(z_0) ... F(z_K). The other functions support only the Euclidean metric and
 * return LB_ERR_UNSUPPORTED with any other.
 *
 * @param metric copied; `user` must outlive the geometry. NULL: the Euclidean metric
 *
 * @return LB_OK, LB_ERR_ARGUMENT (size or steps out of range)
 */
LB_API enum lb_status lb_geometry_set_metric(struct lb_geometry *geometry,
                                             const struct lb_metric *metric);

/** The latent dimension l and the manifold's dimension m. */
LB_API size_t lb_geometry_latent(const struct lb_geometry *geometry);
LB_API size_t lb_geometry_dimension(const struct lb_geometry *geometry);

/*
 * All functions below return LB_OK; LB_ERR_ARGUMENT (0 segments, or what their comment says);
 * LB_ERR_NUMERIC (a code or its projection is not finite); LB_ERR_MEMORY; or the status of Pi.
 */

/** Writes projected (n, l) = Pi of n codes (n, l). */
LB_API enum lb_status lb_geometry_project(struct lb_geometry *geometry, const double *codes,
                                          size_t n, double *projected);

/** Writes orthonormal bases (n, m, l) of the tangent spaces at n codes (n, l). Their orientation is
 * arbitrary. */
LB_API enum lb_status lb_geometry_tangent(struct lb_geometry *geometry, const double *codes,
                                          size_t n, double *basis);

/** Properties of a curve. */
struct lb_curve_info {
    double length;   ///< in latent units, or those of the metric
    double energy;   ///< length^2 if all segments are equally long; in squared units
    double residual; ///< mean |Pi(z) - z| over the inner codes; 0 if there are none
    int iterations;  ///< descent iterations on all levels; 0 for curves not found by descent
    bool converged;  ///< true if the energy stopped decreasing
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[4];
};

/** Measures any curve (segments+1, l). */
LB_API enum lb_status lb_geometry_measure(struct lb_geometry *geometry, const double *curve,
                                          size_t segments, struct lb_curve_info *info);

/**
 * The geodesic between two codes: a curve on Z of minimal energy with fixed ends. The descent goes
 * from coarse curves to fine ones, starting from the projected straight line or from a walk on Z
 * towards the other end, whichever gives the lower energy. The result is the shortest geodesic
 * unless Z has a shorter way around.
 *
 * @param from, to  (l), near Z
 * @param curve     (segments+1, l)
 * @param info      may be NULL
 */
LB_API enum lb_status lb_geometry_geodesic(struct lb_geometry *geometry, const double *from,
                                           const double *to, size_t segments, double *curve,
                                           struct lb_curve_info *info);

/**
 * The exponential map as a curve: starts at a code with the given velocity and runs for time 1,
 * with every second difference normal to Z. With the same number of segments,
 * lb_geometry_logarithm() is its exact inverse.
 *
 * @param from      (l), near Z
 * @param velocity  (l); only the tangential part counts; its norm is the curve's length up to
 *                  O(1/K^2)
 * @param curve     (segments+1, l)
 */
LB_API enum lb_status lb_geometry_exponential(struct lb_geometry *geometry, const double *from,
                                              const double *velocity, size_t segments,
                                              double *curve);

/** The velocity (l) at `from` with which lb_geometry_exponential() reaches `to` along the curve of
 * lb_geometry_geodesic(). */
LB_API enum lb_status lb_geometry_logarithm(struct lb_geometry *geometry, const double *from,
                                            const double *to, size_t segments, double *velocity);

/** Parallel transport schemes. Both preserve the vector's length and have error O(1/K^2). */
enum lb_transport {
    /** Rotates each tangent space to the next by the rotation closest to the orthogonal projection,
     * which also preserves angles between vectors. */
    LB_TRANSPORT_PROJECTION,
    /** Builds one geodesic parallelogram per segment, around the segment's midpoint (M. Lorenzi and
     * X. Pennec, "Efficient parallel transport of deformations in time series of images", J. Math.
     * Imaging Vis. 50 (2014)). */
    LB_TRANSPORT_POLE_LADDER,
};

/**
 * Transports a vector in parallel from the first code of a curve to its last.
 *
 * @param curve        (segments+1, l), on Z
 * @param vector       (l); only the tangential part counts
 * @param transported  (l), may be `vector`
 */
LB_API enum lb_status lb_geometry_transport(struct lb_geometry *geometry, const double *curve,
                                            size_t segments, enum lb_transport how,
                                            const double *vector, double *transported);

/** Properties of a mean. */
struct lb_mean_info {
    double variance; ///< weighted sum of squared distances, with weights normalised to sum 1
    double gradient; ///< |weighted sum of logarithms| at the mean, in latent units
    int iterations;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[4];
};

/**
 * The Fréchet mean of codes: the code on Z that minimises the weighted sum of squared distances,
 * found by descent along logarithms. It is unique only if the codes lie close together; otherwise
 * the result is one of several local minima.
 *
 * @param codes    (n, l), near Z
 * @param weights  (n), not negative and not all 0; NULL: all equal
 * @param mean     (l)
 * @param info     may be NULL
 */
LB_API enum lb_status lb_geometry_mean(struct lb_geometry *geometry, const double *codes,
                                       const double *weights, size_t n, size_t segments,
                                       double *mean, struct lb_mean_info *info);

/**
 * Principal geodesics: the directions at a mean along which the codes vary most, that is the
 * eigenvectors of the weighted second moments of their logarithms with the largest eigenvalues (P.
 * T. Fletcher et al., "Principal geodesic analysis for the study of nonlinear statistics of shape",
 * IEEE Trans. Med. Imaging 23 (2004)). lb_geometry_exponential() follows the geodesic of a
 * direction.
 *
 * @param codes      (n, l), near Z
 * @param weights    (n), as for the mean; NULL: all equal
 * @param mean       (l), from lb_geometry_mean()
 * @param directions (m, l), orthonormal, tangent to Z, by decreasing variance
 * @param variances  (m); their sum is lb_mean_info.variance
 */
LB_API enum lb_status lb_geometry_principal(struct lb_geometry *geometry, const double *codes,
                                            const double *weights, size_t n, const double *mean,
                                            size_t segments, double *directions, double *variances);

#ifdef __cplusplus
}
#endif

#endif
