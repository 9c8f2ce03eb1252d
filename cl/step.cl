/*
 * Kernels of a training step that do not depend on the dataset, as one program: on CPU devices each
 * additional program costs more compile time than all these kernels.
 *
 *     #define VECTOR_WIDTH n   numbers that a work-item processes at once, see lib/vfloat.cl
 *     #define RUN n            numbers per work-item in kernels that process runs
 *     #define GROUP n          work-group size, see lib/reduce.cl
 */
#include "loss/chain.cl"
#include "loss/cross.cl"
#include "loss/isometry.cl"
#include "optim/adam.cl"
#include "optim/average.cl"
#include "optim/clip.cl"
#include "nn/add.cl"
#include "nn/code_noise.cl"
#include "nn/column_sum.cl"
#include "nn/gather.cl"
#include "optim/guard.cl"
#include "loss/mean.cl"
#include "optim/muon.cl"
#include "nn/normalise.cl"
#include "nn/pool_normalised.cl"
#include "nn/resample.cl"
#include "nn/scale.cl"
#include "loss/squared_error.cl"
