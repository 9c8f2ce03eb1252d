/* A torus whose sides differ. */
#define TORUS_SIDE_1 3.0f
#define TORUS_SIDE_2 1.0f
#include "dataset/torus-points.cl"
