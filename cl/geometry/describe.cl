/*
 * Reports a dataset's constants to the host: one work-item. Built behind the dataset's own text,
 * like every kernel of this folder.
 *
 * integers: DIMENSION, POINT_SIZE, HEIGHT, WIDTH, CHANNELS, GRID_LINES (0: none),
 *           whether it takes a mesh
 * reals:    INJECTIVITY_RADIUS, LIMIT_H (-1: unknown), CAP_DEGREES (0: none), its upper limit
 * names:    MANIFOLD, COLOR_HUE, COLOR_LIGHTNESS (empty: none), `capacity` bytes each with a NUL
 */
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

void describe_name(__global char *target, __constant char *name, int size, int capacity)
{
    const int last = min(size, capacity) - 1;
    for (int i = 0; i < last; i++) {
        target[i] = name[i];
    }
    target[last] = 0;
}

__kernel void describe(__global int *integers, __global float *reals, __global char *names,
                       int capacity)
{
    integers[0] = DIMENSION;
    integers[1] = POINT_SIZE;
    integers[2] = HEIGHT;
    integers[3] = WIDTH;
    integers[4] = CHANNELS;
    integers[5] = KNOWN_LINES;
    integers[6] = KNOWN_MESH;
    reals[0] = INJECTIVITY_RADIUS;
    reals[1] = KNOWN_H;
    reals[2] = KNOWN_CAP;
    reals[3] = MAX_CAP_DEGREES;
    describe_name(names, manifold_name, sizeof(manifold_name), capacity);
    describe_name(names + capacity, hue_name, sizeof(hue_name), capacity);
    describe_name(names + 2 * capacity, lightness_name, sizeof(lightness_name), capacity);
}
