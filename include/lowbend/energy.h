/* The exact minimum of the limit energy E_0, where known. */
#ifndef LOWBEND_ENERGY_H
#define LOWBEND_ENERGY_H

#include <stdbool.h>

#include <lowbend/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Minimum of gamma_c(sqrt T) + lambda h T over T >= 0. */
struct lb_minimum {
    double energy; ///< E*
    /** Sqrt(T*): the minimiser is an isometric embedding scaled by this; 0 if collapsed. */
    double scale;
    bool collapsed; ///< the minimiser is constant: lambda is too large for this c
};

/** gamma_c(s) = (s^2 - 1)^2 / (s^2 + c^2), as a function of s^2; infinite at 0 if c = 0. */
LB_API double lb_gamma(double s_squared, double c);

/**
 * q = sqrt(1 + lambda h), T* = (1 + c^2) / q - c^2, E* = 2 (1 + c^2) q - c^2 q^2 - 2 - c^2. If T*
 * would be negative, the minimiser is constant and E* = 1 / c^2 (method.md, section 3).
 *
 * @param h lb_dataset_info.h; NAN gives NAN
 */
LB_API struct lb_minimum lb_energy_minimum(double h, double lambda, double c);

#ifdef __cplusplus
}
#endif

#endif
