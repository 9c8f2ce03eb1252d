/* Activation functions by name; cl/lib/activation.cl computes them. */
#include <string.h>

#include "gemm/gemm.h"

static const char *const names[] = {
    [LB_LINEAR] = "linear",     [LB_ELU] = "elu",   [LB_RELU] = "relu",       [LB_TANH] = "tanh",
    [LB_SOFTPLUS] = "softplus", [LB_SILU] = "silu", [LB_SIGMOID] = "sigmoid",
};

const char *lb_activation_name(enum lb_activation activation)
{
    return (size_t)activation < LB_COUNT(names) ? names[activation] : "unknown";
}

enum lb_status lb_activation_parse(enum lb_activation *out, const char *name)
{
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        if (name && strcmp(name, names[i]) == 0) {
            *out = (enum lb_activation)i;
            return LB_OK;
        }
    }
    return LB_ERR_ARGUMENT;
}
