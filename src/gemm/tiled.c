/*
 * --gemm panel on the GPU path: products with their epilogues by cl/gemm/tiled.cl, and the kernels
 * of chunked.c for everything else. Slower than CLBlast on GPUs, but available on all devices.
 */
#include <stdlib.h>

#include "device/profile.h"
#include "gemm/chunked.h"
#include "gemm/gemm.h"

enum { ROWS = 8, COLUMNS = 2 }; // computed by a work-item

/* How a work-item reads V. */
enum { LOADS_SINGLE, LOADS_COLUMNS, LOADS_DEEP };

/** A build of multiply_tiles(). */
struct build {
    const struct lb_elementwise *function;
    int loads;
    int kind;
    int options;
    bool apart; ///< the rows of U are contiguous
    cl_kernel kernel;
    struct build *next;
};

struct tiled {
    struct lb_chunked chunked; ///< first member, so gemm->state points to it, too
    struct build *builds;
    cl_kernel pack;
    cl_mem packed;
    size_t capacity; ///< floats in `packed`
};

/** A matrix with two strides and a batch stride, in floats. */
struct view {
    cl_mem mem;
    cl_ulong offset;
    cl_int row;
    cl_int column;
    cl_int batch;
};

static struct view view_of(const struct lb_matrix *matrix, bool transposed, size_t batch)
{
    const cl_int stride = (cl_int)matrix->stride;
    return (struct view){matrix->mem, matrix->offset, transposed ? 1 : stride,
                         transposed ? stride : 1, (cl_int)batch};
}

static struct view flip(struct view view)
{
    const cl_int row = view.row;
    view.row = view.column;
    view.column = row;
    return view;
}

static size_t parts_of(int n, int part)
{
    return ((size_t)n + (size_t)part - 1) / (size_t)part;
}

/* Relative number of work-items, counting those beyond the edge. */
static size_t work(int rows, int columns)
{
    return parts_of(rows, ROWS) * parts_of(columns, COLUMNS * LB_GROUP);
}

static enum lb_status reserve(struct lb_gemm *gemm, size_t floats)
{
    struct tiled *state = gemm->state;
    if (floats > state->capacity) {
        /* Commands in the queue keep the old buffer alive until they are done. */
        lb_buffer_release(&state->packed);
        state->capacity = 0;
        LB_TRY(lb_buffer_create(gemm->device, &state->packed, floats * sizeof(float),
                                "a matrix product"));
        state->capacity = floats;
    }
    return LB_OK;
}

static enum lb_status add_build(struct lb_gemm *gemm, const struct build *wanted)
{
    struct tiled *state = gemm->state;
    struct lb_text prelude = {0};
    enum lb_status status = LB_OK;
    struct build *build = malloc(sizeof *build);
    lb_gemm_add_prelude(&prelude, ROWS, wanted->function);
    lb_text_addf(&prelude,
                 "#define GROUP %d\n#define SHUFFLES %d\n#define LOADS_SINGLE %d\n"
                 "#define LOADS_COLUMNS %d\n#define LOADS_DEEP %d\n#define LOADS %d\n"
                 "#define KIND %d\n#define OPTIONS %d\n#define ROWS_APART %d\n",
                 LB_GROUP, gemm->device->shuffles, LOADS_SINGLE, LOADS_COLUMNS, LOADS_DEEP,
                 wanted->loads, wanted->kind, wanted->options, wanted->apart);
    if (build == NULL || prelude.failed) {
        status = lb_fail_memory(gemm->device->ctx, "matrix products");
        goto fail;
    }
    *build = *wanted;
    LB_CHECK(lb_kernel_get(gemm->device, &build->kernel, "gemm/tiled.cl", "multiply_tiles",
                           prelude.data));
    build->next = state->builds;
    state->builds = build;
    build = NULL;
fail:
    free(build);
    lb_text_free(&prelude);
    return status;
}

static enum lb_status get_kernel(struct lb_gemm *gemm, const struct build *wanted,
                                 cl_kernel *kernel)
{
    const struct tiled *state = gemm->state;
    const struct build *build = state->builds;
    while (build != NULL && (build->function != wanted->function || build->loads != wanted->loads ||
                             build->kind != wanted->kind || build->options != wanted->options ||
                             build->apart != wanted->apart)) {
        build = build->next;
    }
    if (build == NULL) {
        LB_TRY(add_build(gemm, wanted));
        build = state->builds;
    }
    *kernel = build->kernel;
    return LB_OK;
}

static int loads_of(const struct view *v, int columns)
{
    return v->column == 1 && columns % COLUMNS == 0 ? LOADS_COLUMNS
           : v->row == 1                            ? LOADS_DEEP
                                                    : LOADS_SINGLE;
}

static bool are_apart(const struct lb_gemm *gemm, const struct view *u)
{
    return gemm->device->shuffles && u->column == 1;
}

static size_t packed_floats(int rows, int deep)
{
    return parts_of(rows, ROWS) * (size_t)deep * ROWS;
}

static double pack_bytes(const struct lb_device *device, const struct lb_gemm_shape *shape)
{
    const bool down = work(shape->n, shape->m) < work(shape->m, shape->n);
    const int rows = down ? shape->n : shape->m;
    const bool transposed = down ? !shape->transpose_b : shape->transpose_a;
    const bool in_place = transposed ? rows % ROWS == 0 : device->shuffles;
    return in_place ? 0.0 : sizeof(float) * (double)packed_floats(rows, shape->k);
}

