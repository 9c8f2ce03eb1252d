/*
 * One product with patches of images, or with rows that stand at pixels, as a test problem: see
 * gemm_problem.h.
 */
#ifndef LB_TESTS_PATCH_PROBLEM_H
#define LB_TESTS_PATCH_PROBLEM_H

#include "gemm_field.h"

struct patch_problem {
    int images;
    struct lb_patches patches; /* height 0: A is a matrix, C has pixels */
    struct lb_pixels pixels;
    int n;
    int numbers; /* per row of a matrix A */
    bool transpose_a;
    bool transpose_b;
    int pad;
    float beta;
    bool sums;
    enum lb_epilogue_kind epilogue;
    enum lb_activation activation;
    bool slope;
    double terms; /* per sum, for its rounding error; 0: k */
};

struct patch_operands {
    struct field a;
    struct field b;
    struct field c;
    struct field bias;
    struct field slope;
    struct field sums;
    double *matrix; /* one patch per row */
    int count;
    int numbers;
};

static void describe_patches(char *text, size_t bytes, struct lb_gemm *gemm,
                             const struct patch_problem *p)
{
    const struct lb_patches *a = &p->patches;
    snprintf(text, bytes,
             "%s %c%c %d images %dx%dx%d kernel %dx%d stride %d from -%d,-%d patches %dx%d "
             "pixels %dx%d n %d pad %d beta %g epilogue %d %s",
             lb_gemm_kind_name(lb_gemm_get_kind(gemm)), p->transpose_a ? 'T' : 'N',
             p->transpose_b ? 'T' : 'N', p->images, a->height, a->width, a->channels,
             a->kernel_height, a->kernel_width, a->stride, a->top, a->left, a->rows, a->columns,
             p->pixels.height, p->pixels.width, p->n, p->pad, (double)p->beta, (int)p->epilogue,
             lb_activation_name(p->activation));
}

/* Column `at` of the patch (image, y, x). */
static double patch_number(const struct patch_problem *p, const struct field *images, int image,
                           int y, int x, int at)
{
    const struct lb_patches *a = &p->patches;
    const int row = a->stride * y + at / (a->kernel_width * a->channels) - a->top;
    const int column = a->stride * x + at / a->channels % a->kernel_width - a->left;
    if (row < 0 || row >= a->height || column < 0 || column >= a->width) {
        return 0.0;
    }
    const int pixel = (image * a->height + row) * a->width + column;
    return images->host[images->matrix.offset + (size_t)(pixel * a->channels + at % a->channels)];
}

static void make_patches(struct fixture *f, const struct patch_problem *p, struct patch_operands *o)
{
    const struct lb_patches *a = &p->patches;
    const int each = a->height > 0 ? a->rows * a->columns : p->pixels.rows * p->pixels.columns;
    o->count = p->images * each;
    o->numbers = a->height > 0 ? a->kernel_height * a->kernel_width * a->channels : p->numbers;
    o->matrix = malloc((size_t)o->count * (size_t)o->numbers * sizeof(double));
    assert_non_null(o->matrix);
    if (a->height > 0) {
        o->a = make_input(f, 1, 1, p->images * a->height * a->width * a->channels, p->pad);
        o->a.matrix.stride = (size_t)a->channels;
    } else {
        o->a = make_input(f, 1, o->count, o->numbers, p->pad);
    }
    for (int row = 0; row < o->count; row++) {
        for (int at_ = 0; at_ < o->numbers; at_++) {
            o->matrix[(size_t)row * (size_t)o->numbers + (size_t)at_] =
                a->height > 0 ? patch_number(p, &o->a, row / each, row % each / a->columns,
                                             row % each % a->columns, at_)
                              : (double)*at(&o->a, row, at_);
        }
    }
}

static struct patch_operands make_patch_operands(struct fixture *f, const struct patch_problem *p)
{
    const int pad = p->pad;
    struct patch_operands o = {0};
    make_patches(f, p, &o);
    const int k = p->transpose_a ? o.count : o.numbers;
    const int m = p->transpose_a ? o.numbers : o.count;
    const int rows = p->pixels.height > 0 ? p->images * p->pixels.height * p->pixels.width : m;
    o.b = p->transpose_b ? make_input(f, 2, p->n, k, 2 * pad) : make_input(f, 2, k, p->n, 2 * pad);
    o.c = make_output(f, rows, p->n, 3 * pad, p->beta == 0.0f);
    o.bias = make_input(f, 3, 1, p->n, pad);
    o.slope = p->epilogue == LB_EPILOGUE_SCALE ? make_input(f, 4, rows, p->n, pad)
                                               : make_output(f, rows, p->n, pad, true);
    o.sums = make_output(f, 1, p->n, pad, true);
    return o;
}

static void free_patch_operands(struct patch_operands *o)
{
    free_field(&o->a);
    free_field(&o->b);
    free_field(&o->c);
    free_field(&o->bias);
    free_field(&o->slope);
    free_field(&o->sums);
    free(o->matrix);
}

