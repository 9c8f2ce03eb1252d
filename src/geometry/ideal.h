/* The chords of the embeddings that attain E* (method.md, section 3). */
#ifndef LB_GEOMETRY_IDEAL_H
#define LB_GEOMETRY_IDEAL_H

#include <stdbool.h>

#include <lowbend/dataset.h>

/** Range of |f(x) - f(y)| over all x, y at one distance. */
struct lb_ideal_chord {
    double low;
    double high;  ///< equal to low if the chord depends only on the distance
    bool optimal; ///< false: flatter embeddings have lower energy
};

/**
 * The chord at distance d of the isometric embedding that is optimal up to scale (for a cap of the
 * sphere, the round one); false if unknown or not a simple function of d.
 *
 * Sphere, its caps and SO(3): 2 sin(d/2); RP^2: sin d; box: d. Flat torus of equal sides L, radius
 * R = L / (2 pi): for steps a, b along its circles chord^2 = 4 R^2 (sin^2(a/2R) + sin^2(b/2R)) with
 * a^2 + b^2 = d^2, which is concave in a^2, hence smallest when one step is as long as possible and
 * largest when they are equal.
 */
bool lb_ideal_chord(const struct lb_dataset_info *info, double d, struct lb_ideal_chord *chord);

#endif
