/*
 * Reports a dataset's constants to the host: one work-item. Built behind the dataset's own text,
 * like every kernel of this folder.
 *
 * integers: DIMENSION, POINT_SIZE, HEIGHT, WIDTH, CHANNELS
 * reals:    INJECTIVITY_RADIUS, LIMIT_H (-1: unknown), CAP_DEGREES (0: none), its upper limit
 * name:     MANIFOLD, at most `capacity` bytes with the final NUL
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

__constant char manifold_name[] = MANIFOLD;

__kernel void describe(__global int *integers, __global float *reals, __global char *name,
                       int capacity)
{
    const int last = min((int)sizeof(manifold_name), capacity) - 1;
    integers[0] = DIMENSION;
    integers[1] = POINT_SIZE;
    integers[2] = HEIGHT;
    integers[3] = WIDTH;
    integers[4] = CHANNELS;
    reals[0] = INJECTIVITY_RADIUS;
    reals[1] = KNOWN_H;
    reals[2] = KNOWN_CAP;
    reals[3] = MAX_CAP_DEGREES;
    for (int i = 0; i < last; i++) {
        name[i] = manifold_name[i];
    }
    name[last] = 0;
}
