#include <math.h>

#include <lowbend/energy.h>

double lb_gamma(double s_squared, double c)
{
    return (s_squared - 1.0) * (s_squared - 1.0) / (s_squared + c * c);
}

struct lb_minimum lb_energy_minimum(double h, double lambda, double c)
{
    const double c2 = c * c;
    const double q = sqrt(1.0 + lambda * h);
    const double t = (1.0 + c2) / q - c2;
    if (t < 0.0) {
        return (struct lb_minimum){.energy = 1.0 / c2, .scale = 0.0, .collapsed = true};
    }
    /* 2(1+c^2)q - c^2 q^2 - 2 - c^2 = (q-1)(2 + c^2 - c^2 q), which does not cancel near q = 1. */
    const double excess = lambda * h / (q + 1.0);
    return (struct lb_minimum){.energy = excess * (2.0 - c2 * excess), .scale = sqrt(t)};
}
