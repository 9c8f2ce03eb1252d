/* Back end for CPU devices: lowbend's kernel over packed panels, cl/gemm/panel.cl. */
#include <stdio.h>
#include <stdlib.h>

#include "device/profile.h"
#include "device/vector.h"
#include "gemm/gemm.h"
#include "gemm/panel.h"

/* Products with the transpose of A read B in place up to this stride. With larger strides its rows
 * often map to the same cache set. */
#define IN_PLACE_STRIDE 128

/* On CPU devices local memory is part of the second-level cache: how much is used, and the minimum
 * that every device has. */
#define LOCAL_BYTES     (256 << 10)
#define LOCAL_MIN_BYTES (32 << 10)

/* Work-items per core, so that all cores finish at about the same time. */
#define ITEMS_PER_UNIT 4

/* Fraction of local memory for regions of images. */
#define REGION_PART 3

/* Panels packed per work-item of pack_b. */
#define PACK_SPAN 4

/* Packed data is used by at least this many row groups, if there are that many. */
#define MIN_ROW_GROUPS 8

static const struct {
    const char *file;
    const char *name;
} kernels[LB_PANEL_KERNELS] = {
    [LB_PACK_B] = {"gemm/panel.cl", "pack_b"},
    [LB_PANEL_DIRECT] = {"gemm/panel.cl", "panel_direct"},
    [LB_PANEL_PACKED] = {"gemm/panel.cl", "panel_packed"},
    [LB_PATCHES_DIRECT] = {"gemm/patches.cl", "patches_direct"},
    [LB_PATCHES_NARROW] = {"gemm/patches_narrow.cl", "patches_narrow"},
    [LB_PATCHES_TRANSPOSED] = {"gemm/patches.cl", "patches_transposed"},
    [LB_SUM_PARTS] = {"gemm/patches.cl", "sum_parts"},
};

struct lb_panel_program {
    const struct lb_elementwise *function;
    cl_kernel kernels[LB_PANEL_KERNELS]; ///< NULL: not requested yet
    struct lb_panel_program *next;
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
    struct lb_panel *panel = calloc(1, sizeof(*panel));
    if (!panel) {
        return lb_fail_memory(gemm->device->ctx, "the panel back end");
    }
    const int width = lb_vector_width(gemm->device);
    panel->width = (size_t)width;
    panel->rows = (size_t)lb_gemm_tile_rows(width);
    panel->columns = 2 * panel->width;
    panel->local_floats = local_bytes(gemm->device) / sizeof(float);
    panel->chunk = panel->local_floats / (LB_PANEL_SET * panel->columns);
    panel->region_floats = panel->local_floats / REGION_PART;
    panel->panel_floats =
        panel->local_floats - panel->region_floats - 2 * LB_BLOCK_PATCHES - 3 * panel->width;
    gemm->state = panel;
    return LB_OK;
}

static void panel_drop_scratch(struct lb_gemm *gemm)
{
    struct lb_panel *panel = gemm->state;
    lb_buffer_release(&panel->scratch);
    panel->capacity = 0;
}

static void panel_destroy(struct lb_gemm *gemm)
{
    struct lb_panel *panel = gemm->state;
    if (panel) {
        panel_drop_scratch(gemm);
        while (panel->programs != NULL) {
            struct lb_panel_program *next = panel->programs->next;
            free(panel->programs);
            panel->programs = next;
        }
    }
    free(panel);
    gemm->state = NULL;
}

/* The program of the function in use. */
static struct lb_panel_program *get_program(const struct lb_gemm *gemm)
{
    struct lb_panel *panel = gemm->state;
    struct lb_panel_program *program = panel->programs;
    while (program != NULL && program->function != gemm->function) {
        program = program->next;
    }
    if (program == NULL) {
        program = calloc(1, sizeof *program);
        if (program != NULL) {
            program->function = gemm->function;
            program->next = panel->programs;
            panel->programs = program;
        }
    }
    return program;
}

static enum lb_status build_kernel(struct lb_gemm *gemm, struct lb_panel_program *program,
                                   enum lb_panel_kernel index)
{
    const struct lb_panel *panel = gemm->state;
    struct lb_text prelude = {0};
    lb_gemm_add_prelude(&prelude, (int)panel->width, program->function);
    lb_text_addf(&prelude,
                 "#define ROWS %zu\n#define LOCAL_FLOATS %zu\n#define CHUNK %zu\n"
                 "#define REGION_FLOATS %zu\n#define PANEL_FLOATS %zu\n#define BLOCK %d\n"
                 "#define LINE %d\n",
                 panel->rows, panel->local_floats, panel->chunk, panel->region_floats,
                 panel->panel_floats, LB_BLOCK_PATCHES, LB_LINE_PATCHES);
    const enum lb_status status =
        prelude.failed ? lb_fail_memory(gemm->device->ctx, "the panel back end")
                       : lb_kernel_get(gemm->device, &program->kernels[index], kernels[index].file,
                                       kernels[index].name, prelude.data);
    lb_text_free(&prelude);
    return status;
}

enum lb_status lb_panel_kernel(struct lb_gemm *gemm, cl_kernel *out, enum lb_panel_kernel index)
{
    struct lb_panel_program *program = get_program(gemm);
    if (program == NULL) {
        return lb_fail_memory(gemm->device->ctx, "the panel back end");
    }
    if (program->kernels[index] == NULL) {
        LB_TRY(build_kernel(gemm, program, index));
    }
    *out = program->kernels[index];
    return LB_OK;
}

struct lb_ndrange lb_panel_items(size_t n)
{
    return (struct lb_ndrange){1, {n, 1, 1}, {1, 1, 1}};
}

