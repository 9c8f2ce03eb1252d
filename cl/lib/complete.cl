/* Included after a dataset: readable errors for macros missing in it or its manifold. */
#ifndef MANIFOLD
#error "the dataset includes no manifold (#include one, or #define MANIFOLD and the rest)"
#endif
#if !defined(DIMENSION) || !defined(POINT_SIZE) || !defined(TANGENT_SIZE)
#error "the manifold must #define DIMENSION, POINT_SIZE and TANGENT_SIZE"
#endif
#ifndef INJECTIVITY_RADIUS
#error "the manifold must #define INJECTIVITY_RADIUS"
#endif
#if !defined(HEIGHT) || !defined(WIDTH) || !defined(CHANNELS)
#error "the dataset must #define HEIGHT, WIDTH and CHANNELS"
#endif
