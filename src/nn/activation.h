/* Activation functions: one row each, with everything needed of an activation. */
#ifndef LB_NN_ACTIVATION_H
#define LB_NN_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

#include <lowbend/options.h>

#include "gemm/gemm.h"
#include "io/onnx.h"

/** How the weights of a layer with this activation are initialised; `in` and `out` are its fans. */
enum lb_gain {
    LB_GAIN_HE,     ///< normal, variance 2 / in
    LB_GAIN_XAVIER, ///< uniform in +-sqrt(6 / (in + out))
};

struct lb_activation_row {
    const char *name; ///< name in settings and files
    enum lb_gain gain;
    const struct lb_elementwise *function; ///< f and f', in OpenCL C and in double precision
    const char *onnx;                      ///< ONNX operator
    bool onnx_gates;                       ///< f(z) = z operator(z), else f(z) = operator(z)
    /** The z with f(z) = y, or close enough if y is never reached. NULL: not for output layers. */
    double (*inverse)(double y);
};

/** Number of activations; enum lb_activation counts them from 0. */
size_t lb_activation_count(void);
/** Names by number, terminated by NULL, and the same as "|name|name". */
extern const char *const lb_activation_names[];
extern const char lb_activation_bars[];
/** `activation` must be valid. */
const struct lb_activation_row *lb_activation_row(enum lb_activation activation);

/** Adds nodes for out = f(in). */
void lb_activation_add_onnx(enum lb_activation activation, struct lb_onnx *onnx, const char *in,
                            const char *out);

#endif
