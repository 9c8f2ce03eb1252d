/*
 * Muon against its reference vectors and against plain C in double precision, with the
 * Newton-Schulz steps in their original form, on the matrix itself.
 *
 * Tolerances of what is made orthogonal: five steps multiply the smallest singular values by up to
 * 500, and their squares, of which the program has the rounding errors, by its square: an error of
 * 2^-24 of the largest square is at most 2e-2 of the smallest one's polynomial, and 5e-4 of
 * matrices as random as these. Momentum and weights have the errors of a few operations.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gemm/gemm.h"
#include "optim/update_rule.h"

enum { PAD = 32 }; // Adam parameters between and after matrices

static const double orthogonal_tolerance = 5e-4;

/* ---- plain C --------------------------------------------------------------------------------- */

/* X <- a X + b (X X^T) X + c (X X^T)^2 X, X (m, n) with m <= n */
static void newton_schulz(double *x, size_t m, size_t n, int steps)
{
    double *a = allocate(m * m, sizeof *a);
    double *b = allocate(m * m, sizeof *b);
    double *y = allocate(m * n, sizeof *y);
    for (int step = 0; step < steps; step++) {
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < m; j++) {
                a[i * m + j] = 0.0;
                for (size_t k = 0; k < n; k++) {
                    a[i * m + j] += x[i * n + k] * x[j * n + k];
                }
            }
        }
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < m; j++) {
                double sum = 0.0;
                for (size_t k = 0; k < m; k++) {
                    sum += a[i * m + k] * a[j * m + k];
                }
                b[i * m + j] = -4.7750 * a[i * m + j] + 2.0315 * sum;
            }
        }
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < n; j++) {
                y[i * n + j] = 3.4445 * x[i * n + j];
            }
            for (size_t k = 0; k < m; k++) {
                for (size_t j = 0; j < n; j++) {
                    y[i * n + j] += b[i * m + k] * x[k * n + j];
                }
            }
        }
        memcpy(x, y, m * n * sizeof *x);
    }
    free(a);
    free(b);
    free(y);
}

/* U (in, out), row-major, becomes nearly orthogonal. */
static void orthogonalise(double *u, size_t in, size_t out, int steps)
{
    const bool turn = in > out;
    double *x = allocate(in * out, sizeof *x);
    double squares = 0.0;
    for (size_t i = 0; i < in * out; i++) {
        squares += u[i] * u[i];
    }
    for (size_t i = 0; i < in * out; i++) {
        x[turn ? i % out * in + i / out : i] = u[i] / (sqrt(squares) + 1e-7);
    }
    newton_schulz(x, turn ? out : in, turn ? in : out, steps);
    for (size_t i = 0; i < in * out; i++) {
        u[i] = x[turn ? i % out * in + i / out : i];
    }
    free(x);
}

/* ---- reference vectors ----------------------------------------------------------------------- */

/* The rows of numbers as one array. */
static double *matrix_of(const json_t *rows, size_t in, size_t out)
{
    double *values = allocate(in * out, sizeof *values);
    assert_int_equal(json_array_size(rows), in);
    for (size_t i = 0; i < in; i++) {
        const json_t *row = json_array_get(rows, i);
        assert_int_equal(json_array_size(row), out);
        for (size_t j = 0; j < out; j++) {
            values[i * out + j] = json_number_value(json_array_get(row, j));
        }
    }
    return values;
}

static double *matrix_at(const json_t *object, const char *key, size_t in, size_t out)
{
    return matrix_of(json_object_get(object, key), in, out);
}

static float *to_floats(const double *values, size_t n)
{
    float *floats = allocate(n, sizeof *floats);
    for (size_t i = 0; i < n; i++) {
        floats[i] = (float)values[i];
    }
    return floats;
}

static void check_and_free(const char *what, float *got, double *want, size_t n, double tolerance)
{
    check_floats(what, got, want, n, tolerance);
    free(got);
    free(want);
}

