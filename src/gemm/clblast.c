/*
 * The back end for GPUs: CLBlast, then a kernel of ours for the epilogue. Patches of images are
 * written to a scratch buffer, a chunk of them at a time. One thread only.
 */
#include <clblast_c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "device/profile.h"
#include "gemm/backend.h"
#include "gemm/gemm.h"
#include "gemm/tuning.h"

/* ---- parameters ------------------------------------------------------------------------------ */

static enum lb_status override(struct lb_device *device, const char *kernel,
                               const char *const *names, size_t n, const size_t *values)
{
    const char *copies[LB_INDIRECT_PARAMETERS]; // the library does not say const
    memcpy(copies, names, n * sizeof *names);
    const CLBlastStatusCode code =
        CLBlastOverrideParameters(device->id, kernel, CLBlastPrecisionSingle, n, copies, values);
    return code == CLBlastSuccess
               ? LB_OK
               : lb_fail_cl(device, "matrix products", "CLBlastOverrideParameters", code);
}

static enum lb_status set_parameters(struct lb_gemm *gemm,
                                     const struct lb_clblast_parameters *parameters)
{
    static const char *const routine_names[] = {"XGEMM_MIN_INDIRECT_SIZE"};
    struct lb_device *device = gemm->device;
    if (parameters->direct_set) {
        LB_TRY(override(device, "XgemmDirect", lb_direct_names, LB_DIRECT_PARAMETERS,
                        parameters->direct));
    }
    if (parameters->indirect_set) {
        LB_TRY(override(device, "Xgemm", lb_indirect_names, LB_INDIRECT_PARAMETERS,
                        parameters->indirect));
    }
    if (parameters->min_indirect > 0) {
        LB_TRY(override(device, "GemmRoutine", routine_names, 1, &parameters->min_indirect));
    }
    return LB_OK;
}

/* ---- products -------------------------------------------------------------------------------- */

struct clblast {
    cl_kernel write_patches; ///< NULL: not needed yet
    cl_kernel add_parts;     ///< likewise
    cl_mem scratch;          ///< patches, then what waits: rows of C, or parts of a sum
    size_t capacity;         ///< of it, floats
};

static enum lb_status clblast_create(struct lb_gemm *gemm)
{
    struct clblast *state = calloc(1, sizeof(*state));
    if (!state) {
        return lb_fail_memory(gemm->device->ctx, "the CLBlast back end");
    }
    gemm->state = state;
    const struct lb_clblast_parameters *pinned = lb_tuning_pinned(gemm->device);
    if (pinned != NULL) {
        return set_parameters(gemm, pinned);
    }
    const struct lb_tuning tuning = lb_tuning_load(gemm->device);
    return set_parameters(gemm, &tuning.clblast);
}

static void clblast_destroy(struct lb_gemm *gemm)
{
    /* Its cached programs would keep the device's context alive. */
    CLBlastClearCache();
    struct clblast *state = gemm->state;
    if (state != NULL) {
        lb_buffer_release(&state->scratch);
    }
    free(state);
    gemm->state = NULL;
}

/** Products of equal sizes at once: floats from the operands of one to those of the next. */
struct batch {
    int count; ///< 1: a single product
    size_t a;
    size_t b;
    size_t c;
};

