/*
 * What --gemm panel is off the CPU path: products by cl/gemm/tiled.cl, with the kernels of
 * chunked.c for all else. Slower on a GPU than CLBlast, but there on every device.
 */
#include <stdlib.h>

#include "device/profile.h"
#include "gemm/chunked.h"

enum { ROWS = 8 }; // of a work-item

struct tiled {
    struct lb_chunked chunked; ///< first: gemm->state is both
    cl_kernel multiply;
};

/** A matrix read by two indices: floats from one to the next. */
struct strides {
    cl_int row;
    cl_int column;
};

static struct strides strides_of(const struct lb_matrix *matrix, bool transposed)
{
    const cl_int stride = (cl_int)matrix->stride;
    return transposed ? (struct strides){1, stride} : (struct strides){stride, 1};
}

static size_t whole(int n, int part)
{
    return ((size_t)n + (size_t)part - 1) / (size_t)part * (size_t)part;
}

/* Whether work-items lie along C's rows: that takes fewer of them. */
static bool goes_down(const struct lb_gemm_call *call)
{
    return whole(call->m, LB_GROUP) * whole(call->n, ROWS) <
           whole(call->n, LB_GROUP) * whole(call->m, ROWS);
}

static enum lb_status multiply(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                               const struct lb_batch *batch)
{
    const struct tiled *state = gemm->state;
    const bool down = goes_down(call);
    const struct strides a = strides_of(&call->a, call->transpose_a);
    const struct strides b = strides_of(&call->b, call->transpose_b);
    const struct lb_matrix *u = down ? &call->b : &call->a;
    const struct lb_matrix *v = down ? &call->a : &call->b;
    const cl_int u_row = down ? b.column : a.row;
    const cl_int u_deep = down ? b.row : a.column;
    const cl_int v_deep = down ? a.column : b.row;
    const cl_int v_column = down ? a.row : b.column;
    const cl_int p_row = down ? 1 : (cl_int)call->c.stride;
    const cl_int p_column = down ? (cl_int)call->c.stride : 1;
    const cl_int u_batch = (cl_int)(down ? batch->b : batch->a);
    const cl_int v_batch = (cl_int)(down ? batch->a : batch->b);
    const cl_int p_batch = (cl_int)batch->c;
    const cl_int rows = down ? call->n : call->m;
    const cl_int columns = down ? call->m : call->n;
    const cl_ulong u_offset = u->offset;
    const cl_ulong v_offset = v->offset;
    const cl_ulong p_offset = call->c.offset;
    const cl_int add = call->beta != 0.0f;
    const struct lb_ndrange grid = {
        3, {(size_t)columns, whole(rows, ROWS) / ROWS, (size_t)batch->count}, {LB_GROUP, 1, 1}};
    lb_profile_expect(gemm->device, 2.0 * batch->count * call->m * call->n * call->k,
                      batch->count * lb_gemm_bytes(call));
    return lb_launch(gemm->device, state->multiply, grid, LB_ARG(u->mem), LB_ARG(u_offset),
                     LB_ARG(u_row), LB_ARG(u_deep), LB_ARG(u_batch), LB_ARG(v->mem),
                     LB_ARG(v_offset), LB_ARG(v_deep), LB_ARG(v_column), LB_ARG(v_batch),
                     LB_ARG(call->c.mem), LB_ARG(p_offset), LB_ARG(p_row), LB_ARG(p_column),
                     LB_ARG(p_batch), LB_ARG(rows), LB_ARG(columns), LB_ARG(call->k), LB_ARG(add));
}

static enum lb_status tiled_create(struct lb_gemm *gemm)
{
    struct tiled *state = calloc(1, sizeof *state);
    struct lb_text prelude = {0};
    if (state == NULL) {
        return lb_fail_memory(gemm->device->ctx, "matrix products");
    }
    state->chunked.multiply = multiply;
    gemm->state = state;
    lb_text_addf(&prelude, "#define ROWS %d\n", ROWS);
    const enum lb_status status =
        prelude.failed ? lb_fail_memory(gemm->device->ctx, "matrix products")
                       : lb_kernel_get(gemm->device, &state->multiply, "gemm/tiled.cl",
                                       "multiply_tiles", prelude.data);
    lb_text_free(&prelude);
    return status;
}

static void tiled_destroy(struct lb_gemm *gemm)
{
    struct tiled *state = gemm->state;
    if (state != NULL) {
        lb_chunked_release(&state->chunked);
    }
    free(state);
    gemm->state = NULL;
}

const struct lb_gemm_backend lb_gemm_tiled = {
    .kind = LB_GEMM_PANEL,
    .name = "panel",
    .create = tiled_create,
    .run = lb_chunked_run,
    .destroy = tiled_destroy,
    .patch_bytes = lb_chunked_patch_bytes,
};
