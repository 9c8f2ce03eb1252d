/* A network in double, on the parameter block of an lb_network. */
#ifndef LB_TESTS_MLP_REFERENCE_H
#define LB_TESTS_MLP_REFERENCE_H

#include "nn/network.h"
#include "support.h"

/** A network with all parameters 0; lb_network_destroy() it. */
struct lb_network *mlp_create(const struct device_fixture *fixture, struct lb_gemm *gemm,
                              const struct lb_mlp *mlp);

/** act(z); *slope receives act'(z). */
double mlp_activation(enum lb_activation kind, double z, double *slope);

/** out (rows, outputs) from in (rows, inputs); parameters is a block. */
void mlp_forward(const struct lb_network *network, const double *parameters, const double *in,
                 size_t rows, double *out);

#endif
