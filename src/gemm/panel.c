/* The back end for CPU devices: our own kernel over packed panels, cl/gemm/panel.cl. */
#include <stdio.h>
#include <stdlib.h>

#include "device/profile.h"
#include "gemm/backend.h"

/*
 * Row-major A is read in place up to this k: packing costs more than it gives there. Long rows are
 * packed, because their starts often share one cache set (a 64 x 64 image is 16 KiB).
 */
#define DIRECT_MAX_K 512

/* The transpose of A, and B, are read in place up to this stride, for the same reasons. */
#define IN_PLACE_STRIDE 128

/* Half of a common second cache, for a part of A; and the fewest row groups worth it. */
#define BLOCK_BYTES (256 << 10)
#define BLOCK_MIN   4

/* Work of one pack work-item; see cl/gemm/pack.cl. */
#define STEPS_SPAN  8
#define STEPS_LANES 1024
#define LANES_SPAN  128

enum kernel_index {
    PACK_A_STEPS,
    PACK_A_LANES,
    PACK_B_STEPS,
    PACK_B_LANES,
    PANEL_PACKED,
    PANEL_DIRECT,
    KERNELS,
};
static const char *const kernel_names[KERNELS] = {
    [PACK_A_STEPS] = "pack_a_steps", [PACK_A_LANES] = "pack_a_lanes",
    [PACK_B_STEPS] = "pack_b_steps", [PACK_B_LANES] = "pack_b_lanes",
    [PANEL_PACKED] = "panel_packed", [PANEL_DIRECT] = "panel_direct",
};

/** An operand's packed copy. */
struct operand {
    int width; ///< rows of A or columns of B per group
    cl_mem packed;
    size_t capacity; ///< floats
};

struct panel {
    int width;
    struct operand a;
    struct operand b;
    enum lb_activation activation; ///< of the program in use: all kernels come from it
    cl_kernel kernels[LB_ACTIVATIONS][KERNELS];
};

static enum lb_status panel_create(struct lb_gemm *gemm)
{
    struct panel *panel = calloc(1, sizeof(*panel));
    if (!panel) {
        return lb_fail_memory(gemm->device->ctx, "the panel back end");
    }
    panel->width = lb_gemm_width(gemm->device);
    /* 2 * rows accumulators: 12 of the 16 registers of SSE and AVX2, 16 of AVX-512's 32. */
    panel->a.width = panel->width == 16 ? 8 : 6;
    panel->b.width = 2 * panel->width;
    gemm->state = panel;
    return LB_OK;
}

static void panel_destroy(struct lb_gemm *gemm)
{
    struct panel *panel = gemm->state;
    if (panel) {
        lb_buffer_release(&panel->a.packed);
        lb_buffer_release(&panel->b.packed);
    }
    free(panel);
    gemm->state = NULL;
}

static enum lb_status get_kernel(struct lb_gemm *gemm, cl_kernel *out, enum kernel_index index)
{
    struct panel *panel = gemm->state;
    cl_kernel *kernel = &panel->kernels[panel->activation][index];
    if (!*kernel) {
        char prelude[96];
        snprintf(prelude, sizeof(prelude), "#define W %d\n#define ROWS %d\n#define ACTIVATION %d\n",
                 panel->width, panel->a.width, (int)panel->activation);
        LB_TRY(lb_kernel_get(gemm->device, kernel, "gemm/panel.cl", kernel_names[index], prelude));
    }
    *out = *kernel;
    return LB_OK;
}

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* n groups of one: each work-item is a long loop over vectors. */
static struct lb_grid work_items(size_t n)
{
    return (struct lb_grid){1, {n, 1, 1}, {1, 1, 1}};
}

