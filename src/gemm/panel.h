/* Shared by the files of the CPU back end. */
#ifndef LB_GEMM_PANEL_H
#define LB_GEMM_PANEL_H

#include "gemm/backend.h"

/** Maximum number of panels multiplied with rows read in place while these are in the first-level
 * cache. */
#define LB_PANEL_SET 4

/** Maximum number of patches that share a region of the images in local memory. */
#define LB_BLOCK_PATCHES 256

/** Maximum number of patches whose epilogues are computed together. */
#define LB_LINE_PATCHES 64

enum lb_panel_kernel {
    LB_PACK_B,
    LB_PANEL_DIRECT,
    LB_PANEL_PACKED,
    LB_PATCHES_DIRECT,
    LB_PATCHES_NARROW,
    LB_PATCHES_TRANSPOSED,
    LB_SUM_PARTS,
    LB_PANEL_KERNELS,
};

struct lb_panel_program;

/** The back end's state. */
struct lb_panel {
    size_t width;
    size_t rows;                       ///< of a tile
    size_t columns;                    ///< of a tile
    size_t local_floats;               ///< of a work-item's local memory
    size_t chunk;                      ///< steps of k at a time: LB_PANEL_SET panels fit
    size_t region_floats;              ///< part of local_floats for a region of images
    size_t panel_floats;               ///< part of local_floats for panels of B
    struct lb_panel_program *programs; ///< one for each function
    cl_mem scratch;                    ///< a packed copy of B, or sums of parts of k
    size_t capacity;                   ///< floats in `scratch`
};

/** Gets a kernel, compiled with the function in use. */
enum lb_status lb_panel_kernel(struct lb_gemm *gemm, cl_kernel *out, enum lb_panel_kernel index);

/** As lb_gemm_patch_bytes(). */
double lb_panel_patch_bytes(const struct lb_device *device, const struct lb_gemm_shape *shape,
                            bool copied);

/** Ensures that `floats` fit into panel->scratch. */
enum lb_status lb_panel_reserve(struct lb_device *device, struct lb_panel *panel, size_t floats);

/** n work-groups of one item: each work-item is a long loop over vectors. */
struct lb_ndrange lb_panel_items(size_t n);

/** Number of work-items that keeps all cores busy and lets them finish at about the same time. */
size_t lb_panel_wanted_items(const struct lb_gemm *gemm);

/** As lb_gemm_pools(). */
bool lb_panel_pools(const struct lb_gemm *gemm, const struct lb_gemm_call *call);

/** Whether A's or C's rows are image pixels that no stride describes, or k counts patches of
 * images. */
bool lb_panel_needs_patches(const struct lb_gemm_call *call);

/** Runs such a product. */
enum lb_status lb_panel_run_patches(struct lb_gemm *gemm, const struct lb_gemm_call *call);

static inline size_t lb_divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static inline size_t lb_smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

#endif