size_t lb_panel_wanted_items(const struct lb_gemm *gemm)
{
    return ITEMS_PER_UNIT * (size_t)gemm->device->info.compute_units;
}

/** Where panel_packed reads B. */
struct b_place {
    cl_mem mem;
    cl_ulong offset;
    cl_int panel; ///< floats between panels
    cl_int step;
};

enum lb_status lb_panel_reserve(struct lb_device *device, struct lb_panel *panel, size_t floats)
{
    if (floats > panel->capacity) {
        /* Enqueued commands keep the old buffer alive until they are done */
        lb_buffer_release(&panel->scratch);
        panel->capacity = 0;
        LB_TRY(
            lb_buffer_create(device, &panel->scratch, floats * sizeof(float), "a matrix product"));
        panel->capacity = floats;
    }
    return LB_OK;
}

static bool is_in_place(bool transposed, int n, size_t stride, size_t columns)
{
    return !transposed && (size_t)n % columns == 0 && stride <= IN_PLACE_STRIDE;
}

static size_t packed_floats(int n, int k, size_t columns)
{
    return lb_divide_up((size_t)n, columns) * columns * (size_t)k;
}

static double pack_bytes(const struct lb_device *device, const struct lb_gemm_shape *shape)
{
    const size_t columns = 2 * (size_t)lb_vector_width(device);
    const bool packs =
        shape->transpose_a && !is_in_place(shape->transpose_b, shape->n, (size_t)shape->n, columns);
    return packs ? sizeof(float) * (double)packed_floats(shape->n, shape->k, columns) : 0.0;
}

static enum lb_status place_b(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                              struct b_place *out)
{
    struct lb_panel *panel = gemm->state;
    const cl_int columns = (cl_int)panel->columns;
    const cl_ulong offset = call->b.offset;
    const cl_int stride = (cl_int)call->b.stride;
    if (is_in_place(call->transpose_b, call->n, call->b.stride, panel->columns)) {
        *out = (struct b_place){call->b.mem, offset, columns, stride};
        return LB_OK;
    }
    const size_t panels = lb_divide_up((size_t)call->n, panel->columns);
    LB_TRY(lb_panel_reserve(gemm->device, panel, packed_floats(call->n, call->k, panel->columns)));
    cl_kernel kernel = NULL;
    LB_TRY(lb_panel_kernel(gemm, &kernel, LB_PACK_B));
    const cl_int transposed = call->transpose_b;
    const cl_int span = PACK_SPAN;
    const struct lb_ndrange grid = lb_panel_items(lb_divide_up(panels, PACK_SPAN));
    lb_profile_expect(gemm->device, 0.0, 8.0 * call->n * call->k);
    *out = (struct b_place){panel->scratch, 0, columns * call->k, columns};
    return lb_launch(gemm->device, kernel, grid, LB_ARG(call->b.mem), LB_ARG(offset),
                     LB_ARG(stride), LB_ARG(panel->scratch), LB_ARG(call->n), LB_ARG(call->k),
                     LB_ARG(span), LB_ARG(transposed));
}

/** Division of a product among work-items. */
struct division {
    cl_int row_groups; ///< per work-item
    cl_int panels;     ///< per work-item
    size_t items;
};

/*
 * Work-items that read A in place process a few panels, which each packs once, and as many row
 * groups as leave work for all cores. Work-items that pack their rows of A process as many rows as
 * fit into local memory, and all panels.
 */
static struct division divide(const struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const struct lb_panel *panel = gemm->state;
    const size_t groups = lb_divide_up((size_t)call->m, panel->rows);
    const size_t panels = lb_divide_up((size_t)call->n, panel->columns);
    const size_t items = lb_panel_wanted_items(gemm);
    const size_t few = panels / items < 1 ? 1 : lb_smaller(panels / items, LB_PANEL_SET);
    const size_t own_panels = call->transpose_a ? panels : few;
    const size_t across = lb_divide_up(panels, own_panels);
    const size_t steps = lb_smaller((size_t)call->k, panel->chunk);
    const size_t limit = call->transpose_a ? panel->local_floats / (panel->rows * steps) : groups;
    size_t own_groups = lb_smaller(limit, lb_divide_up(groups, lb_divide_up(items, across)));
    if (own_groups < MIN_ROW_GROUPS) {
        own_groups = lb_smaller(MIN_ROW_GROUPS, lb_smaller(limit, groups));
    }
    return (struct division){(cl_int)own_groups, (cl_int)own_panels,
                             lb_divide_up(groups, own_groups) * across};
}

static enum lb_status panel_run(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    gemm->function = lb_epilogue_function(call, gemm->function);
    if (lb_panel_needs_patches(call)) {
        return lb_panel_run_patches(gemm, call);
    }
    struct b_place b = {call->b.mem, call->b.offset, 0, (cl_int)call->b.stride};
    if (call->transpose_a) {
        LB_TRY(place_b(gemm, call, &b));
    }
    cl_kernel kernel = NULL;
    LB_TRY(lb_panel_kernel(gemm, &kernel, call->transpose_a ? LB_PANEL_PACKED : LB_PANEL_DIRECT));
    const struct division division = divide(gemm, call);
    const struct lb_epilogue_args epilogue = lb_epilogue_args(call);
    const cl_ulong a_offset = call->a.offset;
    const cl_int a_stride = (cl_int)call->a.stride;
    const struct lb_ndrange grid = lb_panel_items(division.items);
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
    .pools = lb_panel_pools,
    .create = panel_create,
    .run = panel_run,
    .destroy = panel_destroy,
    .drop_scratch = panel_drop_scratch,
    .patch_bytes = lb_panel_patch_bytes,
    .pack_bytes = pack_bytes,
};