static double tiled_patch_bytes(const struct lb_device *device, const struct lb_gemm_shape *shape,
                                bool copied)
{
    const struct lb_gemm_shape chunk = lb_chunked_largest(device, shape, copied);
    return lb_chunked_patch_bytes(device, shape, copied) + pack_bytes(device, &chunk);
}

/* Packs groups of 8 rows, unless the matrix has that layout already or the kernel reads rows apart.
 * `view` becomes the operand of the product; its row stride is the distance between groups. */
static enum lb_status place_rows(struct lb_gemm *gemm, struct view *view, int rows, int deep,
                                 int count)
{
    struct tiled *state = gemm->state;
    if (are_apart(gemm, view) || (view->row == 1 && rows % ROWS == 0)) {
        view->row *= ROWS;
        return LB_OK;
    }
    const size_t panels = parts_of(rows, ROWS);
    const size_t one = packed_floats(rows, deep);
    LB_TRY(reserve(gemm, one * (size_t)count));
    const struct lb_ndrange grid = {3, {(size_t)deep, panels, (size_t)count}, {LB_GROUP, 1, 1}};
    lb_profile_expect(gemm->device, 0.0, 8.0 * count * rows * deep);
    LB_TRY(lb_launch(gemm->device, state->pack, grid, LB_ARG(view->mem), LB_ARG(view->offset),
                     LB_ARG(view->row), LB_ARG(view->column), LB_ARG(view->batch),
                     LB_ARG(state->packed), LB_ARG(rows), LB_ARG(deep)));
    *view = (struct view){state->packed, 0, deep * ROWS, ROWS, (cl_int)one};
    return LB_OK;
}

static enum lb_status multiply(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                               const struct lb_batch *batch)
{
    const bool down = work(call->n, call->m) < work(call->m, call->n);
    const struct view a = view_of(&call->a, call->transpose_a, batch->a);
    const struct view b = view_of(&call->b, call->transpose_b, batch->b);
    const struct view c = view_of(&call->c, false, batch->c);
    struct view u = down ? flip(b) : a;
    const struct view v = down ? flip(a) : b;
    const struct view p = down ? flip(c) : c;
    const cl_int rows = down ? call->n : call->m;
    const cl_int columns = down ? call->m : call->n;
    const struct lb_epilogue_args args = lb_epilogue_args(call);
    const cl_int bias_row = down;
    const cl_int bias_column = !down;
    const cl_int slope_row = down ? 1 : args.slope_stride;
    const cl_int slope_column = down ? args.slope_stride : 1;
    const struct build wanted = {
        .function = lb_epilogue_function(call, &lb_elementwise_identity),
        .loads = loads_of(&v, columns),
        .kind = args.kind,
        .options = args.options & (LB_OPTION_ADD | LB_OPTION_SLOPE),
        .apart = are_apart(gemm, &u),
    };
    cl_kernel kernel = NULL;
    const struct lb_ndrange grid = {3,
                                    {parts_of(columns, COLUMNS * LB_GROUP) * LB_GROUP,
                                     parts_of(rows, ROWS), (size_t)batch->count},
                                    {LB_GROUP, 1, 1}};
    LB_TRY(get_kernel(gemm, &wanted, &kernel));
    LB_TRY(place_rows(gemm, &u, rows, call->k, batch->count));
    lb_profile_expect(gemm->device, 2.0 * batch->count * call->m * call->n * call->k,
                      batch->count * lb_gemm_bytes(call));
    return lb_launch(
        gemm->device, kernel, grid, LB_ARG(u.mem), LB_ARG(u.offset), LB_ARG(u.row),
        LB_ARG(u.column), LB_ARG(u.batch), LB_ARG(v.mem), LB_ARG(v.offset), LB_ARG(v.row),
        LB_ARG(v.column), LB_ARG(v.batch), LB_ARG(p.mem), LB_ARG(p.offset), LB_ARG(p.row),
        LB_ARG(p.column), LB_ARG(p.batch), LB_ARG(args.bias), LB_ARG(args.bias_offset),
        LB_ARG(bias_row), LB_ARG(bias_column), LB_ARG(args.slope), LB_ARG(args.slope_offset),
        LB_ARG(slope_row), LB_ARG(slope_column), LB_ARG(rows), LB_ARG(columns), LB_ARG(call->k));
}

static enum lb_status tiled_create(struct lb_gemm *gemm)
{
    struct tiled *state = calloc(1, sizeof *state);
    if (state == NULL) {
        return lb_fail_memory(gemm->device->ctx, "matrix products");
    }
    state->chunked.multiply = multiply;
    state->chunked.finishes = true;
    gemm->state = state;
    return lb_kernel_get(gemm->device, &state->pack, "gemm/pack_tiles.cl", "pack_tiles", NULL);
}

static void tiled_drop_scratch(struct lb_gemm *gemm)
{
    struct tiled *state = gemm->state;
    lb_chunked_release(&state->chunked);
    lb_buffer_release(&state->packed);
    state->capacity = 0;
}

static void tiled_destroy(struct lb_gemm *gemm)
{
    struct tiled *state = gemm->state;
    if (state != NULL) {
        tiled_drop_scratch(gemm);
        while (state->builds != NULL) {
            struct build *next = state->builds->next;
            free(state->builds);
            state->builds = next;
        }
    }
    free(gemm->state);
    gemm->state = NULL;
}

const struct lb_gemm_backend lb_gemm_tiled = {
    .kind = LB_GEMM_PANEL,
    .name = "panel",
    .create = tiled_create,
    .run = lb_chunked_run,
    .destroy = tiled_destroy,
    .drop_scratch = tiled_drop_scratch,
    .patch_bytes = tiled_patch_bytes,
    .pack_bytes = pack_bytes,
};
