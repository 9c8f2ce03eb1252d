#include "optim/muon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "device/path.h"
#include "device/profile.h"
#include "device/vector.h"

/* Most Newton-Schulz steps on A alone: rounding makes its smallest eigenvalues negative, each step
 * multiplies them by a^2, about 12, and below -1 they grow without bound. */
enum { GRAM_STEPS = 5 };

/* Multiplications of all matrices below which ranks do not divide them. */
static const double LEAST_WORK = 1e7;

/* Coefficients of the polynomial */
static const cl_float ns_a = 3.4445f;
static const cl_float ns_b = -4.7750f;
static const cl_float ns_c = 2.0315f;

static int smaller_side(const struct lb_muon_matrix *matrix)
{
    return matrix->in < matrix->out ? matrix->in : matrix->out;
}

static size_t numbers_of(const struct lb_muon_matrix *matrix)
{
    return (size_t)matrix->in * (size_t)matrix->out;
}

static size_t all_numbers(const struct lb_muon_matrix *matrices, int count)
{
    size_t numbers = 0;
    for (int k = 0; k < count; k++) {
        numbers += numbers_of(&matrices[k]);
    }
    return numbers;
}

static size_t square_numbers(const struct lb_muon_matrix *matrices, int count)
{
    size_t most = 0;
    for (int k = 0; k < count; k++) {
        const size_t side = (size_t)smaller_side(&matrices[k]);
        most = side * side > most ? side * side : most;
    }
    return most;
}

double lb_muon_bytes(const struct lb_muon_matrix *matrices, int count)
{
    return sizeof(float) * (2.0 * (double)all_numbers(matrices, count) +
                            LB_MUON_SQUARES * (double)square_numbers(matrices, count));
}

/* Those of gram(), multiply() and apply(). */
double lb_muon_pack_bytes(const struct lb_device *device, enum lb_gemm_kind kind,
                          const struct lb_muon_matrix *matrices, int count)
{
    double most = 0.0;
    for (int k = 0; k < count; k++) {
        const struct lb_muon_matrix *matrix = &matrices[k];
        const int n = smaller_side(matrix);
        const bool tall = matrix->in >= matrix->out;
        const struct lb_gemm_shape shapes[] = {
            {tall, !tall, n, n, tall ? matrix->in : matrix->out},
            {false, false, n, n, n},
            {false, false, matrix->in, matrix->out, n},
        };
        for (size_t i = 0; i < LB_COUNT(shapes); i++) {
            most = fmax(most, lb_gemm_pack_bytes(device, kind, &shapes[i]));
        }
    }
    return most;
}

/* The runs and gains of matrices, one after the other. */
static enum lb_status create_tables(struct lb_muon *muon)
{
    const size_t count = (size_t)muon->count;
    struct lb_span *spans = calloc(count + 1, sizeof *spans);
    float *gains = calloc(count + 1, sizeof *gains);
    enum lb_status status = LB_OK;
    size_t at = 0;
    if (spans == NULL || gains == NULL) {
        status = lb_fail_memory(muon->device->ctx, "the optimiser");
        goto fail;
    }
    for (size_t k = 0; k < count; k++) {
        const struct lb_muon_matrix *matrix = &muon->matrices[k];
        spans[k] = (struct lb_span){matrix->offset, numbers_of(matrix), at, (int)k};
        at += numbers_of(matrix);
        gains[k] = (float)sqrt(fmax(1.0, (double)matrix->fan_out / matrix->in));
    }
    LB_CHECK(lb_runs_create(&muon->runs, muon->device, spans, count));
    LB_CHECK(lb_buffer_write(muon->device, muon->gains, 0, gains, (count + 1) * sizeof *gains));
fail:
    free(spans);
    free(gains);
    return status;
}

/* Multiplications needed to orthogonalise a matrix, up to a factor. */
static double work_of(const struct lb_muon *muon, const struct lb_muon_matrix *matrix)
{
    const double side = smaller_side(matrix);
    const double polynomials = 4.0 * muon->steps * side * side * side;
    return polynomials + 2.0 * side * (double)numbers_of(matrix);
}

