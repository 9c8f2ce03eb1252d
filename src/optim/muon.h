/*
 * Muon (Jordan et al. 2024) for the weight matrices of a network: momentum, made nearly orthogonal
 * by Newton-Schulz steps.
 *
 *     M <- momentum M + g;  U = g + momentum M;  X = U / (|U| + 1e-7)
 *     X <- X (a I + b A + c A^2),  A = X^T X          `steps` times; with X X^T where in < out
 *     W <- W - lr sqrt(max(1, out / in)) X
 *
 * All steps' polynomials of A commute, so up to GRAM_STEPS of them are done on the smaller square
 * A alone: with Q = a I + b A + c A^2 the next A is A Q^2, and X is multiplied by the product of
 * the Qs once at the end. That takes two thirds of the arithmetic, and less for matrices that are
 * far from square.
 */
#ifndef LB_OPTIM_MUON_H
#define LB_OPTIM_MUON_H

#include "gemm/gemm.h"
#include "optim/gradient.h"
#include "optim/runs.h"
#include "ranks/ranks.h"

/** A weight matrix (in, out), row-major in the parameter block. */
struct lb_muon_matrix {
    size_t offset;
    int in;
    int out;
    int fan_out; ///< numbers of the layer's output that one of the in makes; of dense layers out
};

enum { LB_MUON_SQUARES = 5 };

struct lb_muon {
    struct lb_device *device;
    struct lb_gemm *gemm;    ///< the caller's
    struct lb_ranks *ranks;  ///< the caller's; NULL: all matrices are made orthogonal here
    struct lb_piece *pieces; ///< (count): where each matrix lies, and which rank has it
    cl_kernel momentum;
    cl_kernel normalise;
    cl_kernel polynomial;
    cl_kernel update;
    struct lb_muon_matrix *matrices;
    int count;
    int steps;
    struct lb_runs runs;
    cl_mem gains;                   ///< (count): sqrt(max(1, fan_out / in))
    cl_mem scales;                  ///< (count): 1 / (|U| + 1e-7)
    cl_mem direction;               ///< U, of all matrices one behind the other
    cl_mem product;                 ///< likewise, for results of products with it
    cl_mem square[LB_MUON_SQUARES]; ///< of the largest matrix's smaller side
};

struct lb_muon_params {
    double lr;
    double momentum; ///< default 0.95
    cl_mem moment;   ///< M, a block
    cl_mem skip;     ///< if its first int is not 0 the step changes nothing
    struct lb_gradient gradient;
    size_t block_size;
};
#define lb_muon_params(...) (&(const struct lb_muon_params){.momentum = 0.95, __VA_ARGS__})

/**
 * For these matrices of a block, copied; `steps` is 1 or more. Starts as {0}; `gemm` must outlive
 * it; the caller destroys it, also on failure.
 *
 * @param ranks  those that have the same gradients, and may share out the matrices; NULL: none
 */
enum lb_status lb_muon_create(struct lb_muon *muon, struct lb_gemm *gemm, struct lb_device *device,
                              struct lb_ranks *ranks, const struct lb_muon_matrix *matrices,
                              int count, int steps);
void lb_muon_destroy(struct lb_muon *muon);

/** Enqueues one step. */
enum lb_status lb_muon_step(struct lb_muon *muon, cl_mem parameters,
                            const struct lb_muon_params *params);

/** Bytes on the device that lb_muon_create() takes. */
double lb_muon_bytes(const struct lb_muon_matrix *matrices, int count);

#endif
