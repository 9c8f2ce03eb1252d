/* A network in double, on the parameter block of an lb_network. */
#ifndef LB_TESTS_MLP_REFERENCE_H
#define LB_TESTS_MLP_REFERENCE_H

#include "nn/network.h"

/** out (rows, last size) from in (rows, first size); parameters (parameter_count). */
void mlp_forward(const struct lb_network *network, const double *parameters, const double *in,
                 size_t rows, double *out);

#endif
