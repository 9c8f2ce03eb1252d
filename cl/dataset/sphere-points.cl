/* The dataset "sphere" under the name that the other manifolds' points have. */
#include "dataset/sphere.cl"
