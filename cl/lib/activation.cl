/*
 * Activation functions by number, as in enum lb_activation: value y = f(z) and slope s = f'(z).
 *
 *     #define ACTIVATION n    before this file: 0 linear, 1 elu, 2 relu, 3 tanh, 4 softplus,
 *                             5 silu, 6 sigmoid
 *
 * DEFINE_ACTIVATION(name, T, I) makes `T name_value(T z)`, `T name_slope(T z)` and
 * `T name_both(T z, T *slope)` for T = float or a float vector; the float ones, activation_value(),
 * activation_slope() and activation_both(), are made here. Where the slope is an exact function of
 * y, SLOPE_OF_VALUE(T, y) is defined too: the same number as s.
 *
 * Absolute errors stay at float rounding, because the loss divides second differences of network
 * outputs by d^2: hence no exp(z) - 1 near 0 in elu, and log1p in softplus. No overflow for large
 * |z|; NaN goes in and comes out; relu has slope 0 at 0.
 */
#if ACTIVATION == 0
#define SLOPE_OF_VALUE(T, y) (T)(1.0f)
#define ACTIVATE(T, I, z, y, s)                                                                    \
    y = z;                                                                                         \
    s = SLOPE_OF_VALUE(T, y)
#elif ACTIVATION == 1
/*
 * exp(z) - 1 = 2^n (exp(r) - 1) + (2^n - 1) with z = n ln 2 + r, |r| <= ln 2 / 2: nothing cancels.
 * exp(r) - 1 = r + r^2 P(r), P fitted for the least relative error. Adding 1.5 * 2^23 + 127 rounds
 * to n + 127, the exponent of 2^n, which then stands in the lowest bits. At most 1.1 ulp, emulated
 * in numpy's float32 on 8 million numbers.
 */
#define SLOPE_OF_VALUE(T, y) (y > 0.0f ? (T)(1.0f) : y + 1.0f)
#define ACTIVATE(T, I, z, y, s)                                                                    \
    const T low = z < -87.0f ? (T)(-87.0f) : z;                                                    \
    const T rounded = low * 1.44269504f + 12583039.0f;                                             \
    const T r = low - (rounded - 12583039.0f) * 0.693147182f;                                      \
    const T p = 0.166665435f + r * (0.0416672006f + r * (0.00836658012f + r * 0.00138825097f));    \
    const T q = r + r * r * (0.49999997f + r * p);                                                 \
    const T power = as_##T(as_##I(rounded) << 23);                                                 \
    y = as_##I(z) < 0 ? q * power + (power - 1.0f) : z; /* by the sign */                          \
    s = SLOPE_OF_VALUE(T, y)
#elif ACTIVATION == 2
#define SLOPE_OF_VALUE(T, y) (y > 0.0f ? (T)(1.0f) : (T)(0.0f))
#define ACTIVATE(T, I, z, y, s)                                                                    \
    y = z < 0.0f ? (T)(0.0f) : z;                                                                  \
    s = SLOPE_OF_VALUE(T, y)
#elif ACTIVATION == 3
#define SLOPE_OF_VALUE(T, y) (1.0f - y * y)
#define ACTIVATE(T, I, z, y, s)                                                                    \
    y = tanh(z);                                                                                   \
    s = SLOPE_OF_VALUE(T, y)
#elif ACTIVATION >= 4 && ACTIVATION <= 6
/* The sigmoid p of |z| and 1 - p, neither by cancellation; e <= 1 cannot overflow. */
#define ACTIVATE(T, I, z, y, s)                                                                    \
    const T e = exp(-fabs(z));                                                                     \
    const T p = 1.0f / (1.0f + e);                                                                 \
    const T q = e * p;                                                                             \
    SIGMOID_LIKE(z, y, s, e, (z > 0.0f ? p : q), (z > 0.0f ? q : p))
#if ACTIVATION == 4
#define SIGMOID_LIKE(z, y, s, e, sigmoid, rest)                                                    \
    y = fmax(z, 0.0f) + log1p(e);                                                                  \
    s = sigmoid
#elif ACTIVATION == 5
#define SIGMOID_LIKE(z, y, s, e, sigmoid, rest)                                                    \
    y = z * sigmoid;                                                                               \
    s = sigmoid + y * rest
#else
#define SIGMOID_LIKE(z, y, s, e, sigmoid, rest)                                                    \
    y = sigmoid;                                                                                   \
    s = p * q
#endif
#else
#error "ACTIVATION must be a number from 0 to 6 (enum lb_activation)"
#endif

#define DEFINE_ACTIVATION(name, T, I)                                                              \
    T name##_both(const T z, T *slope)                                                             \
    {                                                                                              \
        T y;                                                                                       \
        T s;                                                                                       \
        ACTIVATE(T, I, z, y, s);                                                                   \
        *slope = s;                                                                                \
        return y;                                                                                  \
    }                                                                                              \
    T name##_value(const T z)                                                                      \
    {                                                                                              \
        T slope;                                                                                   \
        return name##_both(z, &slope);                                                             \
    }                                                                                              \
    T name##_slope(const T z)                                                                      \
    {                                                                                              \
        T slope;                                                                                   \
        name##_both(z, &slope);                                                                    \
        return slope;                                                                              \
    }

DEFINE_ACTIVATION(activation, float, int)
