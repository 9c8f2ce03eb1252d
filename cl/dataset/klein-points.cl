/* The flat Klein bottle in R^7 by the isometric embedding of manifold/klein.cl. */
#include "manifold/klein.cl"
#include "lib/as_points.cl"

#define RECIPE "lambda=0.03 epsilon=0.3"