static enum lb_status multiply(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                               const struct batch *batch)
{
    struct lb_device *device = gemm->device;
    const CLBlastTranspose a = call->transpose_a ? CLBlastTransposeYes : CLBlastTransposeNo;
    const CLBlastTranspose b = call->transpose_b ? CLBlastTransposeYes : CLBlastTransposeNo;
    const size_t m = (size_t)call->m;
    const size_t n = (size_t)call->n;
    const size_t k = (size_t)call->k;
    const bool one = batch->count == 1;
    const char *name = one ? "CLBlastSgemm" : "CLBlastSgemmStridedBatched";
    lb_trace_begin(device, "the product by", name);
    const CLBlastStatusCode code =
        one ? CLBlastSgemm(CLBlastLayoutRowMajor, a, b, m, n, k, 1.0f, call->a.mem, call->a.offset,
                           call->a.stride, call->b.mem, call->b.offset, call->b.stride, call->beta,
                           call->c.mem, call->c.offset, call->c.stride, &device->queue, NULL)
            : CLBlastSgemmStridedBatched(CLBlastLayoutRowMajor, a, b, m, n, k, 1.0f, call->a.mem,
                                         call->a.offset, call->a.stride, batch->a, call->b.mem,
                                         call->b.offset, call->b.stride, batch->b, call->beta,
                                         call->c.mem, call->c.offset, call->c.stride, batch->c,
                                         (size_t)batch->count, &device->queue, NULL);
    if (code != CLBlastSuccess) {
        return lb_fail_cl(device, "matrix product", name, code);
    }
    return lb_trace_end(device);
}

/* The library's event covers only the last of its kernels: timed by the host's clock instead. */
static enum lb_status multiply_timed(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                     const struct batch *batch)
{
    LB_TRY(lb_device_finish(gemm->device));
    const double start = lb_clock_seconds();
    LB_TRY(multiply(gemm, call, batch));
    LB_TRY(lb_device_finish(gemm->device));
    const double seconds = lb_clock_seconds() - start;
    lb_profile_expect(gemm->device, 2.0 * batch->count * call->m * call->n * call->k,
                      batch->count * lb_gemm_bytes(call));
    return lb_profile_add_seconds(gemm->device, "CLBlastSgemm", seconds);
}

static enum lb_status multiply_batch(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                     const struct batch *batch)
{
    return gemm->device->profile != NULL ? multiply_timed(gemm, call, batch)
                                         : multiply(gemm, call, batch);
}

static enum lb_status multiply_matrices(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const struct batch batch = {.count = 1};
    return multiply_batch(gemm, call, &batch);
}

/* ---- patches and pixels ---------------------------------------------------------------------- */

/* Most that the scratch buffer takes, and the device's memory as a multiple of it. */
#define SCRATCH_BYTES (256u << 20)
#define SCRATCH_SHARE 16

enum {
    RUN = 16,    // rows of patches that a work-item writes, one number of each
    TILE = 128,  // chunks are whole tiles of CLBlast's, where they are as long
    PART = 1024, // patches, at least, of a part of a sum over patches
    MOST_PARTS = 256,
};

/** How a product is done in chunks: of m, or of k with transpose_a. */
struct chunks {
    bool copied;   ///< the patches
    bool moved;    ///< the rows of C
    int patch;     ///< numbers of a row of A, of its stored form with transpose_a
    int total;     ///< of these rows
    int most;      ///< of them at once
    int part;      ///< of them in a part of a sum, whose parts are a product each; 0: one sum
    size_t wait;   ///< where in the scratch buffer rows of C or parts wait
    size_t floats; ///< of the scratch buffer
};

static size_t scratch_floats(const struct lb_device *device)
{
    const uint64_t share = device->info.memory_bytes / SCRATCH_SHARE;
    const uint64_t limit = device->info.max_allocation_bytes;
    uint64_t bytes = SCRATCH_BYTES;
    bytes = share > 0 && share < bytes ? share : bytes;
    bytes = limit > 0 && limit < bytes ? limit : bytes;
    return (size_t)bytes / sizeof(float);
}

