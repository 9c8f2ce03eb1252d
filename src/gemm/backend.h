/* Interface of the GEMM back ends, and their shared parts. */
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
    bool sums_columns; ///< supports b_sums
    /** Whether a call with patches, and no fields beyond those that lb_gemm_pools() allows, may be
     * `pooled`; NULL: never. */
    bool (*pools)(const struct lb_gemm *gemm, const struct lb_gemm_call *call);
    /** Sets gemm->state. After a failure destroy() is called, which accepts a half-built or NULL
     * state. */
    enum lb_status (*create)(struct lb_gemm *gemm);
    /** lb_gemm_run() has checked the call. */
    enum lb_status (*run)(struct lb_gemm *gemm, const struct lb_gemm_call *call);
    void (*destroy)(struct lb_gemm *gemm);
    void (*drop_scratch)(struct lb_gemm *gemm); ///< as lb_gemm_drop_scratch()
    /** As lb_gemm_patch_bytes(). */
    double (*patch_bytes)(const struct lb_device *device, const struct lb_gemm_shape *shape,
                          bool copied);
    /** As lb_gemm_pack_bytes(); NULL: nothing is packed, or not by us. */
    double (*pack_bytes)(const struct lb_device *device, const struct lb_gemm_shape *shape);
    /** NULL: no parameters. */
    enum lb_status (*set_parameters)(struct lb_gemm *gemm,
                                     const struct lb_clblast_parameters *parameters);
};

struct lb_finish_program;

struct lb_gemm {
    struct lb_device *device;
    const struct lb_gemm_backend *backend;
    void *state;                               ///< private state of the back end
    struct lb_finish_program *finish_programs; ///< of finish.c, one for each function
    const struct lb_elementwise *function;     ///< in the programs of calls that need none
};

#if defined(LB_CLBLAST_VERSION)
extern const struct lb_gemm_backend lb_gemm_clblast;
#endif
/* Lowbend's kernels, both LB_GEMM_PANEL: for the CPU path, and for the GPU path. */
extern const struct lb_gemm_backend lb_gemm_panel;
extern const struct lb_gemm_backend lb_gemm_tiled;

/** lb_gemm_create() for a given back end, not LB_GEMM_AUTO. */
enum lb_status lb_gemm_create_kind(struct lb_gemm **out, struct lb_device *device,
                                   enum lb_gemm_kind kind);

/** ROWS of cl/gemm/tile.cl for this vector width. */
int lb_gemm_tile_rows(int width);

/** Bits of lb_epilogue_args.options that every kernel with epilogues knows. */
enum {
    LB_OPTION_ADD = 1,   ///< beta = 1
    LB_OPTION_SLOPE = 2, ///< store the slope
};

/** Arguments of apply_epilogue() in cl/gemm/store.cl; unused buffers are replaced by C's. */
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
    bool lines; ///< option OPTION_LINES
};
struct lb_epilogue_args lb_epilogue_args(const struct lb_gemm_call *call);

/**
 * The function that the program for this call must be built with. If any function will do, returns
 * `current`, the previous one, so that a network with one activation needs one program.
 */
const struct lb_elementwise *lb_epilogue_function(const struct lb_gemm_call *call,
                                                  const struct lb_elementwise *current);

/** Appends the start of programs that include cl/gemm/store.cl: vectors of `width`, numbers of
 * kinds and options, and the function. */
void lb_gemm_add_prelude(struct lb_text *prelude, int width, const struct lb_elementwise *function);

/** Enqueues rows `first` to `first` + `count` of the call's C, at their pixels if it has some, from
 * the raw product z (count, n): C itself, or another matrix, to which C is added if beta is 1. */
enum lb_status lb_finish_rows(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                              struct lb_matrix z, int first, int count);
void lb_finish_destroy(struct lb_gemm *gemm);

/** Whether the patches are the images themselves, with one pixel each: A is a plain matrix. */
bool lb_patches_are_images(const struct lb_patches *patches);

/** Bytes that a product reads and writes, counting each matrix once (for patches, the images). */
double lb_gemm_bytes(const struct lb_gemm_call *call);

#endif
