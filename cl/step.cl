/*
 * The kernels of a training step that belong to no dataset, as one program: on CPU devices each
 * further program costs more compile time than all these kernels.
 *
 *     #define VECTOR_WIDTH n   numbers that a work-item takes at once, see lib/vfloat.cl
 *     #define RUN n            numbers of a work-item that takes a run of them
 *     #define GROUP n          work-items of a group, see lib/reduce.cl
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
