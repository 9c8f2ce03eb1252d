/*
 * Matrix products by one of two back ends: `clblast` for GPUs, and `panel` for CPUs. `panel` uses
 * packed panels on the CPU path (panel.c), and tiles on the GPU path (tiled.c).
 */
#ifndef LB_GEMM_GEMM_H
#define LB_GEMM_GEMM_H

#include "gemm/product.h"
#include "gemm/tuning.h"

/** Sizes of one product in a network's step. */
struct lb_gemm_shape {
    bool transpose_a;
    bool transpose_b;
    int m;
    int n;
    int k;
};

struct lb_gemm;

/**
 * Chooses a back end for the device: LB_GEMM_AUTO as in lb_gemm_choose() of choose.h.
 * LB_ERR_UNSUPPORTED as lb_gemm_require().
 * Owned by the caller; the device must outlive it.
 */
enum lb_status lb_gemm_create(struct lb_gemm **out, struct lb_device *device,
                              enum lb_gemm_kind kind);
void lb_gemm_destroy(struct lb_gemm **gemm);

/** Releases scratch memory, which grows to what the largest product so far needed. Later products
 * create it again. */
void lb_gemm_drop_scratch(struct lb_gemm *gemm);

/** Announces the activation function of later calls, so that earlier calls without a function use
 * the same compiled programs. */
void lb_gemm_expect_function(struct lb_gemm *gemm, const struct lb_elementwise *function);

/** The back end in use, never LB_GEMM_AUTO. */
enum lb_gemm_kind lb_gemm_get_kind(const struct lb_gemm *gemm);

/** Bytes that a back end allocates for a product with patches of images. `copied`: the patches are
 * not the images themselves, because of kernels of more than one pixel, or strides. Such products
 * run one after the other in one buffer. */
double lb_gemm_patch_bytes(const struct lb_device *device, enum lb_gemm_kind kind,
                           const struct lb_gemm_shape *shape, bool copied);

/** The same for a product of stored matrices: a packed copy of one of them. */
double lb_gemm_pack_bytes(const struct lb_device *device, enum lb_gemm_kind kind,
                          const struct lb_gemm_shape *shape);

/** LB_OK, or LB_ERR_UNSUPPORTED with a text if this build lacks the back end. */
enum lb_status lb_gemm_require(struct lb_context *ctx, enum lb_gemm_kind kind);

/**
 * Sets CLBlast's parameters for all its back ends on the device. Call it before the first product;
 * later it causes recompilation. LB_ERR_UNSUPPORTED for another back end.
 */
enum lb_status lb_gemm_set_parameters(struct lb_gemm *gemm,
                                      const struct lb_clblast_parameters *parameters);

/** Whether lb_gemm_run() supports `b_sums`. */
bool lb_gemm_sums_columns(const struct lb_gemm *gemm);

/** Whether lb_gemm_run() supports a product as `pooled`: patches in an even number of rows and
 * columns, LB_EPILOGUE_ACTIVATE or none, and suitable sizes and back end. */
bool lb_gemm_pools(const struct lb_gemm *gemm, const struct lb_gemm_call *call);

/**
 * Enqueues one product. Deterministic: the same arguments on the same device give the same bits. On
 * CPU devices row i of the result does not depend on m; elsewhere CLBlast may choose its kernel by
 * size. m, n, k >= 1.
 */
enum lb_status lb_gemm_run(struct lb_gemm *gemm, const struct lb_gemm_call *call);

/** Enqueues C (m,n) = epilogue(C) for a C computed otherwise. */
enum lb_status lb_gemm_finish(struct lb_gemm *gemm, int m, int n, struct lb_matrix c,
                              const struct lb_epilogue *epilogue);

#endif