static void run_case(const struct device_fixture *fixture, enum lb_gemm_kind kind,
                     const json_t *one)
{
    const json_t *shape = json_object_get(one, "shape");
    const size_t in = (size_t)json_integer_value(json_array_get(shape, 0));
    const size_t out = (size_t)json_integer_value(json_array_get(shape, 1));
    const size_t n = in * out;
    const double lr = number_at(one, "learning_rate");
    const json_t *gradients = json_object_get(one, "gradients");
    const struct lb_muon_matrix matrix = {0, (int)in, (int)out, (int)out};
    struct lb_gemm *gemm = NULL;
    struct lb_muon muon = {0};
    double *initial = matrix_at(one, "initial", in, out);
    float *start = to_floats(initial, n);
    float *zeros = allocate(n, sizeof *zeros);
    const int no_skip[1] = {0};
    cl_mem weight = upload(fixture, start, n);
    cl_mem moment = upload(fixture, zeros, n);
    cl_mem skip = NULL;
    require_ok(fixture, lb_buffer_create(fixture->device, &skip, sizeof no_skip, "test"));
    require_ok(fixture, lb_buffer_write(fixture->device, skip, 0, no_skip, sizeof no_skip));
    require_ok(fixture, lb_gemm_create(&gemm, fixture->device, kind));
    require_ok(fixture, lb_muon_create(&muon, gemm, fixture->device, NULL, &matrix, 1, 5));
    assert_true(json_array_size(gradients) >= 4);
    for (size_t t = 0; t < json_array_size(gradients); t++) {
        const json_t *step = json_array_get(json_object_get(one, "steps"), t);
        double *gradient = matrix_of(json_array_get(gradients, t), in, out);
        float *values = to_floats(gradient, n);
        cl_mem mem = upload(fixture, values, n);
        require_ok(fixture,
                   lb_muon_step(&muon, weight,
                                lb_muon_params(.lr = lr, .momentum = number_at(one, "momentum"),
                                               .moment = moment, .skip = skip, .gradient = {mem, 1},
                                               .block_size = n)));
        float *got = download(fixture, muon.product, n);
        float *scale = download(fixture, muon.scales, 1);
        for (size_t i = 0; i < n; i++) {
            got[i] *= scale[0];
        }
        check_and_free("orthogonalized", got, matrix_at(step, "orthogonalized", in, out), n,
                       orthogonal_tolerance);
        check_and_free("momentum", download(fixture, moment, n),
                       matrix_at(step, "momentum", in, out), n, 100.0 * UNIT);
        check_and_free("weight", download(fixture, weight, n), matrix_at(step, "weight", in, out),
                       n, 4.0 * lr * orthogonal_tolerance);
        lb_buffer_release(&mem);
        free(scale);
        free(values);
        free(gradient);
    }
    lb_muon_destroy(&muon);
    lb_gemm_destroy(&gemm);
    lb_buffer_release(&skip);
    lb_buffer_release(&weight);
    lb_buffer_release(&moment);
    free(zeros);
    free(start);
    free(initial);
}

static const enum lb_gemm_kind kinds[] = {LB_GEMM_PANEL, LB_GEMM_CLBLAST};

static void steps_give_the_vectors(void **state)
{
    const struct device_fixture *fixture = *state;
    json_t *root = load_reference("muon.json");
    const json_t *cases = json_object_get(root, "cases");
    assert_true(json_array_size(cases) > 0);
    for (size_t k = 0; k < LB_COUNT(kinds); k++) {
        for (size_t i = 0; i < json_array_size(cases) && lb_gemm_is_built(kinds[k]); i++) {
            run_case(fixture, kinds[k], json_array_get(cases, i));
        }
    }
    json_decref(root);
}

/* ---- whole blocks ---------------------------------------------------------------------------- */

enum { MATRICES = 8, PARTS = 2 };

/* Tall, wide, square, single rows and columns, and sizes that are not multiples of vectors. */
static const int shapes[MATRICES][3] = {{27, 16, 16}, {45, 33, 33}, {20, 70, 70}, {1, 9, 9},
                                        {9, 1, 1},    {64, 64, 64}, {8, 64, 16},  {130, 97, 97}};

struct block {
    struct lb_muon_matrix matrices[MATRICES];
    size_t size;
    double *weight;
    double *moment;
    double *moment2; ///< of Adam
    bool *by_muon;
};

static void make_block(struct block *block)
{
    block->size = PAD;
    for (size_t k = 0; k < MATRICES; k++) {
        block->matrices[k] =
            (struct lb_muon_matrix){block->size, shapes[k][0], shapes[k][1], shapes[k][2]};
        block->size += (size_t)(shapes[k][0] * shapes[k][1] + PAD);
    }
    block->weight = allocate(block->size, sizeof(double));
    block->moment = allocate(block->size, sizeof(double));
    block->moment2 = allocate(block->size, sizeof(double));
    block->by_muon = allocate(block->size, sizeof(bool));
    for (size_t i = 0; i < block->size; i++) {
        block->weight[i] = (double)draw(1, i);
    }
    for (size_t k = 0; k < MATRICES; k++) {
        for (int i = 0; i < shapes[k][0] * shapes[k][1]; i++) {
            block->by_muon[block->matrices[k].offset + (size_t)i] = true;
        }
    }
}