/* Assigns the matrices to ranks, largest first, each to the rank with the least work. */
static enum lb_status share_out(struct lb_muon *muon)
{
    const int size = lb_ranks_size(muon->ranks);
    double *load = calloc((size_t)size, sizeof *load);
    muon->pieces = calloc((size_t)muon->count + 1, sizeof *muon->pieces);
    if (load == NULL || muon->pieces == NULL) {
        free(load);
        return lb_fail_memory(muon->device->ctx, "the optimiser");
    }
    size_t at = 0;
    for (int k = 0; k < muon->count; k++) {
        const size_t bytes = numbers_of(&muon->matrices[k]) * sizeof(float);
        muon->pieces[k] = (struct lb_piece){-1, at, bytes};
        at += bytes;
    }
    for (int i = 0; i < muon->count; i++) {
        int next = -1;
        int idle = 0;
        for (int k = 0; k < muon->count; k++) {
            if (muon->pieces[k].owner < 0 &&
                (next < 0 ||
                 work_of(muon, &muon->matrices[k]) > work_of(muon, &muon->matrices[next]))) {
                next = k;
            }
        }
        for (int rank = 1; rank < size; rank++) {
            idle = load[rank] < load[idle] ? rank : idle;
        }
        muon->pieces[next].owner = idle;
        load[idle] += work_of(muon, &muon->matrices[next]);
    }
    free(load);
    return LB_OK;
}

/* Whether ranks divide the matrices. On a CPU the products take longer than sending the result.
 * Other devices multiply a hundred times as fast and do not gain, nor is a message worthwhile for
 * little work. */
static bool pays(const struct lb_muon *muon)
{
    double work = 0.0;
    for (int k = 0; k < muon->count; k++) {
        work += work_of(muon, &muon->matrices[k]);
    }
    return lb_ranks_size(muon->ranks) > 1 && work > LEAST_WORK && lb_takes_cpu_path(muon->device);
}

void lb_muon_drop_buffers(struct lb_muon *muon)
{
    lb_buffer_release(&muon->direction);
    lb_buffer_release(&muon->product);
    for (int i = 0; i < LB_MUON_SQUARES; i++) {
        lb_buffer_release(&muon->square[i]);
    }
}

enum lb_status lb_muon_hold_buffers(struct lb_muon *muon)
{
    struct lb_device *device = muon->device;
    const size_t bytes = all_numbers(muon->matrices, muon->count) * sizeof(float);
    const size_t square = square_numbers(muon->matrices, muon->count) * sizeof(float);
    if (muon->direction != NULL) {
        return LB_OK;
    }
    LB_TRY(lb_buffer_create(device, &muon->direction, bytes, "Muon's direction"));
    LB_TRY(lb_buffer_create(device, &muon->product, bytes, "Muon's direction"));
    for (int i = 0; i < LB_MUON_SQUARES; i++) {
        LB_TRY(lb_buffer_create(device, &muon->square[i], square, "Muon's products"));
    }
    return LB_OK;
}

enum lb_status lb_muon_create(struct lb_muon *muon, struct lb_gemm *gemm, struct lb_device *device,
                              struct lb_ranks *ranks, const struct lb_muon_matrix *matrices,
                              int count, int steps)
{
    const size_t list = (size_t)(count + 1) * sizeof(float);
    *muon = (struct lb_muon){
        .device = device, .gemm = gemm, .ranks = ranks, .count = count, .steps = steps};
    muon->matrices = calloc((size_t)count + 1, sizeof *matrices);
    if (muon->matrices == NULL) {
        return lb_fail_memory(device->ctx, "the optimiser");
    }
    memcpy(muon->matrices, matrices, (size_t)count * sizeof *matrices);
    if (!pays(muon)) {
        muon->ranks = NULL;
    }
    LB_TRY(share_out(muon));
    LB_TRY(lb_step_kernel(device, &muon->momentum, "muon_momentum"));
    LB_TRY(lb_step_kernel(device, &muon->normalise, "muon_normalise"));
    LB_TRY(lb_step_kernel(device, &muon->polynomial, "muon_polynomial"));
    LB_TRY(lb_step_kernel(device, &muon->update, "muon_update"));
    LB_TRY(lb_buffer_create(device, &muon->gains, list, "Muon's rates"));
    LB_TRY(lb_buffer_create(device, &muon->scales, list, "Muon's norms"));
    LB_TRY(lb_muon_hold_buffers(muon));
    return create_tables(muon);
}

void lb_muon_destroy(struct lb_muon *muon)
{
    lb_runs_destroy(&muon->runs);
    lb_buffer_release(&muon->gains);
    lb_buffer_release(&muon->scales);
    lb_muon_drop_buffers(muon);
    free(muon->matrices);
    free(muon->pieces);
    muon->matrices = NULL;
    muon->pieces = NULL;
}

