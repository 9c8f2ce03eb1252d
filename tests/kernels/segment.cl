/* A box of one dimension. */
#define BOX_DIMENSION 1
#include "dataset/box-points.cl"