static void free_block(struct block *block)
{
    free(block->weight);
    free(block->moment);
    free(block->moment2);
    free(block->by_muon);
}

/* Step t = 1, 2, ... as in layers.md. */
static void expect_step(struct block *block, const double *gradient, int t, double lr,
                        double muon_lr, int steps)
{
    double *u = allocate(block->size, sizeof *u);
    for (size_t i = 0; i < block->size; i++) {
        const double g = gradient[i];
        if (block->by_muon[i]) {
            block->moment[i] = 0.95 * block->moment[i] + g;
            u[i] = g + 0.95 * block->moment[i];
            continue;
        }
        block->moment[i] = 0.9 * block->moment[i] + 0.1 * g;
        block->moment2[i] = 0.999 * block->moment2[i] + 0.001 * g * g;
        block->weight[i] -= lr * block->moment[i] / (1.0 - pow(0.9, t)) /
                            (sqrt(block->moment2[i] / (1.0 - pow(0.999, t))) + 1e-8);
    }
    for (size_t k = 0; k < MATRICES; k++) {
        const struct lb_muon_matrix *matrix = &block->matrices[k];
        double *of_matrix = u + matrix->offset;
        const double rate = muon_lr * sqrt(fmax(1.0, (double)matrix->fan_out / matrix->in));
        orthogonalise(of_matrix, (size_t)matrix->in, (size_t)matrix->out, steps);
        for (int i = 0; i < matrix->in * matrix->out; i++) {
            block->weight[matrix->offset + (size_t)i] -= rate * of_matrix[i];
        }
    }
    free(u);
}

static void run_blocks(const struct device_fixture *fixture, enum lb_gemm_kind kind, int steps)
{
    const double lr = 0.01;
    const double muon_lr = 0.05;
    struct block block;
    struct lb_gemm *gemm = NULL;
    struct lb_update_rule rule = {0};
    make_block(&block);
    const size_t n = block.size;
    float *start = to_floats(block.weight, n);
    float *parts = allocate(PARTS * n, sizeof *parts);
    double *gradient = allocate(n, sizeof *gradient);
    cl_mem weight = upload(fixture, start, n);
    require_ok(fixture, lb_gemm_create(&gemm, fixture->device, kind));
    require_ok(fixture, lb_update_rule_create(
                            &rule, fixture->device, n,
                            &(const struct lb_update_rule_params){.optimizer = LB_MUON,
                                                                  .muon_steps = steps,
                                                                  .matrices = block.matrices,
                                                                  .matrix_count = MATRICES,
                                                                  .gemm = gemm}));
    for (int t = 1; t <= 3; t++) {
        for (size_t i = 0; i < PARTS * n; i++) {
            parts[i] = draw((uint32_t)(1 + t), i);
        }
        for (size_t i = 0; i < n; i++) {
            gradient[i] = (double)parts[i] + (double)parts[n + i];
        }
        cl_mem mem = upload(fixture, parts, PARTS * n);
        require_ok(fixture,
                   lb_update_rule_step(
                       &rule, weight,
                       &(const struct lb_update){
                           .step = t - 1, .lr = lr, .muon_lr = muon_lr, .gradient = {mem, PARTS}}));
        expect_step(&block, gradient, t, lr, muon_lr, steps);
        float *got = download(fixture, weight, n);
        check_floats("weight", got, block.weight, n, 4.0 * t * muon_lr * orthogonal_tolerance);
        free(got);
        got = download(fixture, rule.adam.moment1, n);
        check_floats("first moment", got, block.moment, n, 100.0 * UNIT);
        free(got);
        lb_buffer_release(&mem);
    }
    lb_update_rule_destroy(&rule);
    lb_gemm_destroy(&gemm);
    lb_buffer_release(&weight);
    free(gradient);
    free(parts);
    free(start);
    free_block(&block);
}

/* Includes more iterations than are made on the squares alone. */
static void blocks_are_updated(void **state)
{
    for (size_t k = 0; k < LB_COUNT(kinds); k++) {
        if (lb_gemm_is_built(kinds[k])) {
            run_blocks(*state, kinds[k], 5);
        }
    }
    run_blocks(*state, LB_GEMM_PANEL, 1);
    run_blocks(*state, LB_GEMM_PANEL, 3);
    run_blocks(*state, LB_GEMM_PANEL, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_give_the_vectors),
        cmocka_unit_test(blocks_are_updated),
    };
    return cmocka_run_group_tests_name("muon", tests, open_device_fixture, close_device_fixture);
}