/* `summed`: over patches. */
static struct chunks divide(const struct lb_device *device, const struct lb_gemm_shape *shape,
                            bool copied, bool moved, bool summed)
{
    struct chunks chunks = {
        .copied = copied,
        .moved = moved,
        .patch = shape->transpose_a ? shape->m : shape->k,
        .total = shape->transpose_a ? shape->k : shape->m,
    };
    const size_t m = (size_t)shape->m;
    const size_t n = (size_t)shape->n;
    if (summed) {
        chunks.part = PART > shape->n ? PART : shape->n; // parts take no more room than the patches
    }
    /* A chunk's patches, and for each what waits. */
    const size_t patches = chunks.copied ? (size_t)chunks.patch : 0;
    const size_t row =
        patches + (chunks.moved ? n : 0) + (chunks.part > 0 ? m * n / (size_t)chunks.part + 1 : 0);
    size_t most = row > 0 ? scratch_floats(device) / row : (size_t)chunks.total;
    most = most > TILE ? most / TILE * TILE : most > 0 ? most : 1;
    chunks.most = most < (size_t)chunks.total ? (int)most : chunks.total;
    chunks.wait = (size_t)chunks.most * patches;
    chunks.floats = chunks.wait + (chunks.moved ? (size_t)chunks.most * n : 0) +
                    (chunks.part > 0 ? (size_t)(chunks.most / chunks.part) * m * n : 0);
    return chunks;
}

static struct chunks divide_call(const struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const struct lb_gemm_shape shape = {call->transpose_a, call->transpose_b, call->m, call->n,
                                        call->k};
    const bool patches = call->patches.height > 0;
    return divide(gemm->device, &shape, patches && !lb_patches_are_images(&call->patches),
                  call->pixels.height > 0, patches && call->transpose_a);
}

static double patch_bytes(const struct lb_device *device, const struct lb_gemm_shape *shape,
                          bool copied)
{
    const struct chunks chunks = divide(device, shape, copied, false, shape->transpose_a);
    return sizeof(float) * (double)chunks.floats;
}

static enum lb_status reserve(struct lb_gemm *gemm, size_t floats)
{
    struct clblast *state = gemm->state;
    if (floats > state->capacity) {
        /* Commands in the queue keep the old buffer alive until they are done. */
        lb_buffer_release(&state->scratch);
        state->capacity = 0;
        LB_TRY(lb_buffer_create(gemm->device, &state->scratch, floats * sizeof(float),
                                "patches of images"));
        state->capacity = floats;
    }
    return LB_OK;
}

static enum lb_status write_patches(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                    const struct chunks *chunks, int first, int count)
{
    struct clblast *state = gemm->state;
    const struct lb_patches *patches = &call->patches;
    if (state->write_patches == NULL) {
        LB_TRY(lb_kernel_get(gemm->device, &state->write_patches, "gemm/write_patches.cl",
                             "write_patches", NULL));
    }
    const cl_ulong offset = call->a.offset;
    const cl_int run = RUN;
    const struct lb_ndrange grid = {
        2, {(size_t)chunks->patch, ((size_t)count + RUN - 1) / RUN, 1}, {LB_GROUP / 2, 2, 1}};
    lb_profile_expect(gemm->device, 0.0, 8.0 * count * chunks->patch);
    return lb_launch(gemm->device, state->write_patches, grid, LB_ARG(call->a.mem), LB_ARG(offset),
                     LB_ARG(patches->height), LB_ARG(patches->width), LB_ARG(patches->channels),
                     LB_ARG(patches->kernel_width), LB_ARG(patches->stride), LB_ARG(patches->top),
                     LB_ARG(patches->left), LB_ARG(patches->rows), LB_ARG(patches->columns),
                     LB_ARG(first), LB_ARG(count), LB_ARG(chunks->patch), LB_ARG(run),
                     LB_ARG(state->scratch));
}

static struct lb_matrix from_row(struct lb_matrix matrix, int row)
{
    matrix.offset += (size_t)row * matrix.stride;
    return matrix;
}

/*
 * C (m,n) += op(A) op(B) over part.k patches. A tile of C for each of few work-groups would leave
 * most of a GPU idle, and long sums round much: k is divided into parts. These depend on the sizes
 * and, as chunks do, on the device's memory.
 */
