/* The sphere's points, x in R^3: the identity is the optimal embedding. */
#include "manifold/sphere.cl"
#include "lib/as_points.cl"

#define RECIPE "lambda=0.03 epsilon=0.3"
