/* The dataset "sphere" under a name like that of the other manifolds' points. */
#include "dataset/sphere.cl"
