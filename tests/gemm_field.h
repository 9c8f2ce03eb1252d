/* Matrices of tests of products: on the host and on the device, with junk around them. */
#ifndef LB_TESTS_GEMM_FIELD_H
#define LB_TESTS_GEMM_FIELD_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gemm/gemm.h"
#include "nn/activation.h"
#include "support.h"

#ifndef GUARD
#define GUARD 64 /* canaries after the end of a buffer, in floats */
#endif

struct fixture {
    struct device_fixture base;
    struct lb_gemm *panel;
    struct lb_gemm *clblast; /* NULL: not built */
    struct lb_gemm *narrow;  /* panel with vectors of 4 and of 16, on any device */
    struct lb_gemm *wide;
};

/** A matrix on the host and on the device: `rows` rows of `columns` numbers, with junk between and
    after the rows. */
struct field {
    float *host;
    size_t size; /* including the guard */
    int rows;
    int columns;
    struct lb_matrix matrix;
};

static float *at(const struct field *field, int i, int j)
{
    return &field->host[field->matrix.offset + (size_t)i * field->matrix.stride + (size_t)j];
}

static struct field make_field(struct fixture *f, int rows, int columns, int pad, float junk)
{
    struct field field = {.rows = rows, .columns = columns};
    field.matrix.offset = (size_t)pad;
    field.matrix.stride = (size_t)(columns + pad);
    field.size = field.matrix.offset + (size_t)rows * field.matrix.stride + GUARD;
    field.host = malloc(field.size * sizeof(float));
    assert_non_null(field.host);
    for (size_t i = 0; i < field.size; i++) {
        field.host[i] = junk;
    }
    require_ok(&f->base, lb_buffer_create(f->base.device, &field.matrix.mem,
                                          field.size * sizeof(float), "a test matrix"));
    return field;
}

static void field_upload(struct fixture *f, const struct field *field)
{
    require_ok(&f->base, lb_buffer_write(f->base.device, field->matrix.mem, 0, field->host,
                                         field->size * sizeof(float)));
}

static void field_download(struct fixture *f, const struct field *field, float *out)
{
    require_ok(&f->base, lb_buffer_read(f->base.device, field->matrix.mem, 0, out,
                                        field->size * sizeof(float)));
}

/* Inputs: random numbers surrounded by NaN, so reading a neighbour is detected. */
static struct field make_input(struct fixture *f, uint32_t stream, int rows, int columns, int pad)
{
    struct field field = make_field(f, rows, columns, pad, NAN);
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
            *at(&field, i, j) = draw(stream, (size_t)i * (size_t)columns + (size_t)j);
        }
    }
    field_upload(f, &field);
    return field;
}

/* Outputs: surrounded by canaries. With beta = 0 they hold NaN, because they must not be read. */
static struct field make_output(struct fixture *f, int rows, int columns, int pad, bool zero_beta)
{
    struct field field = make_field(f, rows, columns, pad, CANARY);
    for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
            const size_t place = (size_t)i * (size_t)columns + (size_t)j;
            *at(&field, i, j) = zero_beta ? NAN : draw(77, place);
        }
    }
    field_upload(f, &field);
    return field;
}

static void free_field(struct field *field)
{
    lb_buffer_release(&field->matrix.mem);
    free(field->host);
    field->host = NULL;
}

static double activation(enum lb_activation kind, double z, double *slope)
{
    const double sigmoid = 1.0 / (1.0 + exp(-z));
    *slope = 1.0;
    switch (kind) {
    case LB_LINEAR:
        return z;
    case LB_ELU:
        *slope = z > 0.0 ? 1.0 : exp(z);
        return z > 0.0 ? z : expm1(z);
    case LB_RELU:
        *slope = z > 0.0 ? 1.0 : 0.0;
        return z > 0.0 ? z : 0.0;
    case LB_TANH:
        *slope = 1.0 / (cosh(z) * cosh(z));
        return tanh(z);
    case LB_SOFTPLUS:
        *slope = sigmoid;
        return fmax(z, 0.0) + log1p(exp(-fabs(z)));
    case LB_SILU:
        *slope = sigmoid + z * sigmoid / (1.0 + exp(z));
        return z * sigmoid;
    case LB_SIGMOID:
        *slope = sigmoid / (1.0 + exp(z));
        return sigmoid;
    }
    return NAN;
}

static void check_value(const char *what, const char *name, int i, int j, float got, double want,
                        double bound)
{
    if (!(fabs((double)got - want) <= bound)) {
        fail_msg("%s: %s(%d,%d) is %.9g, expected %.9g, bound %.3g", what, name, i, j, (double)got,
                 want, bound);
    }
}

/* The expected value of one number of a product. */
struct expected {
    enum lb_epilogue_kind epilogue;
    enum lb_activation activation;
    bool slope_wanted;
    double sum;  /* of products, plus C with beta */
    double size; /* sum of their absolute values; the error is up to `unit` times this */
    double unit;
    double bias;
    double scale; /* SCALE: factor from the slope */
};

static void check_number(const char *what, const struct expected *e, int i, int j, float got,
                         float got_slope)
{
    if (e->epilogue == LB_EPILOGUE_NONE) {
        check_value(what, "C", i, j, got, e->sum, e->unit * e->size);
    } else if (e->epilogue == LB_EPILOGUE_SCALE) {
        check_value(what, "C", i, j, got, e->sum * e->scale,
                    (e->unit * e->size + UNIT) * fabs(e->scale));
    } else {
        const double z = e->sum + e->bias;
        const double error = e->unit * (e->size + fabs(e->bias));
        double slope = 0.0;
        const double y = activation(e->activation, z, &slope);
        check_value(what, "C", i, j, got, y, 1.1 * error + 4.0 * UNIT * fmax(1.0, fabs(y)));
        const bool kink = e->activation == LB_RELU && fabs(z) <= error;
        if (e->slope_wanted && !kink) {
            check_value(what, "slope", i, j, got_slope, slope, 1.1 * error + 4.0 * UNIT);
        }
    }
}

/* Everything outside the matrix is unchanged. */
static void check_canaries(const char *what, const struct field *field, const float *got)
{
    for (size_t i = 0; i < field->size; i++) {
        const size_t offset = field->matrix.offset;
        const size_t row = i < offset ? 0 : (i - offset) / field->matrix.stride;
        const size_t column = i < offset ? 0 : (i - offset) % field->matrix.stride;
        const bool inside =
            i >= offset && row < (size_t)field->rows && column < (size_t)field->columns;
        if (!inside && got[i] != CANARY) {
            fail_msg("%s: float %zu outside the matrix is %.9g, expected %.9g", what, i,
                     (double)got[i], (double)CANARY);
        }
    }
}

#endif
