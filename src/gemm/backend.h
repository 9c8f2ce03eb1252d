/* What a GEMM back end provides, and what both share. */
#ifndef LB_GEMM_BACKEND_H
#define LB_GEMM_BACKEND_H

#include "base/text.h"
#include "gemm/product.h"
#include "gemm/tuning.h"

struct lb_gemm;
struct lb_gemm_shape;

struct lb_gemm_backend {
    enum lb_gemm_kind kind;
    const char *name;
    bool sums_columns; ///< takes b_sums
    /** Whether a call that has patches, and no more than the fields that lb_gemm_pools() allows,
     * may be `pooled`; NULL: none. */
    bool (*pools)(const struct lb_gemm *gemm, const struct lb_gemm_call *call);
    /** Sets gemm->state. On failure destroy() is called, which takes a half-built or NULL state. */
    enum lb_status (*create)(struct lb_gemm *gemm);
    /** The call was checked by lb_gemm_run(). */
    enum lb_status (*run)(struct lb_gemm *gemm, const struct lb_gemm_call *call);
    void (*destroy)(struct lb_gemm *gemm);
    /** As lb_gemm_patch_bytes(). */
    double (*patch_bytes)(const struct lb_device *device, const struct lb_gemm_shape *shape,
                          bool copied);
    /** NULL: it has none. */
    enum lb_status (*set_parameters)(struct lb_gemm *gemm,
                                     const struct lb_clblast_parameters *parameters);
};

struct lb_finish_program;

struct lb_gemm {
    struct lb_device *device;
    const struct lb_gemm_backend *backend;
    void *state;                               ///< the back end's own
    struct lb_finish_program *finish_programs; ///< of finish.c, one for each function
    const struct lb_elementwise *function;     ///< in the programs of calls that need none
};

#if defined(LB_CLBLAST_VERSION)
extern const struct lb_gemm_backend lb_gemm_clblast;
#endif
/* Own kernels, both LB_GEMM_PANEL: on the CPU path, and off it. */
extern const struct lb_gemm_backend lb_gemm_panel;
extern const struct lb_gemm_backend lb_gemm_tiled;

/** As lb_gemm_create(), by the back end of this kind, which is not LB_GEMM_AUTO. */
enum lb_status lb_gemm_create_kind(struct lb_gemm **out, struct lb_device *device,
                                   enum lb_gemm_kind kind);

/** ROWS of cl/gemm/tile.cl for vectors of this width. */
int lb_gemm_tile_rows(int width);

/** The arguments of apply_epilogue() in cl/gemm/store.cl; unused buffers are replaced by C's. */
struct lb_epilogue_args {
    cl_ulong c_offset;
    cl_int c_stride;
    cl_mem bias;
    cl_ulong bias_offset;
    cl_mem slope;
    cl_ulong slope_offset;
    cl_int slope_stride;
    cl_int kind;
    cl_int options;
};
struct lb_epilogue_args lb_epilogue_args(const struct lb_gemm_call *call);

/**
 * The function that a program must be built with to serve this call; `current`, the one before,
 * where any will do, so that a network with one activation needs one program.
 */
const struct lb_elementwise *lb_epilogue_function(const struct lb_gemm_call *call,
                                                  const struct lb_elementwise *current);

/** Appends what programs that include cl/gemm/store.cl must begin with: vectors of `width`, numbers
 * of kinds and options, and the function. */
void lb_gemm_add_prelude(struct lb_text *prelude, int width, const struct lb_elementwise *function);

/** Enqueues rows `first` to `first` + `count` of the call's C, at their pixels where it has some,
 * from what waits in z (count, n): C itself, or another matrix, to which C is added by beta 1. */
enum lb_status lb_finish_rows(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                              struct lb_matrix z, int first, int count);
void lb_finish_destroy(struct lb_gemm *gemm);

/** Whether the patches are the images as they are, of one pixel each: A is a matrix. */
bool lb_patches_are_images(const struct lb_patches *patches);

/** Bytes that a product reads and writes, each matrix once: of patches, the images. */
double lb_gemm_bytes(const struct lb_gemm_call *call);

#endif
