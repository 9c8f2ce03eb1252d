/* Tangent vectors of a dataset's manifold, by the kernels of tests/kernels/tangent_test.cl. */
#ifndef LB_TESTS_TANGENT_SUPPORT_H
#define LB_TESTS_TANGENT_SUPPORT_H

#include "geometry/dataset.h"
#include "support.h"

/** The frames (n, m, tangent_size) of x (n, p); free() the result. */
float *frames_of(const struct device_fixture *fixture, const struct lb_dataset *dataset,
                 const float *x, size_t tangent_size, size_t n);

/** y (n, p) = exp_x(tangents) for x (n, p) and tangents (n, tangent_size). */
void exponentials_of(const struct device_fixture *fixture, const struct lb_dataset *dataset,
                     const float *x, const float *tangents, size_t tangent_size, size_t n,
                     float *y);

#endif
