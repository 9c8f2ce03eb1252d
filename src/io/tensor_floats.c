/* Converts elements of any dtype to float32. */
#include <stdint.h>
#include <string.h>

#include "io/tensor_file.h"

/* binary16: a sign, 5 bits of exponent with a bias of 15, 10 of mantissa. */
static float half_to_float(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    const uint32_t exponent = half >> 10 & 0x1fu;
    const uint32_t mantissa = half & 0x3ffu;
    uint32_t bits;
    float value;
    if (exponent == 0) { // 0 and subnormal numbers
        value = (float)mantissa * 0x1p-24f;
        return sign != 0 ? -value : value;
    }
    bits = sign | (exponent == 0x1f ? 0x7f800000u : (exponent + 127 - 15) << 23) | mantissa << 13;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float upper_half_to_float(uint16_t half)
{
    const uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* One loop for each type; `value` is an element of it. */
#define CONVERT(type, expression)                                                                  \
    for (size_t i = 0; i < n; i++) {                                                               \
        type value;                                                                                \
        memcpy(&value, bytes + i * sizeof value, sizeof value);                                    \
        out[i] = (expression);                                                                     \
    }                                                                                              \
    break

void lb_elements_to_floats(enum lb_dtype dtype, const void *in, size_t n, float *out)
{
    const unsigned char *bytes = in;
    switch (dtype) {
    case LB_F32:
        memcpy(out, in, n * sizeof *out);
        break;
    case LB_F64:
        CONVERT(double, (float)value);
    case LB_U8:
        CONVERT(uint8_t, (float)value);
    case LB_I32:
        CONVERT(int32_t, (float)value);
    case LB_I64:
        CONVERT(int64_t, (float)value);
    case LB_F16:
        CONVERT(uint16_t, half_to_float(value));
    case LB_BF16:
        CONVERT(uint16_t, upper_half_to_float(value));
    case LB_I8:
        CONVERT(int8_t, (float)value);
    case LB_I16:
        CONVERT(int16_t, (float)value);
    case LB_U16:
        CONVERT(uint16_t, (float)value);
    case LB_U32:
        CONVERT(uint32_t, (float)value);
    case LB_U64:
        CONVERT(uint64_t, (float)value);
    case LB_BOOL:
        CONVERT(uint8_t, value != 0 ? 1.0f : 0.0f);
    case LB_DTYPE_OTHER:
        break;
    }
}
