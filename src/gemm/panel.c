/* The back end for CPU devices: our own kernel over packed panels, cl/gemm/panel.cl. */
#include <stdio.h>
#include <stdlib.h>

#include "device/profile.h"
#include "device/vector.h"
#include "gemm/backend.h"

/* B is read in place up to this stride by products with the transpose of A: further apart, its rows
 * often share one cache set. */
#define IN_PLACE_STRIDE 128

/* Local memory is a part of the second cache on CPU devices: as much of it as is used, and what a
 * device has at least. */
#define LOCAL_BYTES     (256 << 10)
#define LOCAL_MIN_BYTES (32 << 10)

/* Panels that one work-item of pack_b packs. */
#define PACK_SPAN 4

/* Panels, at most, that a group of rows read in place meets while it is in the first cache. */
#define MAX_PANELS 4

/* What is packed is used by at least this many row groups, where there are so many. */
#define MIN_ROW_GROUPS 8

/* Work-items for each core, so that all end at about the same time. */
#define ITEMS_PER_UNIT 4

enum kernel_index {
    PACK_B,
    PANEL_DIRECT,
    PANEL_PACKED,
    KERNELS,
};
static const char *const kernel_names[KERNELS] = {
    [PACK_B] = "pack_b",
    [PANEL_DIRECT] = "panel_direct",
    [PANEL_PACKED] = "panel_packed",
};

struct panel {
    size_t width;
    size_t rows;                   ///< of a tile
    size_t columns;                ///< of a tile
    size_t local_floats;           ///< of A or B in local memory
    size_t chunk;                  ///< steps of k at a time: MAX_PANELS panels fit
    enum lb_activation activation; ///< of the program in use: all kernels come from it
    cl_kernel kernels[LB_ACTIVATIONS][KERNELS];
    cl_mem packed_b;
    size_t capacity; ///< of packed_b, floats
};

static size_t local_bytes(const struct lb_device *device)
{
    cl_ulong bytes = 0;
    if (clGetDeviceInfo(device->id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof bytes, &bytes, NULL) !=
            CL_SUCCESS ||
        bytes < LOCAL_MIN_BYTES) {
        return LOCAL_MIN_BYTES;
    }
    return bytes < LOCAL_BYTES ? (size_t)bytes : LOCAL_BYTES;
}

/* 2 * rows accumulators: 12 of the 16 registers of SSE and AVX2, 16 of AVX-512's 32. */
int lb_gemm_tile_rows(int width)
{
    return width == 16 ? 8 : 6;
}

static enum lb_status panel_create(struct lb_gemm *gemm)
{
    struct panel *panel = calloc(1, sizeof(*panel));
    if (!panel) {
        return lb_fail_memory(gemm->device->ctx, "the panel back end");
    }
    const int width = lb_vector_width(gemm->device);
    panel->width = (size_t)width;
    panel->rows = (size_t)lb_gemm_tile_rows(width);
    panel->columns = 2 * panel->width;
    panel->local_floats = local_bytes(gemm->device) / sizeof(float);
    panel->chunk = panel->local_floats / (MAX_PANELS * panel->columns);
    gemm->state = panel;
    return LB_OK;
}

static void panel_destroy(struct lb_gemm *gemm)
{
    struct panel *panel = gemm->state;
    if (panel) {
        lb_buffer_release(&panel->packed_b);
    }
    free(panel);
    gemm->state = NULL;
}

static enum lb_status get_kernel(struct lb_gemm *gemm, cl_kernel *out, enum kernel_index index)
{
    struct panel *panel = gemm->state;
    cl_kernel *kernel = &panel->kernels[panel->activation][index];
    if (!*kernel) {
        char prelude[160];
        snprintf(prelude, sizeof(prelude),
                 "#define W %zu\n#define ROWS %zu\n#define ACTIVATION %d\n"
                 "#define LOCAL_FLOATS %zu\n#define CHUNK %zu\n",
                 panel->width, panel->rows, (int)panel->activation, panel->local_floats,
                 panel->chunk);
        LB_TRY(lb_kernel_get(gemm->device, kernel, "gemm/panel.cl", kernel_names[index], prelude));
    }
    *out = *kernel;
    return LB_OK;
}

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* n groups of one: each work-item is a long loop over vectors. */
static struct lb_ndrange work_items(size_t n)
{
    return (struct lb_ndrange){1, {n, 1, 1}, {1, 1, 1}};
}

/** Where panel_packed finds B. */
struct b_place {
    cl_mem mem;
    cl_ulong offset;
    cl_int panel; ///< floats from one panel to the next
    cl_int step;
};

/* Sees that a packed copy of B fits. */
static enum lb_status reserve(struct lb_device *device, struct panel *panel, size_t floats)
{
    if (floats > panel->capacity) {
        /* Commands in the queue keep the old buffer alive until they are done. */
        lb_buffer_release(&panel->packed_b);
        panel->capacity = 0;
        LB_TRY(
            lb_buffer_create(device, &panel->packed_b, floats * sizeof(float), "a packed matrix"));
        panel->capacity = floats;
    }
    return LB_OK;
}

