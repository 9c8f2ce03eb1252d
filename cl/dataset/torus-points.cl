/* The flat torus as two circles in R^4. */
#include "manifold/torus.cl"
#include "lib/as_points.cl"

#define RECIPE "lambda=0.03 epsilon=0.3"
