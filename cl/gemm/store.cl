/*
 * The epilogue of a matrix product for W neighbouring columns of one row, by `kind`:
 *
 *     FINISH_NONE      C = z
 *     FINISH_BIAS      C = z + bias, slope = 1
 *     FINISH_ACTIVATE  C = f(z + bias), slope = f'(z + bias)
 *     FINISH_SCALE     C = z * slope
 *
 *     #define W n           4, 8 or 16
 *     #define ACTIVATION n  f, see lib/activation.cl
 *
 * The kind is an argument and not a #define: a test per W columns costs nothing, but each further
 * program costs a fifth of a second of compile time on a CPU.
 */
#include "lib/activation.cl"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define FLOATW JOIN(float, W)
#define LOAD JOIN(vload, W)
#define STORE JOIN(vstore, W)

#define FINISH_NONE 0
#define FINISH_BIAS 1
#define FINISH_ACTIVATE 2
#define FINISH_SCALE 3

#define OPTION_ADD 1        /* panel.cl: beta = 1 */
#define OPTION_SLOPE 2      /* store the slope */
#define OPTION_SUMS 4       /* panel.cl: column sums of B */
#define OPTION_TRANSPOSED 8 /* panel.cl: B is stored (n, k) */

DEFINE_ACTIVATION(wide, FLOATW, JOIN(int, W))

/* W floats from p, of which the first `valid` may be read. */
FLOATW load_columns(global const float *p, const int valid)
{
    if (valid >= W) {
        return LOAD(0, p);
    }
    float part[W];
    for (int i = 0; i < W; i++) {
        part[i] = 0.0f;
    }
    for (int i = 0; i < valid; i++) {
        part[i] = p[i];
    }
    return LOAD(0, part);
}

void store_columns(const FLOATW x, global float *p, const int valid)
{
    if (valid >= W) {
        STORE(x, 0, p);
    } else {
        float part[W];
        STORE(x, 0, part);
        for (int i = 0; i < valid; i++) {
            p[i] = part[i];
        }
    }
}

/* The bias of W columns where `kind` has one. */
FLOATW load_bias(global const float *bias, const int valid, const int kind)
{
    return kind == FINISH_BIAS || kind == FINISH_ACTIVATE ? load_columns(bias, valid) : 0.0f;
}

/* c and slope point at the first of the columns; unused ones are never read. */
void finish(FLOATW z, const FLOATW bias, global float *c, global float *slope, const int valid,
            const int kind, const int options)
{
    if (kind == FINISH_SCALE) {
        z *= load_columns(slope, valid);
    } else if (kind != FINISH_NONE) {
        FLOATW s = 1.0f;
        z += bias;
        if (kind == FINISH_ACTIVATE) {
            z = wide_both(z, &s);
        }
        if (options & OPTION_SLOPE) {
            store_columns(s, slope, valid);
        }
    }
    store_columns(z, c, valid);
}
