/*
 * Table of activations. A new one needs a value of enum lb_activation, a row of ACTIVATIONS and
 * what the row names; nothing else changes. Omissions do not compile: a missing field, because
 * ROW() takes all of them; a missing row, because the switch of lb_activation_row() has no case for
 * the value; a row in the wrong place, because of the assertions.
 */
#include "nn/activation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the functions --------------------------------------------------------------------------- */

/*
 * NAME_function from OpenCL C and NAME_value(). `head` defines SLOPE_OF_VALUE or is empty; `body`
 * stores the slope and returns the value.
 *
 * Absolute errors must stay at float rounding, because the loss divides second differences of
 * network outputs by d^2. Hence elu avoids exp(z) - 1 near 0, and softplus uses log1p. No overflow
 * for large |z|; NaN propagates; relu has slope 0 at 0.
 */
#define FUNCTION(name, head, body)                                                                 \
    static const struct lb_elementwise name##_function = {                                         \
        #name,                                                                                     \
        head "FLOATW elementwise(const FLOATW z, FLOATW *slope)\n"                                 \
             "{\n" body "}\n",                                                                     \
        name##_value,                                                                              \
    };

static double elu_value(double z, double *slope)
{
    *slope = z > 0.0 ? 1.0 : exp(z);
    return z > 0.0 ? z : expm1(z);
}

/*
 * exp(z) - 1 = 2^n (exp(r) - 1) + (2^n - 1) with z = n ln 2 + r, |r| <= ln 2 / 2, without
 * cancellation. exp(r) - 1 = r + r^2 P(r), with P fitted for minimal relative error. Adding 1.5 *
 * 2^23 + 127 rounds to n + 127, the exponent of 2^n, in the lowest bits. At most 1.1 ulp, emulated
 * in numpy's float32 on 8 million numbers.
 */
FUNCTION(elu, "#define SLOPE_OF_VALUE(y) (y > 0.0f ? (FLOATW)(1.0f) : y + 1.0f)\n",
         "    const FLOATW low = z < -87.0f ? (FLOATW)(-87.0f) : z;\n"
         "    const FLOATW rounded = low * 1.44269504f + 12583039.0f;\n"
         "    const FLOATW r = low - (rounded - 12583039.0f) * 0.693147182f;\n"
         "    const FLOATW p = 0.166665435f +\n"
         "        r * (0.0416672006f + r * (0.00836658012f + r * 0.00138825097f));\n"
         "    const FLOATW q = r + r * r * (0.49999997f + r * p);\n"
         "    const FLOATW power = AS_FLOATW(AS_INTW(rounded) << 23);\n"
         "    const FLOATW y = AS_INTW(z) < 0 ? q * power + (power - 1.0f) : z; /* by the sign */\n"
         "    *slope = SLOPE_OF_VALUE(y);\n"
         "    return y;\n")

static double relu_value(double z, double *slope)
{
    *slope = z > 0.0 ? 1.0 : 0.0;
    return z > 0.0 ? z : 0.0;
}

FUNCTION(relu, "#define SLOPE_OF_VALUE(y) (y > 0.0f ? (FLOATW)(1.0f) : (FLOATW)(0.0f))\n",
         "    const FLOATW y = z < 0.0f ? (FLOATW)(0.0f) : z;\n"
         "    *slope = SLOPE_OF_VALUE(y);\n"
         "    return y;\n")

static double tanh_value(double z, double *slope)
{
    const double y = tanh(z);
    *slope = 1.0 - y * y;
    return y;
}

FUNCTION(tanh, "#define SLOPE_OF_VALUE(y) (1.0f - y * y)\n",
         "    const FLOATW y = tanh(z);\n"
         "    *slope = SLOPE_OF_VALUE(y);\n"
         "    return y;\n")

/* The sigmoid p of |z| and q = 1 - p, both without cancellation; e = exp(-|z|) as in elu, with ln 2
 * in two parts, the first of which gives an exact product with n. The inverse of d in [1,2] starts
 * from a parabola with relative error 1 % (Chebyshev), followed by two Newton steps, each of which
 * squares the error: at most 0.7 ulp, or 1.2 without fused multiply-adds (emulated), and faster
 * than a vector division. */
#define SIGMOID                                                                                    \
    "    const FLOATW low = fabs(z) > 87.0f ? (FLOATW)(-87.0f) : -fabs(z);\n"                      \
    "    const FLOATW rounded = low * 1.44269504f + 12583039.0f;\n"                                \
    "    const FLOATW n = rounded - 12583039.0f;\n"                                                \
    "    const FLOATW r = (low - n * 0.693359375f) + n * 2.12194440e-4f;\n"                        \
    "    const FLOATW t = 0.166665435f +\n"                                                        \
    "        r * (0.0416672006f + r * (0.00836658012f + r * 0.00138825097f));\n"                   \
    "    const FLOATW power = AS_FLOATW(AS_INTW(rounded) << 23);\n"                                \
    "    const FLOATW e = (r + r * r * (0.49999997f + r * t)) * power + power;\n"                  \
    "    const FLOATW d = 1.0f + e;\n"                                                             \
    "    FLOATW p = (0.323232323f * d - 1.45454545f) * d + 2.12121212f;\n"                         \
    "    p += p * (1.0f - d * p);\n"                                                               \
    "    p += p * (1.0f - d * p);\n"                                                               \
    "    const FLOATW q = e * p;\n"

