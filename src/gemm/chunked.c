/*
 * Products with back ends that can only multiply stored matrices: patches of images are written to
 * a scratch buffer in chunks, and a separate kernel computes the epilogue.
 */
#include "gemm/chunked.h"

#include "device/profile.h"
#include "gemm/gemm.h"

void lb_chunked_release(struct lb_chunked *state)
{
    lb_buffer_release(&state->scratch);
    state->capacity = 0;
}

void lb_chunked_drop_scratch(struct lb_gemm *gemm)
{
    lb_chunked_release(gemm->state);
}

/* Limits of the scratch buffer: bytes, and 1 / SCRATCH_SHARE of the device's memory. */
#define SCRATCH_BYTES (256u << 20)
#define SCRATCH_SHARE 16

enum {
    RUN = 16,    // rows of patches of which a work-item writes one column
    TILE = 128,  // chunks longer than this are multiples of it
    PART = 1024, // minimum number of patches in a part of a sum over patches
    MOST_PARTS = 256,
};

/** Division of a product into chunks of m, or of k with transpose_a. */
struct chunks {
    bool copied;   ///< patches are written to the scratch buffer
    bool moved;    ///< rows of C are computed there, too, then moved
    int patch;     ///< length of a row of A as stored
    int total;     ///< number of these rows
    int most;      ///< largest number of them in a chunk
    int part;      ///< rows per part of a sum, each part being one product; 0: one sum
    size_t wait;   ///< offset in the scratch buffer of rows of C or of parts
    size_t floats; ///< size of the scratch buffer
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

/* `summed`: the product sums over patches. */
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
        chunks.part = PART > shape->n ? PART : shape->n; // parts need at most the patches' memory
    }
    /* Per row of a chunk: the patch, and the row of C or its share of the parts. */
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

double lb_chunked_patch_bytes(const struct lb_device *device, const struct lb_gemm_shape *shape,
                              bool copied)
{
    const struct chunks chunks = divide(device, shape, copied, false, shape->transpose_a);
    return sizeof(float) * (double)chunks.floats;
}

struct lb_gemm_shape lb_chunked_largest(const struct lb_device *device,
                                        const struct lb_gemm_shape *shape, bool copied)
{
    const struct chunks chunks = divide(device, shape, copied, false, shape->transpose_a);
    struct lb_gemm_shape largest = *shape;
    *(shape->transpose_a ? &largest.k : &largest.m) = chunks.most;
    return largest;
}

static enum lb_status reserve(struct lb_gemm *gemm, size_t floats)
{
    struct lb_chunked *state = gemm->state;
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
    struct lb_chunked *state = gemm->state;
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

static enum lb_status multiply_one(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const struct lb_chunked *state = gemm->state;
    const struct lb_batch batch = {.count = 1};
    return state->multiply(gemm, call, &batch);
}

static struct lb_matrix from_row(struct lb_matrix matrix, int row)
{
    matrix.offset += (size_t)row * matrix.stride;
    return matrix;
}

/*
 * C (m,n) += op(A) op(B), or C = op(A) op(B), over part.k patches. k is divided into parts: C has
 * few tiles, which would leave most of a GPU idle, and long sums have large rounding errors. The
 * parts depend on the sizes and, like chunks, on the device's memory.
 */
static enum lb_status add_long_sum(struct lb_gemm *gemm, struct lb_gemm_call part,
                                   const struct chunks *chunks)
{
    struct lb_chunked *state = gemm->state;
    const struct lb_matrix c = part.c;
    const int total = part.k;
    const int fitting = chunks->part > 0 ? total / chunks->part : 0;
    const cl_int parts = fitting < MOST_PARTS ? fitting : MOST_PARTS;
    const cl_int add = part.beta != 0.0f;
    if (parts < 2) {
        return multiply_one(gemm, &part);
    }
    const int deep = total / parts;
    const int done = deep * parts;
    const size_t b_step = part.transpose_b ? 1 : part.b.stride;
    const struct lb_batch batch = {parts, (size_t)deep * part.a.stride, (size_t)deep * b_step,
                                   (size_t)part.m * (size_t)part.n};
    if (state->add_parts == NULL) {
        LB_TRY(
            lb_kernel_get(gemm->device, &state->add_parts, "gemm/add_parts.cl", "add_parts", NULL));
    }
    part.k = deep;
    part.beta = 0.0f;
    part.c = (struct lb_matrix){state->scratch, chunks->wait, (size_t)part.n};
    LB_TRY(state->multiply(gemm, &part, &batch));
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
    return multiply_one(gemm, &part);
}

static enum lb_status run_chunk(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                const struct chunks *chunks, int first, int count)
{
    struct lb_chunked *state = gemm->state;
    struct lb_gemm_call part = *call;
    part.patches = (struct lb_patches){0};
    const bool finished = state->finishes && !chunks->moved && !call->transpose_a &&
                          part.epilogue.kind != LB_EPILOGUE_NONE;
    if (!finished) {
        part.epilogue = (struct lb_epilogue){.kind = LB_EPILOGUE_NONE};
    } else if (part.epilogue.slope.mem != NULL) {
        part.epilogue.slope = from_row(part.epilogue.slope, first);
    }
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
    LB_TRY(multiply_one(gemm, &part));
    return chunks->moved || (!finished && call->epilogue.kind != LB_EPILOGUE_NONE)
               ? lb_finish_rows(gemm, call, part.c, first, count)
               : LB_OK;
}

enum lb_status lb_chunked_run(struct lb_gemm *gemm, const struct lb_gemm_call *call)
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