/* ---- one matrix ------------------------------------------------------------------------------ */

/* The square buffers by content. */
struct squares {
    cl_mem a;
    cl_mem q;
    cl_mem p; ///< product of the Qs
    cl_mem t;
    cl_mem spare;
};

static void swap(cl_mem *x, cl_mem *y)
{
    const cl_mem z = *x;
    *x = *y;
    *y = z;
}

/* C = A B, all (n, n), polynomials of one symmetric matrix. */
static enum lb_status multiply(struct lb_muon *muon, int n, cl_mem a, cl_mem b, cl_mem c)
{
    const size_t stride = (size_t)n;
    const struct lb_gemm_call call = {
        .m = n,
        .n = n,
        .k = n,
        .symmetric = true,
        .a = {a, 0, stride},
        .b = {b, 0, stride},
        .c = {c, 0, stride},
    };
    return lb_gemm_run(muon->gemm, &call);
}

/* t = X^T X, or X X^T where in < out */
static enum lb_status gram(struct lb_muon *muon, const struct lb_muon_matrix *matrix,
                           struct lb_matrix x, const struct squares *squares)
{
    const int n = smaller_side(matrix);
    const bool tall = matrix->in >= matrix->out;
    const struct lb_gemm_call call = {
        .transpose_a = tall,
        .transpose_b = !tall,
        .symmetric = true,
        .m = n,
        .n = n,
        .k = tall ? matrix->in : matrix->out,
        .a = x,
        .b = x,
        .c = {squares->t, 0, (size_t)n},
    };
    return lb_gemm_run(muon->gemm, &call);
}

/* y = X P, or P X where in < out */
static enum lb_status apply(struct lb_muon *muon, const struct lb_muon_matrix *matrix,
                            struct lb_matrix x, const struct squares *squares, struct lb_matrix y)
{
    const bool tall = matrix->in >= matrix->out;
    const struct lb_matrix p = {squares->p, 0, (size_t)smaller_side(matrix)};
    const struct lb_gemm_call call = {
        .m = matrix->in,
        .n = matrix->out,
        .k = smaller_side(matrix),
        .a = tall ? x : p,
        .b = tall ? p : x,
        .c = y,
    };
    return lb_gemm_run(muon->gemm, &call);
}

/* a = t s^2 */
static enum lb_status normalise(struct lb_muon *muon, int index, const struct squares *squares,
                                bool again)
{
    const cl_int n = smaller_side(&muon->matrices[index]);
    const cl_int matrix = index;
    const cl_int repeated = again;
    const size_t numbers = (size_t)n * (size_t)n;
    const struct lb_ndrange grid = lb_ndrange_runs(muon->device, numbers);
    lb_profile_expect(muon->device, 2.0 * (double)numbers, 8.0 * (double)numbers);
    return lb_launch(muon->device, muon->normalise, grid, LB_ARG(squares->t), LB_ARG(n),
                     LB_ARG(squares->a), LB_ARG(muon->scales), LB_ARG(matrix), LB_ARG(repeated));
}

/* q = a I + b A + c A^2 */
static enum lb_status polynomial(struct lb_muon *muon, int side, const struct squares *squares)
{
    const cl_int n = side;
    const size_t numbers = (size_t)n * (size_t)n;
    const struct lb_ndrange grid = lb_ndrange_runs(muon->device, numbers);
    LB_TRY(multiply(muon, n, squares->a, squares->a, squares->q));
    lb_profile_expect(muon->device, 3.0 * (double)numbers, 12.0 * (double)numbers);
    return lb_launch(muon->device, muon->polynomial, grid, LB_ARG(squares->a), LB_ARG(squares->q),
                     LB_ARG(n), LB_ARG(ns_a), LB_ARG(ns_b), LB_ARG(ns_c));
}

/* p = product of the Qs of `steps` steps, from A */
static enum lb_status polynomials(struct lb_muon *muon, int n, struct squares *squares, int steps)
{
    for (int i = 0; i < steps; i++) {
        LB_TRY(polynomial(muon, n, squares));
        if (i > 0) {
            LB_TRY(multiply(muon, n, squares->p, squares->q, squares->spare));
        }
        if (i < steps - 1) {
            LB_TRY(multiply(muon, n, squares->a, squares->q, squares->t));
            LB_TRY(multiply(muon, n, squares->t, squares->q, squares->a));
        }
        swap(&squares->p, i > 0 ? &squares->spare : &squares->q);
    }
    return LB_OK;
}