static enum lb_status place_b(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                              struct b_place *out)
{
    struct panel *panel = gemm->state;
    const cl_int columns = (cl_int)panel->columns;
    const cl_ulong offset = call->b.offset;
    const cl_int stride = (cl_int)call->b.stride;
    if (!call->transpose_b && call->n % columns == 0 && stride <= IN_PLACE_STRIDE) {
        *out = (struct b_place){call->b.mem, offset, columns, stride};
        return LB_OK;
    }
    const size_t panels = divide_up((size_t)call->n, panel->columns);
    LB_TRY(reserve(gemm->device, panel, panels * panel->columns * (size_t)call->k));
    cl_kernel kernel = NULL;
    LB_TRY(get_kernel(gemm, &kernel, PACK_B));
    const cl_int transposed = call->transpose_b;
    const cl_int span = PACK_SPAN;
    const struct lb_ndrange grid = work_items(divide_up(panels, PACK_SPAN));
    lb_profile_expect(gemm->device, 0.0, 8.0 * call->n * call->k);
    *out = (struct b_place){panel->packed_b, 0, columns * call->k, columns};
    return lb_launch(gemm->device, kernel, grid, LB_ARG(call->b.mem), LB_ARG(offset),
                     LB_ARG(stride), LB_ARG(panel->packed_b), LB_ARG(call->n), LB_ARG(call->k),
                     LB_ARG(span), LB_ARG(transposed));
}

/** How a product is divided among work-items. */
struct division {
    cl_int row_groups; ///< of one work-item
    cl_int panels;     ///< of one work-item
    size_t items;
};

/*
 * Work-items that read A in place take a few panels and as many row groups as leave all cores some:
 * each packs its panels once. Those that pack their rows of A take no more of these than fit into
 * local memory, and all panels.
 */
static struct division divide(const struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const struct panel *panel = gemm->state;
    const size_t groups = divide_up((size_t)call->m, panel->rows);
    const size_t panels = divide_up((size_t)call->n, panel->columns);
    const size_t items = ITEMS_PER_UNIT * (size_t)gemm->device->info.compute_units;
    const size_t few = panels / items < 1 ? 1 : smaller(panels / items, MAX_PANELS);
    const size_t own_panels = call->transpose_a ? panels : few;
    const size_t across = divide_up(panels, own_panels);
    const size_t steps = smaller((size_t)call->k, panel->chunk);
    const size_t limit = call->transpose_a ? panel->local_floats / (panel->rows * steps) : groups;
    size_t own_groups = smaller(limit, divide_up(groups, divide_up(items, across)));
    if (own_groups < MIN_ROW_GROUPS) {
        own_groups = smaller(MIN_ROW_GROUPS, smaller(limit, groups));
    }
    return (struct division){(cl_int)own_groups, (cl_int)own_panels,
                             divide_up(groups, own_groups) * across};
}

static enum lb_status panel_run(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    struct panel *panel = gemm->state;
    panel->activation = lb_epilogue_activation(call, panel->activation);
    struct b_place b = {call->b.mem, call->b.offset, 0, (cl_int)call->b.stride};
    if (call->transpose_a) {
        LB_TRY(place_b(gemm, call, &b));
    }
    cl_kernel kernel = NULL;
    LB_TRY(get_kernel(gemm, &kernel, call->transpose_a ? PANEL_PACKED : PANEL_DIRECT));
    const struct division division = divide(gemm, call);
    const struct lb_epilogue_args epilogue = lb_epilogue_args(call);
    const cl_ulong a_offset = call->a.offset;
    const cl_int a_stride = (cl_int)call->a.stride;
    const struct lb_ndrange grid = work_items(division.items);
    lb_profile_expect(gemm->device, 2.0 * call->m * call->n * call->k, lb_gemm_bytes(call));
    return lb_launch(gemm->device, kernel, grid, LB_ARG(call->a.mem), LB_ARG(a_offset),
                     LB_ARG(a_stride), LB_ARG(b.mem), LB_ARG(b.offset), LB_ARG(b.panel),
                     LB_ARG(b.step), LB_ARG(call->c.mem), LB_ARG(epilogue.c_offset),
                     LB_ARG(epilogue.c_stride), LB_ARG(epilogue.bias), LB_ARG(epilogue.bias_offset),
                     LB_ARG(epilogue.slope), LB_ARG(epilogue.slope_offset),
                     LB_ARG(epilogue.slope_stride), LB_ARG(call->m), LB_ARG(call->n),
                     LB_ARG(call->k), LB_ARG(division.row_groups), LB_ARG(division.panels),
                     LB_ARG(epilogue.kind), LB_ARG(epilogue.options));
}

const struct lb_gemm_backend lb_gemm_panel = {
    .kind = LB_GEMM_PANEL,
    .name = "panel",
    .sums_columns = true,
    .create = panel_create,
    .run = panel_run,
    .destroy = panel_destroy,
};
