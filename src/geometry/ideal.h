/* The chords of the embeddings that attain E* (method.md, section 3). */
#ifndef LB_GEOMETRY_IDEAL_H
#define LB_GEOMETRY_IDEAL_H

#include <stdbool.h>

#include <lowbend/dataset.h>

/** |f(x) - f(y)| of all x, y at one distance lies between. */
struct lb_ideal_chord {
    double low;
    double high;  ///< equal to low where the chord depends on the distance alone
    bool optimal; ///< false: flatter embeddings than this one do better
};

/**
 * The chord at distance d of the isometric embedding that is optimal up to its scale, for a cap of
 * the sphere of the round one; false where it is not known or no simple function of d.
 *
 * Sphere, its caps and SO(3): 2 sin(d/2); RP^2: sin d; box: d. Flat torus of equal sides L, radius
 * R = L / (2 pi): for steps a, b round its circles chord^2 = 4 R^2 (sin^2(a/2R) + sin^2(b/2R)) with
 * a^2 + b^2 = d^2, which is concave in a^2 and so least with one step as long as it can be and
 * largest with equal ones.
 */
bool lb_ideal_chord(const struct lb_dataset_info *info, double d, struct lb_ideal_chord *chord);

#endif
