/* Enumerated options: activation, GEMM back end. */
#ifndef LOWBEND_OPTIONS_H
#define LOWBEND_OPTIONS_H

#include <stdbool.h>

#include <lowbend/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Activation functions. */
enum lb_activation {
    LB_LINEAR,
    LB_ELU, ///< alpha = 1
    LB_RELU,
    LB_TANH,
    LB_SOFTPLUS,
    LB_SILU,
    LB_SIGMOID,
};

/** "linear", "elu", "relu", "tanh", "softplus", "silu", "sigmoid". */
LB_API const char *lb_activation_name(enum lb_activation activation);
/** LB_ERR_ARGUMENT, without a message, for an unknown name. */
LB_API enum lb_status lb_activation_parse(enum lb_activation *out, const char *name);

/** Matrix multiplication back ends. */
enum lb_gemm_kind {
    LB_GEMM_AUTO,    ///< panel on CPU devices, the faster back end elsewhere
    LB_GEMM_CLBLAST, ///< the CLBlast library, if this build includes it
    LB_GEMM_PANEL,   ///< lowbend's kernel over packed panels, designed for CPU devices
};

/** False for LB_GEMM_CLBLAST if the library was built without CLBlast. */
LB_API bool lb_gemm_is_built(enum lb_gemm_kind kind);

/** "auto", "clblast", "panel". */
LB_API const char *lb_gemm_kind_name(enum lb_gemm_kind kind);
/** LB_ERR_ARGUMENT, without a message, for an unknown name. */
LB_API enum lb_status lb_gemm_kind_parse(enum lb_gemm_kind *out, const char *name);

#ifdef __cplusplus
}
#endif

#endif
