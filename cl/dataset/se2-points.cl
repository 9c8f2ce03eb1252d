/* Translation and rotation in R^4 by the isometric embedding of manifold/se2.cl. */
#include "manifold/se2.cl"
#include "lib/as_points.cl"

#define RECIPE "lambda=0.03 epsilon=0.3"