/* Makes room for a packed copy of `lanes` rows of A or columns of B. */
static enum lb_status reserve(struct lb_device *device, struct operand *operand, int lanes, int k)
{
    const size_t width = (size_t)operand->width;
    const size_t floats = divide_up((size_t)lanes, width) * width * (size_t)k;
    if (floats > operand->capacity) {
        /* Commands in the queue keep the old buffer alive until they are done. */
        lb_buffer_release(&operand->packed);
        operand->capacity = 0;
        LB_TRY(
            lb_buffer_create(device, &operand->packed, floats * sizeof(float), "a packed matrix"));
        operand->capacity = floats;
    }
    return LB_OK;
}

/* From a matrix stored (k, lanes). */
static enum lb_status pack_steps(struct lb_gemm *gemm, struct operand *operand,
                                 enum kernel_index index, const struct lb_matrix *from, int lanes,
                                 int k)
{
    LB_TRY(reserve(gemm->device, operand, lanes, k));
    cl_kernel kernel = NULL;
    LB_TRY(get_kernel(gemm, &kernel, index));
    const cl_ulong offset = from->offset;
    const cl_int stride = (cl_int)from->stride;
    const cl_int span = STEPS_SPAN;
    const cl_int strip = STEPS_LANES / operand->width;
    const struct lb_grid grid =
        work_items(divide_up((size_t)k, (size_t)span) *
                   divide_up((size_t)lanes, (size_t)strip * (size_t)operand->width));
    lb_profile_expect(gemm->device, 0.0, 8.0 * lanes * k);
    return lb_launch(gemm->device, kernel, grid, LB_ARG(from->mem), LB_ARG(offset), LB_ARG(stride),
                     LB_ARG(operand->packed), LB_ARG(lanes), LB_ARG(k), LB_ARG(span),
                     LB_ARG(strip));
}

/* From a matrix stored (lanes, k). */
static enum lb_status pack_lanes(struct lb_gemm *gemm, struct operand *operand,
                                 enum kernel_index index, const struct lb_matrix *from, int lanes,
                                 int k)
{
    LB_TRY(reserve(gemm->device, operand, lanes, k));
    cl_kernel kernel = NULL;
    LB_TRY(get_kernel(gemm, &kernel, index));
    const cl_ulong offset = from->offset;
    const cl_int stride = (cl_int)from->stride;
    const cl_int span = LANES_SPAN;
    const struct lb_grid grid = work_items(divide_up((size_t)k, (size_t)span) *
                                           divide_up((size_t)lanes, (size_t)operand->width));
    lb_profile_expect(gemm->device, 0.0, 8.0 * lanes * k);
    return lb_launch(gemm->device, kernel, grid, LB_ARG(from->mem), LB_ARG(offset), LB_ARG(stride),
                     LB_ARG(operand->packed), LB_ARG(lanes), LB_ARG(k), LB_ARG(span));
}

/** Where a kernel finds B. */
struct b_place {
    cl_mem mem;
    cl_ulong offset;
    cl_int panel; ///< floats from one panel to the next
    cl_int step;
};

static enum lb_status place_b(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                              struct b_place *out)
{
    struct operand *b = &((struct panel *)gemm->state)->b;
    if (!call->transpose_b && call->n % b->width == 0 && call->b.stride <= IN_PLACE_STRIDE) {
        *out = (struct b_place){call->b.mem, call->b.offset, b->width, (cl_int)call->b.stride};
        return LB_OK;
    }
    if (call->transpose_b) {
        LB_TRY(pack_lanes(gemm, b, PACK_B_LANES, &call->b, call->n, call->k));
    } else {
        LB_TRY(pack_steps(gemm, b, PACK_B_STEPS, &call->b, call->n, call->k));
    }
    *out = (struct b_place){b->packed, 0, b->width * call->k, b->width};
    return LB_OK;
}

static bool reads_a_in_place(const struct panel *panel, const struct lb_gemm_call *call)
{
    return call->transpose_a ? call->a.stride <= IN_PLACE_STRIDE
                             : call->k <= DIRECT_MAX_K || call->n <= panel->b.width;
}

