/*
 * Curves t -> constant + sum_j cos(w_j t) P_j + sin(w_j t) Q_j: images of geodesics in most of the
 * analytic embeddings.
 */
#ifndef LB_GEOMETRY_HARMONIC_H
#define LB_GEOMETRY_HARMONIC_H

#include "geometry/analytic_embedding.h"

#define LB_MAX_HARMONICS 6

struct lb_harmonic {
    double frequency; ///< w
    double cosine[LB_ANALYTIC_MAX_CHANNELS];
    double sine[LB_ANALYTIC_MAX_CHANNELS];
};

/** Starts as {0}. */
struct lb_harmonics {
    int count;
    struct lb_harmonic terms[LB_MAX_HARMONICS];
};

/** Adds a term, zero except for its frequency. */
struct lb_harmonic *lb_harmonics_add(struct lb_harmonics *curve, double frequency);

/** Quotients between t = 0 and t = d of a unit-speed curve. */
void lb_harmonics_quotients(const struct lb_harmonics *curve, int channels, double d,
                            struct lb_quotients *out);

/** Radius in a flat ball of dimension m, with density r^(m-1). */
double lb_flat_radius(double share, double low, double high, int dimension);

#endif
