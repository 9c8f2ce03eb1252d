/* Points of RP^2 as x x' / sqrt(2), row-major in R^9. */
#include "manifold/rp2.cl"
#include "lib/as_points.cl"

#define RECIPE "lambda=0.03 epsilon=0.3"
