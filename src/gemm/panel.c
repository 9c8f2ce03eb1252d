/* The back end for CPU devices: our own kernel over packed panels, cl/gemm/panel.cl. */
#include <stdio.h>
#include <stdlib.h>

#include "gemm/backend.h"

/*
 * Row-major A is read in place up to this k: packing costs more than it gives there. Long rows are
 * packed, because their starts often share one cache set (a 64 x 64 image is 16 KiB).
 */
#define DIRECT_MAX_K 512

/* Work of one pack work-item; see cl/gemm/pack.cl. */
#define STEPS_SPAN 8
#define STEPS_LANES 1024
#define LANES_SPAN 128

/** An operand's packed copy. */
struct operand {
    int lanes; ///< rows of A or columns of B per group
    cl_mem packed;
    size_t capacity; ///< floats
    cl_kernel pack_steps;
    cl_kernel pack_lanes;
};

struct panel {
    int width;
    struct operand a;
    struct operand b;
    cl_kernel product[2][LB_EPILOGUE_KINDS][LB_ACTIVATIONS]; ///< first index: A read in place
};

static enum lb_status panel_create(struct lb_gemm *gemm)
{
    struct panel *panel = calloc(1, sizeof(*panel));
    if (!panel) {
        return lb_fail_memory(gemm->device->ctx, "the panel back end");
    }
    panel->width = lb_gemm_width(gemm->device);
    /* 2 * rows accumulators: 12 of the 16 registers of SSE and AVX2, 16 of AVX-512's 32. */
    panel->a.lanes = panel->width == 16 ? 8 : 6;
    panel->b.lanes = 2 * panel->width;
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

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* n groups of one: each work-item is a long loop over vectors. */
static struct lb_grid work_items(size_t n)
{
    return (struct lb_grid){1, {n, 1, 1}, {1, 1, 1}};
}

/* Packs `lanes` rows of A or columns of B. by_step: stored (k, lanes), else (lanes, k). */
static enum lb_status pack(struct lb_device *device, struct operand *operand,
                           const struct lb_matrix *from, bool by_step, int lanes, int k)
{
    const size_t groups = divide_up((size_t)lanes, (size_t)operand->lanes);
    const size_t floats = groups * (size_t)operand->lanes * (size_t)k;
    if (floats > operand->capacity) {
        /* Commands in the queue keep the old buffer alive until they are done. */
        lb_buffer_release(&operand->packed);
        operand->capacity = 0;
        LB_TRY(lb_buffer_create(device, &operand->packed, floats * sizeof(float),
                                "a packed matrix"));
        operand->capacity = floats;
    }
    cl_kernel *kernel = by_step ? &operand->pack_steps : &operand->pack_lanes;
    if (!*kernel) {
        char prelude[32];
        snprintf(prelude, sizeof(prelude), "#define LANES %d\n", operand->lanes);
        LB_TRY(lb_kernel_get(device, kernel, "gemm/pack.cl",
                             by_step ? "pack_steps" : "pack_lanes", prelude));
    }
    const cl_ulong offset = from->offset;
    const cl_int stride = (cl_int)from->stride;
    const cl_int span = by_step ? STEPS_SPAN : LANES_SPAN;
    const cl_int strip = by_step ? STEPS_LANES / operand->lanes : 1;
    const struct lb_grid grid =
        work_items(divide_up((size_t)k, (size_t)span) * divide_up(groups, (size_t)strip));
    if (by_step) {
        return lb_launch(device, *kernel, grid, LB_ARG(from->mem), LB_ARG(offset), LB_ARG(stride),
                         LB_ARG(operand->packed), LB_ARG(lanes), LB_ARG(k), LB_ARG(span),
                         LB_ARG(strip));
    }
    return lb_launch(device, *kernel, grid, LB_ARG(from->mem), LB_ARG(offset), LB_ARG(stride),
                     LB_ARG(operand->packed), LB_ARG(lanes), LB_ARG(k), LB_ARG(span));
}

static enum lb_status get_product(struct lb_gemm *gemm, cl_kernel *out, bool direct,
                                  const struct lb_epilogue *epilogue)
{
    struct panel *panel = gemm->state;
    const int activation =
        epilogue->kind == LB_EPILOGUE_ACTIVATE ? (int)epilogue->activation : LB_LINEAR;
    cl_kernel *kernel = &panel->product[direct][epilogue->kind][activation];
    if (!*kernel) {
        char finish[LB_FINISH_PRELUDE_BYTES];
        lb_finish_prelude(finish, panel->width, epilogue);
        char prelude[LB_FINISH_PRELUDE_BYTES + 64];
        snprintf(prelude, sizeof(prelude), "%s#define ROWS %d\n#define DIRECT %d\n", finish,
                 panel->a.lanes, (int)direct);
        LB_TRY(lb_kernel_get(gemm->device, kernel, "gemm/panel.cl", "panel", prelude));
    }
    *out = *kernel;
    return LB_OK;
}

static enum lb_status panel_run(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    struct panel *panel = gemm->state;
    struct lb_device *device = gemm->device;
    const bool direct =
        !call->transpose_a && (call->k <= DIRECT_MAX_K || call->n <= panel->b.lanes);
    if (!direct) {
        LB_TRY(pack(device, &panel->a, &call->a, call->transpose_a, call->m, call->k));
    }
    LB_TRY(pack(device, &panel->b, &call->b, !call->transpose_b, call->n, call->k));
    cl_kernel kernel = NULL;
    LB_TRY(get_product(gemm, &kernel, direct, &call->epilogue));

    const struct lb_finish_args finish = lb_finish_args(call);
    const cl_mem a = direct ? call->a.mem : panel->a.packed;
    const cl_ulong a_offset = direct ? call->a.offset : 0;
    const cl_int a_stride = direct ? (cl_int)call->a.stride : 0;
    const struct lb_grid grid = work_items(divide_up((size_t)call->m, (size_t)panel->a.lanes) *
                                           divide_up((size_t)call->n, (size_t)panel->b.lanes));
    return lb_launch(device, kernel, grid, LB_ARG(a), LB_ARG(a_offset), LB_ARG(a_stride),
                     LB_ARG(panel->b.packed), LB_ARG(call->c.mem), LB_ARG(finish.c_offset),
                     LB_ARG(finish.c_stride), LB_ARG(finish.bias), LB_ARG(finish.bias_offset),
                     LB_ARG(finish.slope), LB_ARG(finish.slope_offset),
                     LB_ARG(finish.slope_stride), LB_ARG(call->m), LB_ARG(call->n),
                     LB_ARG(call->k), LB_ARG(finish.options));
}

const struct lb_gemm_backend lb_gemm_panel = {
    .kind = LB_GEMM_PANEL,
    .name = "panel",
    .create = panel_create,
    .run = panel_run,
    .destroy = panel_destroy,
};
