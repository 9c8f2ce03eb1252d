/* Covariances in R^4 by the isometric embedding of manifold/bures.cl. */
#include "manifold/bures.cl"
#include "lib/as_points.cl"

#define RECIPE "lambda=0.03 epsilon=0.3"