static struct lb_gemm_call make_patch_call(const struct patch_problem *p,
                                           const struct patch_operands *o)
{
    const bool slope = p->epilogue == LB_EPILOGUE_SCALE || p->slope;
    struct lb_gemm_call call = {
        .transpose_a = p->transpose_a,
        .transpose_b = p->transpose_b,
        .m = p->transpose_a ? o->numbers : o->count,
        .n = p->n,
        .k = p->transpose_a ? o->count : o->numbers,
        .a = o->a.matrix,
        .b = o->b.matrix,
        .c = o->c.matrix,
        .patches = p->patches,
        .pixels = p->pixels,
        .beta = p->beta,
        .epilogue =
            {
                .kind = p->epilogue,
                .function = lb_activation_row(p->activation)->function,
                .bias = o->bias.matrix.mem,
                .bias_offset = o->bias.matrix.offset,
                .slope = slope ? o->slope.matrix : (struct lb_matrix){0},
            },
    };
    if (p->sums) {
        call.b_sums.mem = o->sums.matrix.mem;
        call.b_sums.offset = o->sums.matrix.offset;
    }
    return call;
}

/* The row of the product for this row of C, or -1 if there is none. */
static int product_row(const struct patch_problem *p, int at_c)
{
    const struct lb_pixels *pixels = &p->pixels;
    if (pixels->height == 0) {
        return at_c;
    }
    const int y = at_c / pixels->width % pixels->height - pixels->top;
    const int x = at_c % pixels->width - pixels->left;
    const int image = at_c / pixels->width / pixels->height;
    if (y < 0 || x < 0 || y % pixels->step != 0 || x % pixels->step != 0 ||
        y / pixels->step >= pixels->rows || x / pixels->step >= pixels->columns) {
        return -1;
    }
    return (image * pixels->rows + y / pixels->step) * pixels->columns + x / pixels->step;
}

static double b_number(const struct patch_problem *p, const struct patch_operands *o, int l, int j)
{
    return p->transpose_b ? *at(&o->b, j, l) : *at(&o->b, l, j);
}

static void check_patch_number(const char *what, const struct patch_problem *p,
                               const struct patch_operands *o, int row, int at_c, int j, float got,
                               float got_slope)
{
    const int k = p->transpose_a ? o->count : o->numbers;
    const double *a = o->matrix + (p->transpose_a ? row : row * o->numbers);
    const int step = p->transpose_a ? o->numbers : 1;
    struct expected e = {
        .epilogue = p->epilogue,
        .activation = p->activation,
        .slope_wanted = p->slope,
        .unit = ((p->terms > 0.0 ? p->terms : k) + 2) * UNIT,
        .bias = *at(&o->bias, 0, j),
        .scale = *at(&o->slope, at_c, j),
    };
    for (int l = 0; l < k; l++) {
        const double product = a[(size_t)l * (size_t)step] * b_number(p, o, l, j);
        e.sum += product;
        e.size += fabs(product);
    }
    if (p->beta != 0.0f) {
        e.sum += *at(&o->c, at_c, j);
        e.size += fabs((double)*at(&o->c, at_c, j));
    }
    check_number(what, &e, at_c, j, got, got_slope);
}

static void check_patch_sums(struct fixture *f, const char *what, const struct patch_problem *p,
                             const struct patch_operands *o)
{
    float *got = malloc(o->sums.size * sizeof(float));
    assert_non_null(got);
    field_download(f, &o->sums, got);
    if (!p->sums) {
        assert_memory_equal(got, o->sums.host, o->sums.size * sizeof(float));
    } else {
        check_canaries(what, &o->sums, got);
        for (int j = 0; j < p->n; j++) {
            double want = 0.0;
            double size = 0.0;
            for (int l = 0; l < o->count; l++) {
                want += b_number(p, o, l, j);
                size += fabs(b_number(p, o, l, j));
            }
            const double terms = (p->terms > 0.0 ? p->terms : o->count) + 2;
            check_value(what, "sum", 0, j, got[o->sums.matrix.offset + (size_t)j], want,
                        terms * UNIT * size);
        }
    }
    free(got);
}

static void check_patch_result(struct fixture *f, const char *what, const struct patch_problem *p,
                               const struct patch_operands *o)
{
    float *c = malloc(o->c.size * sizeof(float));
    float *slope = malloc(o->slope.size * sizeof(float));
    assert_non_null(c);
    assert_non_null(slope);
    field_download(f, &o->c, c);
    field_download(f, &o->slope, slope);
    check_canaries(what, &o->c, c);
    if (p->epilogue == LB_EPILOGUE_SCALE || !p->slope) {
        assert_memory_equal(slope, o->slope.host, o->slope.size * sizeof(float));
    } else {
        check_canaries(what, &o->slope, slope);
    }
    for (int at_c = 0; at_c < o->c.rows; at_c++) {
        const int row = product_row(p, at_c);
        const size_t in_c = (size_t)(at(&o->c, at_c, 0) - o->c.host);
        const size_t in_slope = (size_t)(at(&o->slope, at_c, 0) - o->slope.host);
        if (row < 0) {
            const size_t bytes = (size_t)p->n * sizeof(float);
            assert_memory_equal(c + in_c, o->c.host + in_c, bytes);
            assert_memory_equal(slope + in_slope, o->slope.host + in_slope, bytes);
            continue;
        }
        for (int j = 0; j < p->n; j++) {
            check_patch_number(what, p, o, row, at_c, j, c[in_c + (size_t)j],
                               slope[in_slope + (size_t)j]);
        }
    }
    free(c);
    free(slope);
}

static void check_patch_problem(struct fixture *f, struct lb_gemm *gemm,
                                const struct patch_problem *p)
{
    char what[256];
    describe_patches(what, sizeof what, gemm, p);
    struct patch_operands o = make_patch_operands(f, p);
    const struct lb_gemm_call call = make_patch_call(p, &o);
    require_ok(&f->base, lb_gemm_run(gemm, &call));
    check_patch_result(f, what, p, &o);
    check_patch_sums(f, what, p, &o);
    free_patch_operands(&o);
}

#endif
