/*
 * Reports a dataset's constants to the host: one work-item. Built behind the dataset's own text,
 * like every kernel of this folder.
 *
 * integers, reals: what FACT_INTEGERS and FACT_REALS list, in their order: macros of the dataset,
 *     of its manifold, and of this file, which give what is not stated a value that stands for it
 * names: MANIFOLD, COLOR_HUE, COLOR_LIGHTNESS (empty: none), FACT_NAME_BYTES each with a NUL
 */
/* -1: not known */
#ifdef LIMIT_H
#define KNOWN_H LIMIT_H
#else
#define KNOWN_H -1.0f
#endif

#ifdef CAP_DEGREES
#define KNOWN_CAP CAP_DEGREES
#else
#define KNOWN_CAP 0.0f
#endif

#ifndef MAX_CAP_DEGREES
#define MAX_CAP_DEGREES 90.0f
#endif

#ifdef GRID_LINES
#define KNOWN_LINES GRID_LINES
#else
#define KNOWN_LINES 0
#endif

#ifdef TAKES_MESH
#define KNOWN_MESH 1
#else
#define KNOWN_MESH 0
#endif

#ifndef COLOR_HUE
#define COLOR_HUE ""
#endif
#ifndef COLOR_LIGHTNESS
#define COLOR_LIGHTNESS ""
#endif

__constant char manifold_name[] = MANIFOLD;
__constant char hue_name[] = COLOR_HUE;
__constant char lightness_name[] = COLOR_LIGHTNESS;

void describe_name(__global char *target, __constant char *name, int size)
{
    const int last = min(size, FACT_NAME_BYTES) - 1;
    for (int i = 0; i < last; i++) {
        target[i] = name[i];
    }
    target[last] = 0;
}

__kernel void describe(__global int *integers, __global float *reals, __global char *names)
{
    const int all_integers[] = {FACT_INTEGERS};
    const float all_reals[] = {FACT_REALS};
    for (int i = 0; i < (int)(sizeof(all_integers) / sizeof(int)); i++) {
        integers[i] = all_integers[i];
    }
    for (int i = 0; i < (int)(sizeof(all_reals) / sizeof(float)); i++) {
        reals[i] = all_reals[i];
    }
    describe_name(names, manifold_name, sizeof(manifold_name));
    describe_name(names + FACT_NAME_BYTES, hue_name, sizeof(hue_name));
    describe_name(names + 2 * FACT_NAME_BYTES, lightness_name, sizeof(lightness_name));
}
