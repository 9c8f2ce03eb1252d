#include "geometry/harmonic.h"

#include <math.h>

struct lb_harmonic *lb_harmonics_add(struct lb_harmonics *curve, double frequency)
{
    struct lb_harmonic *term = &curve->terms[curve->count++];
    *term = (struct lb_harmonic){.frequency = frequency};
    return term;
}

/* sin(x) / x - 1, by its series where the difference would cancel. */
static double sinc_minus_one(double x)
{
    if (fabs(x) > 0.5) {
        return sin(x) / x - 1.0;
    }
    const double z = x * x;
    const double tail = 1.0 - z / 72.0 * (1.0 - z / 110.0 * (1.0 - z / 156.0));
    return -z / 6.0 * (1.0 - z / 20.0 * (1.0 - z / 42.0 * tail));
}

/*
 * With h = d/2 and the curve's derivatives at the midpoint t = h as sums over the terms
 *
 *     first derivative   w (-sin(wh) P + cos(wh) Q),    second   -w^2 (cos(wh) P + sin(wh) Q),
 *
 * the difference quotients are the same sums with each term times sinc(wh) and sinc^2(wh/2). The
 * terms with (factor - 1) are the differences between quotients and derivatives.
 */
void lb_harmonics_quotients(const struct lb_harmonics *curve, int channels, double d,
                            struct lb_quotients *out)
{
    const double h = 0.5 * d;
    double first[LB_ANALYTIC_MAX_CHANNELS] = {0.0};
    double first_change[LB_ANALYTIC_MAX_CHANNELS] = {0.0};
    double second[LB_ANALYTIC_MAX_CHANNELS] = {0.0};
    double second_change[LB_ANALYTIC_MAX_CHANNELS] = {0.0};
    for (int j = 0; j < curve->count; j++) {
        const struct lb_harmonic *term = &curve->terms[j];
        const double w = term->frequency;
        const double cosine = cos(w * h);
        const double sine = sin(w * h);
        const double first_factor = sinc_minus_one(w * h);
        const double root = sinc_minus_one(0.5 * w * h);
        const double second_factor = root * (2.0 + root);
        for (int k = 0; k < channels; k++) {
            const double tangent = w * (cosine * term->sine[k] - sine * term->cosine[k]);
            const double normal = -w * w * (cosine * term->cosine[k] + sine * term->sine[k]);
            first[k] += tangent;
            first_change[k] += first_factor * tangent;
            second[k] += normal;
            second_change[k] += second_factor * normal;
        }
    }
    *out = (struct lb_quotients){0};
    for (int k = 0; k < channels; k++) {
        const double quotient = second[k] + second_change[k];
        out->excess += (2.0 * first[k] + first_change[k]) * first_change[k];
        out->change += (2.0 * second[k] + second_change[k]) * second_change[k];
        out->bending += quotient * quotient;
    }
}

double lb_flat_radius(double share, double low, double high, int dimension)
{
    const double inner = pow(low / high, dimension);
    const double volume = inner + share * (1.0 - inner);
    return fmin(fmax(high * pow(volume, 1.0 / dimension), low), high);
}