/*
 * Row groups that meet all panels before the next ones come. Their part of A stays in the second
 * cache while the panels of B pass, which asks for less of memory than the other way round; unless
 * rows are so long that only few would fit, or B is small: then a panel stays instead.
 */
static cl_int block_size(const struct panel *panel, const struct lb_gemm_call *call)
{
    const size_t row_bytes = (size_t)call->k * sizeof(float);
    const size_t groups = divide_up((size_t)call->m, (size_t)panel->a.width);
    const size_t fitting = BLOCK_BYTES / ((size_t)panel->a.width * row_bytes);
    const bool small = (size_t)call->n * row_bytes <= BLOCK_BYTES;
    return (cl_int)(small || fitting < BLOCK_MIN || fitting > groups ? groups : fitting);
}

static enum lb_status panel_run(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    struct panel *panel = gemm->state;
    struct lb_device *device = gemm->device;
    panel->activation = lb_finish_activation(call, panel->activation);
    const bool direct = reads_a_in_place(panel, call);
    if (!direct && call->transpose_a) {
        LB_TRY(pack_steps(gemm, &panel->a, PACK_A_STEPS, &call->a, call->m, call->k));
    } else if (!direct) {
        LB_TRY(pack_lanes(gemm, &panel->a, PACK_A_LANES, &call->a, call->m, call->k));
    }
    struct b_place b = {0};
    LB_TRY(place_b(gemm, call, &b));

    cl_kernel kernel = NULL;
    LB_TRY(get_kernel(gemm, &kernel, direct ? PANEL_DIRECT : PANEL_PACKED));
    const cl_int block = block_size(panel, call);
    const struct lb_finish_args finish = lb_finish_args(call);
    const struct lb_grid grid = work_items(divide_up((size_t)call->m, (size_t)panel->a.width) *
                                           divide_up((size_t)call->n, (size_t)panel->b.width));
    lb_profile_expect(device, 2.0 * call->m * call->n * call->k, lb_gemm_bytes(call));
    if (direct) {
        const cl_ulong a_offset = call->a.offset;
        const cl_int a_row = call->transpose_a ? 1 : (cl_int)call->a.stride;
        const cl_int a_step = call->transpose_a ? (cl_int)call->a.stride : 1;
        return lb_launch(device, kernel, grid, LB_ARG(call->a.mem), LB_ARG(a_offset), LB_ARG(a_row),
                         LB_ARG(a_step), LB_ARG(b.mem), LB_ARG(b.offset), LB_ARG(b.panel),
                         LB_ARG(b.step), LB_ARG(call->c.mem), LB_ARG(finish.c_offset),
                         LB_ARG(finish.c_stride), LB_ARG(finish.bias), LB_ARG(finish.bias_offset),
                         LB_ARG(finish.slope), LB_ARG(finish.slope_offset),
                         LB_ARG(finish.slope_stride), LB_ARG(call->m), LB_ARG(call->n),
                         LB_ARG(call->k), LB_ARG(block), LB_ARG(finish.kind),
                         LB_ARG(finish.options));
    }
    return lb_launch(device, kernel, grid, LB_ARG(panel->a.packed), LB_ARG(b.mem), LB_ARG(b.offset),
                     LB_ARG(b.panel), LB_ARG(b.step), LB_ARG(call->c.mem), LB_ARG(finish.c_offset),
                     LB_ARG(finish.c_stride), LB_ARG(finish.bias), LB_ARG(finish.bias_offset),
                     LB_ARG(finish.slope), LB_ARG(finish.slope_offset), LB_ARG(finish.slope_stride),
                     LB_ARG(call->m), LB_ARG(call->n), LB_ARG(call->k), LB_ARG(block),
                     LB_ARG(finish.kind), LB_ARG(finish.options));
}

const struct lb_gemm_backend lb_gemm_panel = {
    .kind = LB_GEMM_PANEL,
    .name = "panel",
    .sums_columns = true,
    .create = panel_create,
    .run = panel_run,
    .destroy = panel_destroy,
};
