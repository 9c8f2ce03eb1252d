/*
 * The epilogue of a matrix product for W neighbouring columns of one row.
 *
 *     #define W n           4, 8 or 16
 *     #define EPILOGUE n    0 none: C = z + beta C, beta 0 or 1
 *                           1 activate: C = f(z + bias), slope = f'(z + bias) if wanted
 *                           2 scale: C = z * slope
 *     #define ACTIVATION n  see lib/activation.cl
 */
#include "lib/activation.cl"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define FLOATW JOIN(float, W)
#define LOAD JOIN(vload, W)
#define STORE JOIN(vstore, W)

#define EPILOGUE_NONE 0
#define EPILOGUE_ACTIVATE 1
#define EPILOGUE_SCALE 2

#define OPTION_ADD 1   /* beta = 1 */
#define OPTION_SLOPE 2 /* store the slope */

DEFINE_ACTIVATION(wide, FLOATW)

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

/* c, bias and slope point at the first of the columns; unused ones are never read. */
void finish(FLOATW z, global float *c, global const float *bias, global float *slope,
            const int valid, const int options)
{
#if EPILOGUE == EPILOGUE_ACTIVATE
    FLOATW s;
    z = wide_both(z + load_columns(bias, valid), &s);
    if (options & OPTION_SLOPE) {
        store_columns(s, slope, valid);
    }
#elif EPILOGUE == EPILOGUE_SCALE
    z *= load_columns(slope, valid);
#else
    if (options & OPTION_ADD) {
        z += load_columns(c, valid);
    }
#endif
    store_columns(z, c, valid);
}
