/* The loss E_epsilon and its gradient in double, with bounds for what float32 may differ by. */
#ifndef LB_TESTS_LOSS_REFERENCE_H
#define LB_TESTS_LOSS_REFERENCE_H

#include <stddef.h>

struct loss_problem {
    size_t n;
    size_t l;
    double lambda;
    double c;
    const double *z; ///< (3 n, l): all x, then all y, then all averages
    const double *d; ///< (n)
};

struct loss_mean {
    double value;
    double bound; ///< error bound of a float32 evaluation
};

struct loss_result {
    struct loss_mean distortion;
    struct loss_mean bending;
    struct loss_mean distortion_squared;
    struct loss_mean bending_squared;
    double *gradient; ///< (3 n, l); loss_free()
    double *bound;    ///< (3 n, l)
};

void loss_reference(const struct loss_problem *problem, struct loss_result *result);
void loss_free(struct loss_result *result);

#endif
