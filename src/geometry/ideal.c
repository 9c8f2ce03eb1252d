#include "geometry/ideal.h"

#include <math.h>
#include <string.h>

#define PI      3.141592653589793
#define TORUS_H 0.75 /* h of the torus with sides 2 pi; proportional to 1 / side^2 */

static bool is(const struct lb_dataset_info *info, const char *manifold)
{
    return strcmp(info->manifold, manifold) == 0;
}

/* Chord for steps a, b along circles of length 2 pi. */
static double torus_chord(double a, double b)
{
    return 2.0 * hypot(sin(0.5 * a), sin(0.5 * b));
}

bool lb_ideal_chord(const struct lb_dataset_info *info, double d, struct lb_ideal_chord *chord)
{
    chord->optimal = !is(info, "hemisphere");
    if (is(info, "sphere") || is(info, "hemisphere") || is(info, "so3")) {
        chord->low = 2.0 * sin(0.5 * fmin(d, PI));
    } else if (is(info, "rp2")) {
        chord->low = sin(fmin(d, 0.5 * PI));
    } else if (is(info, "box")) {
        chord->low = d;
    } else if (is(info, "torus") && info->h > 0.0) {
        const double radius = sqrt(TORUS_H / info->h);
        const double angle = fmin(d / radius, sqrt(2.0) * PI);
        const double longest = fmin(angle, PI);
        const double rest = sqrt(fmax(angle * angle - longest * longest, 0.0));
        const double equal = angle * sqrt(0.5);
        chord->low = radius * torus_chord(longest, rest);
        chord->high = radius * torus_chord(equal, equal);
        return true;
    } else {
        return false;
    }
    chord->high = chord->low;
    return true;
}
