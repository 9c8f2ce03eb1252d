/* A box whose three sides differ. */
#define BOX_DIMENSION 3
#define BOX_SIDES     {4.0f, 1.0f, 0.5f}
#include "dataset/box-points.cl"