/* Orthogonalises U up to scale; alternates between `direction` and `product`. */
static enum lb_status orthogonalise(struct lb_muon *muon, int index, size_t offset)
{
    const struct lb_muon_matrix *matrix = &muon->matrices[index];
    struct squares squares = {muon->square[0], muon->square[1], muon->square[2], muon->square[3],
                              muon->square[4]};
    struct lb_matrix x = {muon->direction, offset, (size_t)matrix->out};
    struct lb_matrix y = {muon->product, offset, (size_t)matrix->out};
    for (int done = 0; done < muon->steps; done += GRAM_STEPS) {
        const int left = muon->steps - done;
        LB_TRY(gram(muon, matrix, x, &squares));
        LB_TRY(normalise(muon, index, &squares, done > 0));
        LB_TRY(polynomials(muon, smaller_side(matrix), &squares,
                           left < GRAM_STEPS ? left : GRAM_STEPS));
        LB_TRY(apply(muon, matrix, x, &squares, y));
        swap(&x.mem, &y.mem);
    }
    return LB_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static enum lb_status add_momentum(struct lb_muon *muon, const struct lb_muon_params *params)
{
    const cl_int parts = params->gradient.parts;
    const cl_int n = (cl_int)params->block_size;
    const cl_float momentum = (cl_float)params->momentum;
    const struct lb_ndrange grid = lb_runs_grid(muon->device, &muon->runs);
    lb_profile_expect(muon->device, (3.0 + parts) * muon->runs.numbers,
                      4.0 * (3.0 + parts) * muon->runs.numbers);
    return lb_launch(muon->device, muon->momentum, grid, LB_ARG(muon->runs.table),
                     LB_ARG(muon->runs.count), LB_ARG(params->gradient.mem), LB_ARG(parts),
                     LB_ARG(n), LB_ARG(params->moment), LB_ARG(muon->direction), LB_ARG(momentum),
                     LB_ARG(params->skip));
}

/* Gathers all ranks' matrices and their scales. Waits. */
static enum lb_status gather(struct lb_muon *muon, cl_mem result)
{
    struct lb_device *device = muon->device;
    const size_t count = (size_t)muon->count;
    const struct lb_piece *last = &muon->pieces[count - 1];
    void *values = NULL;
    struct lb_piece *scales = calloc(count, sizeof *scales);
    enum lb_status status = LB_OK;
    if (scales == NULL) {
        return lb_fail_memory(device->ctx, "the optimiser");
    }
    for (size_t k = 0; k < count; k++) {
        scales[k] = (struct lb_piece){muon->pieces[k].owner, k * sizeof(float), sizeof(float)};
    }
    LB_CHECK(lb_buffer_map(device, result, last->first + last->bytes, &values));
    LB_CHECK(lb_ranks_gather_pieces(muon->ranks, values, muon->pieces, count));
    LB_CHECK(lb_buffer_unmap(device, result, values));
    LB_CHECK(lb_buffer_map(device, muon->scales, count * sizeof(float), &values));
    LB_CHECK(lb_ranks_gather_pieces(muon->ranks, values, scales, count));
    LB_CHECK(lb_buffer_unmap(device, muon->scales, values));
fail:
    free(scales);
    return status;
}

enum lb_status lb_muon_step(struct lb_muon *muon, cl_mem parameters,
                            const struct lb_muon_params *params)
{
    const cl_float lr = (cl_float)params->lr;
    const struct lb_ndrange grid = lb_runs_grid(muon->device, &muon->runs);
    const bool swaps = (muon->steps + GRAM_STEPS - 1) / GRAM_STEPS % 2 != 0;
    const cl_mem result = swaps ? muon->product : muon->direction;
    LB_TRY(add_momentum(muon, params));
    for (int k = 0; k < muon->count; k++) {
        if (muon->pieces[k].owner == lb_ranks_rank(muon->ranks)) {
            LB_TRY(orthogonalise(muon, k, muon->pieces[k].first / sizeof(float)));
        }
    }
    LB_TRY(muon->ranks != NULL ? gather(muon, result) : LB_OK);
    lb_profile_expect(muon->device, 2.0 * muon->runs.numbers, 12.0 * muon->runs.numbers);
    return lb_launch(muon->device, muon->update, grid, LB_ARG(muon->runs.table),
                     LB_ARG(muon->runs.count), LB_ARG(parameters), LB_ARG(result),
                     LB_ARG(muon->gains), LB_ARG(muon->scales), LB_ARG(lr), LB_ARG(params->skip));
}
