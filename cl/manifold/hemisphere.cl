/* A spherical cap of half-angle CAP_DEGREES in (0, 90] (--cap): a manifold with boundary. */
#ifndef MANIFOLD_HEMISPHERE_CL
#define MANIFOLD_HEMISPHERE_CL

#ifdef OPTION_CAP_DEGREES
#define CAP_DEGREES OPTION_CAP_DEGREES
#elif defined(DEFAULT_CAP_DEGREES)
#define CAP_DEGREES DEFAULT_CAP_DEGREES
#else
#define CAP_DEGREES 90.0f
#endif

#include "manifold/sphere.cl"

#endif