static enum lb_status add_long_sum(struct lb_gemm *gemm, struct lb_gemm_call part,
                                   const struct chunks *chunks)
{
    struct clblast *state = gemm->state;
    const struct lb_matrix c = part.c;
    const int total = part.k;
    const int fitting = chunks->part > 0 ? total / chunks->part : 0;
    const cl_int parts = fitting < MOST_PARTS ? fitting : MOST_PARTS;
    const cl_int add = part.beta != 0.0f;
    if (parts < 2) {
        return multiply_matrices(gemm, &part);
    }
    const int deep = total / parts;
    const int done = deep * parts;
    const size_t b_step = part.transpose_b ? 1 : part.b.stride;
    const struct batch batch = {parts, (size_t)deep * part.a.stride, (size_t)deep * b_step,
                                (size_t)part.m * (size_t)part.n};
    if (state->add_parts == NULL) {
        LB_TRY(
            lb_kernel_get(gemm->device, &state->add_parts, "gemm/add_parts.cl", "add_parts", NULL));
    }
    part.k = deep;
    part.beta = 0.0f;
    part.c = (struct lb_matrix){state->scratch, chunks->wait, (size_t)part.n};
    LB_TRY(multiply_batch(gemm, &part, &batch));
    const cl_ulong parts_offset = chunks->wait;
    const cl_ulong c_offset = c.offset;
    const cl_int c_stride = (cl_int)c.stride;
    const struct lb_ndrange grid = LB_NDRANGE(batch.c);
    lb_profile_expect(gemm->device, 0.0, 4.0 * parts * (double)batch.c);
    LB_TRY(lb_launch(gemm->device, state->add_parts, grid, LB_ARG(state->scratch),
                     LB_ARG(parts_offset), LB_ARG(parts), LB_ARG(c.mem), LB_ARG(c_offset),
                     LB_ARG(c_stride), LB_ARG(part.m), LB_ARG(part.n), LB_ARG(add)));
    if (done == total) {
        return LB_OK;
    }
    part.k = total - done;
    part.a = from_row(part.a, done);
    part.b.offset += (size_t)done * b_step;
    part.c = c;
    part.beta = 1.0f;
    return multiply_matrices(gemm, &part);
}

static enum lb_status run_chunk(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                const struct chunks *chunks, int first, int count)
{
    struct clblast *state = gemm->state;
    struct lb_gemm_call part = *call;
    part.patches = (struct lb_patches){0};
    if (chunks->copied) {
        LB_TRY(write_patches(gemm, call, chunks, first, count));
        part.a = (struct lb_matrix){state->scratch, 0, (size_t)chunks->patch};
    } else {
        part.a = from_row(call->a, first);
    }
    if (call->transpose_a) {
        part.k = count;
        part.b.offset += (size_t)first * (call->transpose_b ? 1 : call->b.stride);
        part.beta = first > 0 ? 1.0f : call->beta;
        return add_long_sum(gemm, part, chunks);
    }
    part.m = count;
    if (chunks->moved) {
        part.c = (struct lb_matrix){state->scratch, chunks->wait, (size_t)call->n};
        part.beta = 0.0f;
    } else {
        part.c = from_row(call->c, first);
    }
    LB_TRY(multiply_matrices(gemm, &part));
    return chunks->moved || call->epilogue.kind != LB_EPILOGUE_NONE
               ? lb_finish_rows(gemm, call, part.c, first, count)
               : LB_OK;
}

static enum lb_status clblast_run(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const struct chunks chunks = divide_call(gemm, call);
    LB_TRY(reserve(gemm, chunks.floats));
    for (int first = 0, left = chunks.total; left > 0;) {
        const int count = left < chunks.most ? left : chunks.most;
        LB_TRY(run_chunk(gemm, call, &chunks, first, count));
        first += count;
        left -= count;
    }
    return call->transpose_a && call->epilogue.kind != LB_EPILOGUE_NONE
               ? lb_finish_rows(gemm, call, call->c, 0, call->m)
               : LB_OK;
}

const struct lb_gemm_backend lb_gemm_clblast = {
    .kind = LB_GEMM_CLBLAST,
    .name = "clblast",
    .create = clblast_create,
    .run = clblast_run,
    .destroy = clblast_destroy,
    .patch_bytes = patch_bytes,
    .set_parameters = set_parameters,
};
