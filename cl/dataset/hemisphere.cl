/* The points of a spherical cap, x in R^3. */
#include "manifold/hemisphere.cl"
#include "lib/as_points.cl"

#define RECIPE "lambda=0.03 epsilon=0.3"
