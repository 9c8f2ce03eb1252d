/*
 * Calculus on the latent manifold Z = phi(M) in R^l, which a projection Pi: R^l -> R^l makes known:
 * geodesics, exponential, logarithm, parallel transport, means (docs/geometry.md).
 *
 * Z is where Pi(z) - z has no part normal to Z; its tangent space at z is spanned by the m leading
 * left singular vectors of D Pi(z), m being the manifold's dimension. Lengths are Euclidean in R^l,
 * in latent units, unless lb_geometry_set_metric() says otherwise. A curve of K segments is K + 1
 * codes (K+1, l), its first and last ones included:
 *
 *     length = sum over k of |z_k - z_{k-1}|,    energy = K sum over k of |z_k - z_{k-1}|^2.
 *
 * Lengths err by O(1/K^2). After M. Rumpf and B. Wirth, "Variational time discretization of
 * geodesic calculus", IMA J. Numer. Anal. 35 (2015), on manifolds that are known by Pi alone.
 *
 * All arrays are float64, row-major, and the caller's. Vectors at a code are vectors of R^l.
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
     * projected (n, l) = Pi of n codes (n, l), for any n. All that it returns but LB_OK ends the
     * call that asked for it, and is returned from there.
     */
    enum lb_status (*project)(void *user, const double *codes, size_t n, double *projected);
    void *user;
    size_t latent;    ///< l, at least 1
    size_t dimension; ///< m, 1 to l
    double step;      ///< of central differences that give D Pi, latent units; 0: 1e-5
    double noise;     ///< errors of rounding in what Pi returns, latent units; 0: 1e-13
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[6];
};

/**
 * The geometry that a projection states.
 *
 * @param ctx        must outlive it
 * @param projection copied; `user` must outlive the geometry
 * @param out        free it with lb_geometry_destroy()
 *
 * @return LB_OK, LB_ERR_ARGUMENT (sizes or steps out of their range), LB_ERR_MEMORY
 */
LB_API enum lb_status lb_geometry_create(struct lb_geometry **out, struct lb_context *ctx,
                                         const struct lb_projection *projection);
LB_API void lb_geometry_destroy(struct lb_geometry **geometry);

/** A metric on Z: that of R^s, pulled back by a map F: R^l -> R^s, such as a decoder. */
struct lb_metric {
    /** points (n, s) = F of n codes (n, l), as lb_projection's `project`. */
    enum lb_status (*map)(void *user, const double *codes, size_t n, double *points);
    void *user;
    size_t size;  ///< s, at least 1
    double step;  ///< of central differences that give D F, latent units; 0: that of Pi
    double noise; ///< errors of rounding in what F returns, in its units; 0: 1e-13
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[6];
};

/**
 * Takes another metric for lb_geometry_geodesic() and lb_geometry_measure(): lengths and energies
 * are then those of F(z_0) ... F(z_K). The other functions are of the Euclidean metric alone, and
 * return LB_ERR_UNSUPPORTED under another one.
 *
 * @param metric copied; `user` must outlive the geometry. NULL: the Euclidean one
 *
 * @return LB_OK, LB_ERR_ARGUMENT (size or steps out of their range)
 */
LB_API enum lb_status lb_geometry_set_metric(struct lb_geometry *geometry,
                                             const struct lb_metric *metric);

/** l and m. */
LB_API size_t lb_geometry_latent(const struct lb_geometry *geometry);
LB_API size_t lb_geometry_dimension(const struct lb_geometry *geometry);

/*
 * All functions below return LB_OK; LB_ERR_ARGUMENT (0 segments, or what they say); LB_ERR_NUMERIC
 * (a code or what Pi makes of one is not finite); LB_ERR_MEMORY; or what Pi returned.
 */

/** projected (n, l) = Pi of n codes (n, l). */
LB_API enum lb_status lb_geometry_project(struct lb_geometry *geometry, const double *codes,
                                          size_t n, double *projected);

/** An orthonormal basis (n, m, l) of the tangent spaces at n codes (n, l), of no certain sense. */
LB_API enum lb_status lb_geometry_tangent(struct lb_geometry *geometry, const double *codes,
                                          size_t n, double *basis);

