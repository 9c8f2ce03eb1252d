/*
 * Reports a dataset's constants to the host: one work-item. Compiled after the dataset's source,
 * like every kernel in this folder.
 *
 * integers, reals: what FACT_INTEGERS and FACT_REALS list, in their order: macros of the dataset,
 *     of its manifold, and of this file, which defines placeholders for missing ones
 * names: MANIFOLD, COLOR_HUE, COLOR_LIGHTNESS (empty: none), FACT_NAME_BYTES each with a NUL
 * recipe: RECIPE (empty: none), FACT_RECIPE_BYTES with a NUL
 */
/* -1: unknown */
#ifdef LIMIT_H
#define KNOWN_H LIMIT_H
#else
#define KNOWN_H -1.0f
#endif

#ifdef LIMIT_LATENT
#define KNOWN_LATENT LIMIT_LATENT
#else
#define KNOWN_LATENT 0
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

#ifdef EMBEDDING_SIZE
#define KNOWN_EMBEDDING EMBEDDING_SIZE
#else
#define KNOWN_EMBEDDING 0
#endif

#ifndef COLOR_HUE
#define COLOR_HUE ""
#endif
#ifndef COLOR_LIGHTNESS
#define COLOR_LIGHTNESS ""
#endif
#ifndef RECIPE
#define RECIPE ""
#endif

__constant char manifold_name[] = MANIFOLD;
__constant char hue_name[] = COLOR_HUE;
__constant char lightness_name[] = COLOR_LIGHTNESS;
__constant char recipe_text[] = RECIPE;

void describe_text(__global char *target, int bytes, __constant char *name, int size)
{
    const int last = min(size, bytes) - 1;
    for (int i = 0; i < last; i++) {
        target[i] = name[i];
    }
    target[last] = 0;
}

__kernel void describe(__global int *integers, __global float *reals, __global char *names,
                       __global char *recipe)
{
    const int all_integers[] = {FACT_INTEGERS};
    const float all_reals[] = {FACT_REALS};
    for (int i = 0; i < (int)(sizeof(all_integers) / sizeof(int)); i++) {
        integers[i] = all_integers[i];
    }
    for (int i = 0; i < (int)(sizeof(all_reals) / sizeof(float)); i++) {
        reals[i] = all_reals[i];
    }
    describe_text(names, FACT_NAME_BYTES, manifold_name, sizeof(manifold_name));
    describe_text(names + FACT_NAME_BYTES, FACT_NAME_BYTES, hue_name, sizeof(hue_name));
    describe_text(names + 2 * FACT_NAME_BYTES, FACT_NAME_BYTES, lightness_name,
                  sizeof(lightness_name));
    describe_text(recipe, FACT_RECIPE_BYTES, recipe_text, sizeof(recipe_text));
}
