/*
 * The epilogue of a matrix product for W neighbouring columns of one row, by `kind`:
 *
 *     EPILOGUE_NONE      C = z
 *     EPILOGUE_BIAS      C = z + bias, slope = 1
 *     EPILOGUE_ACTIVATE  C = f(z + bias), slope = f'(z + bias)
 *     EPILOGUE_SCALE     C = z * slope
 *
 *     #define W n                 4, 8 or 16
 *     FLOATW, INTW                vectors of W numbers
 *     elementwise(z, FLOATW *s)   f(z), its slope to *s
 *     EPILOGUE_..., OPTION_...    numbers of kinds and options
 *
 * All of these come from the host, by lb_gemm_add_prelude(). The kind is an argument and not a
 * #define: a test per W columns costs nothing, but each additional program costs 0.2 s of compile
 * time on a CPU.
 */
#include "lib/whole.cl"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
/* Like vloadn() and vstoren(): the i-th W floats from p. */
#define LOAD(i, p)     JOIN(load_whole_, W)((p) + (i) * W)
#define STORE(x, i, p) JOIN(store_whole_, W)(x, (p) + (i) * W)

/* W floats from p, of which the first `valid` may be read. */
FLOATW load_columns(global const float *p, const int valid)
{
    if (valid >= W) {
        return LOAD(0, p);
    }
    float part[W];
    for (int i = 0; i < W; i += 4) {
        if (i + 4 <= valid) {
            vstore4(vload4(0, p + i), 0, part + i);
        } else {
            for (int j = i; j < i + 4; j++) {
                part[j] = 0.0f;
                if (j < valid) {
                    part[j] = p[j];
                }
            }
        }
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
        for (int i = 0; i < W; i += 4) {
            if (i + 4 <= valid) {
                vstore4(vload4(0, part + i), 0, p + i);
            } else {
                for (int j = i; j < i + 4; j++) {
                    if (j < valid) {
                        p[j] = part[j];
                    }
                }
            }
        }
    }
}

/* The bias of W columns if `kind` has one. */
FLOATW load_bias(global const float *bias, const int valid, const int kind)
{
    return kind == EPILOGUE_BIAS || kind == EPILOGUE_ACTIVATE ? load_columns(bias, valid) : 0.0f;
}

/* c and slope point at the first of the columns; unused ones are never read. */
void apply_epilogue(FLOATW z, const FLOATW bias, global float *c, global float *slope,
                    const int valid, const int kind, const int options)
{
    if (kind == EPILOGUE_SCALE) {
        z *= load_columns(slope, valid);
    } else if (kind != EPILOGUE_NONE) {
        FLOATW s = 1.0f;
        z += bias;
        if (kind == EPILOGUE_ACTIVATE) {
            z = elementwise(z, &s);
        }
        if (options & OPTION_SLOPE) {
            store_columns(s, slope, valid);
        }
    }
    store_columns(z, c, valid);
}