/** What is known of a curve. */
struct lb_curve_info {
    double length;   ///< latent units, or those of the metric
    double energy;   ///< their square; length^2 where all segments are equally long
    double residual; ///< mean |Pi(z) - z| of its inner codes; 0 where there are none
    int iterations;  ///< of the descent on all levels; 0 of curves that no descent made
    bool converged;  ///< the descent ended where the energy falls no further
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[4];
};

/** Measures any curve (segments+1, l). */
LB_API enum lb_status lb_geometry_measure(struct lb_geometry *geometry, const double *curve,
                                          size_t segments, struct lb_curve_info *info);

/**
 * The geodesic between two codes: a curve on Z of least energy with both ends as given, by descent
 * from coarse curves to fine ones, from the projected straight line or from a walk on Z towards the
 * other end, whichever ends lower. It is the shortest one wherever Z has no shorter way round.
 *
 * @param from, to  (l), near Z
 * @param curve     (segments+1, l)
 * @param info      may be NULL
 */
LB_API enum lb_status lb_geometry_geodesic(struct lb_geometry *geometry, const double *from,
                                           const double *to, size_t segments, double *curve,
                                           struct lb_curve_info *info);

/**
 * The curve of the exponential map: starts at a code with a velocity and runs for time 1, each
 * second difference being normal to Z. lb_geometry_logarithm() is its exact inverse at equal
 * numbers of segments.
 *
 * @param from      (l), near Z
 * @param velocity  (l); its tangential part counts, whose norm is the curve's length up to O(1/K^2)
 * @param curve     (segments+1, l)
 */
LB_API enum lb_status lb_geometry_exponential(struct lb_geometry *geometry, const double *from,
                                              const double *velocity, size_t segments,
                                              double *curve);

/** The velocity (l) at `from` with which lb_geometry_exponential() reaches `to` along
 * lb_geometry_geodesic(). */
LB_API enum lb_status lb_geometry_logarithm(struct lb_geometry *geometry, const double *from,
                                            const double *to, size_t segments, double *velocity);

/** How vectors are taken along a curve. Both keep their length and err by O(1/K^2). */
enum lb_transport {
    /** From one tangent space to the next by the rotation that is closest to the orthogonal
     * projection, so that angles between vectors are kept, too. */
    LB_TRANSPORT_PROJECTION,
    /** By a geodesic parallelogram a segment, built round the segment's midpoint (M. Lorenzi and
     * X. Pennec, "Efficient parallel transport of deformations in time series of images",
     * J. Math. Imaging Vis. 50 (2014)). */
    LB_TRANSPORT_POLE_LADDER,
};

/**
 * Parallel transport of a vector from the first code of a curve to its last one.
 *
 * @param curve        (segments+1, l), on Z
 * @param vector       (l); its tangential part counts
 * @param transported  (l), may be `vector`
 */
LB_API enum lb_status lb_geometry_transport(struct lb_geometry *geometry, const double *curve,
                                            size_t segments, enum lb_transport how,
                                            const double *vector, double *transported);

/** What is known of a mean. */
struct lb_mean_info {
    double variance; ///< sum of weights times squared distances, the weights adding up to 1
    double gradient; ///< |sum of weights times logarithms| at the mean, latent units
    int iterations;
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[4];
};

/**
 * The Fréchet mean of codes: the code on Z of least sum of weighted squared distances, by descent
 * along logarithms. There is one only where the codes lie close together; else it is one of several
 * local ones.
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
 * Principal geodesics: the directions at a mean along which codes vary most, those of the largest
 * eigenvalues of the weighted second moments of their logarithms (P. T. Fletcher et al., "Principal
 * geodesic analysis for the study of nonlinear statistics of shape", IEEE Trans. Med. Imaging 23
 * (2004)). lb_geometry_exponential() of a direction is the geodesic.
 *
 * @param codes      (n, l), near Z
 * @param weights    (n), as those of the mean; NULL: all equal
 * @param mean       (l), what lb_geometry_mean() returned
 * @param directions (m, l), orthonormal, tangent to Z, by falling variance
 * @param variances  (m): their sum is that of lb_mean_info
 */
LB_API enum lb_status lb_geometry_principal(struct lb_geometry *geometry, const double *codes,
                                            const double *weights, size_t n, const double *mean,
                                            size_t segments, double *directions, double *variances);

#ifdef __cplusplus
}
#endif

#endif
