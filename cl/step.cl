/*
 * The kernels of a training step that belong to no dataset, as one program: on CPU devices each
 * further program costs more compile time than all these kernels.
 *
 *     #define VECTOR_WIDTH n   see lib/vfloat.cl
 */
#include "loss/isometry.cl"
#include "optim/adam.cl"
#include "nn/code_noise.cl"
#include "nn/column_sum.cl"
#include "optim/guard.cl"
#include "loss/mean.cl"
#include "nn/normalise.cl"
#include "nn/scale.cl"
#include "loss/squared_error.cl"