static double sigmoid_value(double z, double *slope)
{
    const double y = 0.5 * (1.0 + tanh(0.5 * z));
    *slope = y * (1.0 - y);
    return y;
}

FUNCTION(sigmoid, "",
         SIGMOID "    *slope = p * q;\n"
                 "    return z > 0.0f ? p : q;\n")

static double softplus_value(double z, double *slope)
{
    double curvature;
    *slope = sigmoid_value(z, &curvature);
    return fmax(z, 0.0) + log1p(exp(-fabs(z)));
}

FUNCTION(softplus, "",
         SIGMOID "    *slope = z > 0.0f ? p : q;\n"
                 "    return fmax(z, 0.0f) + log1p(e);\n")

static double silu_value(double z, double *slope)
{
    double curvature;
    const double sigmoid = sigmoid_value(z, &curvature);
    *slope = sigmoid * (1.0 + z * (1.0 - sigmoid));
    return z * sigmoid;
}

FUNCTION(silu, "",
         SIGMOID "    const FLOATW sigmoid = z > 0.0f ? p : q;\n"
                 "    const FLOATW y = z * sigmoid;\n"
                 "    *slope = sigmoid + y * (z > 0.0f ? q : p);\n"
                 "    return y;\n")

/* ---- pre-activations of a wanted output ------------------------------------------------------ */

static double linear_inverse(double y)
{
    return y;
}

static double sigmoid_inverse(double y)
{
    const double inside = fmin(fmax(y, 1e-3), 1.0 - 1e-3); // 0 and 1 are never reached
    return log(inside / (1.0 - inside));
}

/* ---- the table ------------------------------------------------------------------------------- */

#define linear_function lb_elementwise_identity

/* Value, name, gain, ONNX operator, whether that is multiplied by z, inverse. */
#define ACTIVATIONS(ROW)                                                                           \
    ROW(LB_LINEAR, linear, XAVIER, "Identity", false, linear_inverse)                              \
    ROW(LB_ELU, elu, HE, "Elu", false, NULL)                                                       \
    ROW(LB_RELU, relu, HE, "Relu", false, NULL)                                                    \
    ROW(LB_TANH, tanh, XAVIER, "Tanh", false, NULL)                                                \
    ROW(LB_SOFTPLUS, softplus, HE, "Softplus", false, NULL)                                        \
    ROW(LB_SILU, silu, HE, "Sigmoid", true, NULL)                                                  \
    ROW(LB_SIGMOID, sigmoid, XAVIER, "Sigmoid", false, sigmoid_inverse)

#define MAKE_ROW(value, name, gain, onnx, gates, inverse)                                          \
    {#name, LB_GAIN_##gain, &name##_function, onnx, gates, inverse},
static const struct lb_activation_row rows[] = {ACTIVATIONS(MAKE_ROW)};

#define PLACE(value, name, gain, onnx, gates, inverse) PLACE_##value,
enum { ACTIVATIONS(PLACE) };
#define CHECK(value, name, gain, onnx, gates, inverse)                                             \
    _Static_assert(PLACE_##value == (int)(value), "rows stand in the order of the values");
ACTIVATIONS(CHECK)

#define NAME(value, name, gain, onnx, gates, inverse) #name,
const char *const lb_activation_names[] = {ACTIVATIONS(NAME) NULL};
#define BAR(value, name, gain, onnx, gates, inverse) "|" #name
const char lb_activation_bars[] = ACTIVATIONS(BAR);

size_t lb_activation_count(void)
{
    return LB_COUNT(rows);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wswitch"
const struct lb_activation_row *lb_activation_row(enum lb_activation activation)
{
#define CASE(value, name, gain, onnx, gates, inverse)                                              \
    case value:                                                                                    \
        return &rows[PLACE_##value];
    switch (activation) {
        ACTIVATIONS(CASE)
    }
    return NULL;
}
#pragma GCC diagnostic pop

const char *lb_activation_name(enum lb_activation activation)
{
    return (size_t)activation < LB_COUNT(rows) ? rows[activation].name : "unknown";
}

enum lb_status lb_activation_parse(enum lb_activation *out, const char *name)
{
    for (size_t i = 0; i < LB_COUNT(rows); i++) {
        if (name != NULL && strcmp(name, rows[i].name) == 0) {
            *out = (enum lb_activation)i;
            return LB_OK;
        }
    }
    return LB_ERR_ARGUMENT;
}

void lb_activation_add_onnx(enum lb_activation activation, struct lb_onnx *onnx, const char *in,
                            const char *out)
{
    const struct lb_activation_row *row = lb_activation_row(activation);
    if (!row->onnx_gates) {
        lb_onnx_add_node(onnx, row->onnx, &in, 1, out);
        return;
    }
    char gate[48];
    snprintf(gate, sizeof gate, "%.40s.gate", in);
    lb_onnx_add_node(onnx, row->onnx, &in, 1, gate);
    lb_onnx_add_node(onnx, "Mul", (const char *const[]){in, gate}, 2, out);
}
