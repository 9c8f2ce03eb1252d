/* The points of a Euclidean box. */
#include "manifold/box.cl"
#include "lib/as_points.cl"

#define RECIPE "lambda=0.03 epsilon=0.3"
