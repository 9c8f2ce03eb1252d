/*
 * Muon (Jordan et al. 2024) for the weight matrices of a network: momentum, nearly orthogonalised
 * by Newton-Schulz steps.
 *
 *     M <- momentum M + g;  U = g + momentum M;  X = U / (|U| + 1e-7)
 *     X <- X (a I + b A + c A^2),  A = X^T X          `steps` times; with X X^T where in < out
 *     W <- W - lr sqrt(max(1, out / in)) X
 *
 * The polynomials of A commute, so up to GRAM_STEPS steps run on the smaller square matrix A alone:
 * with Q = a I + b A + c A^2 the next A is A Q^2, and X is multiplied once by the product of the Qs
 * at the end. This needs two thirds of the arithmetic, and less for matrices far from square.
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
    int fan_out; ///< outputs of the layer per input; for dense layers out
};

enum { LB_MUON_SQUARES = 5 };

struct lb_muon {
    struct lb_device *device;
    struct lb_gemm *gemm;    ///< owned by the caller
    struct lb_ranks *ranks;  ///< owned by the caller; NULL: no other ranks
    struct lb_piece *pieces; ///< (count): position of each matrix, and its rank
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
    cl_mem direction;               ///< U of all matrices, one after the other
    cl_mem product;                 ///< likewise, for results of products with U
    cl_mem square[LB_MUON_SQUARES]; ///< for the smaller side of the largest matrix
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
 * For these matrices of a block, which are copied; `steps` is at least 1. Initialise with {0};
 * `gemm` must outlive it; the caller destroys it, also on failure.
 *
 * @param ranks  ranks with the same gradients, among which the matrices may be divided; NULL: none
 */
enum lb_status lb_muon_create(struct lb_muon *muon, struct lb_gemm *gemm, struct lb_device *device,
                              struct lb_ranks *ranks, const struct lb_muon_matrix *matrices,
                              int count, int steps);
void lb_muon_destroy(struct lb_muon *muon);

/** Releases the buffers of a step, or creates them again; Muon keeps nothing in them. */
void lb_muon_drop_buffers(struct lb_muon *muon);
enum lb_status lb_muon_hold_buffers(struct lb_muon *muon);

/** Enqueues one step. */
enum lb_status lb_muon_step(struct lb_muon *muon, cl_mem parameters,
                            const struct lb_muon_params *params);

/** Device memory in bytes of these buffers; the others are negligible. */
double lb_muon_bytes(const struct lb_muon_matrix *matrices, int count);
/** As lb_gemm_pack_bytes(), for its products. */
double lb_muon_pack_bytes(const struct lb_device *device, enum lb_gemm_kind kind,
                          const struct lb_muon_matrix *matrices, int count);

#endif
