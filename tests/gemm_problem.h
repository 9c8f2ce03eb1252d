/*
 * One matrix product as a test problem: operands with junk around them, the result in double, and
 * what its error may be.
 *
 * Bound of one number: a sum of k products in any order, fused or not, differs from the exact one
 * by at most (k + 1) u S with u = 2^-24 and S = sum |a b| + |bias| + |c|, up to higher orders. The
 * activations have slopes and curvatures of at most 1.1, and their own error is a few u.
 */
#ifndef LB_TESTS_GEMM_PROBLEM_H
#define LB_TESTS_GEMM_PROBLEM_H

#include "gemm_field.h"

struct problem {
    bool transpose_a;
    bool transpose_b;
    int m;
    int n;
    int k;
    int pad;    /* increases each matrix's offset and its stride beyond the width */
    float beta; /* 0 or 1 */
    enum lb_epilogue_kind epilogue;
    enum lb_activation activation;
    bool slope; /* ACTIVATE: whether wanted */
};

static void describe(char *text, size_t bytes, struct lb_gemm *gemm, const struct problem *p)
{
    snprintf(text, bytes, "%s %c%c m %d n %d k %d pad %d beta %g epilogue %d %s",
             lb_gemm_kind_name(lb_gemm_get_kind(gemm)), p->transpose_a ? 'T' : 'N',
             p->transpose_b ? 'T' : 'N', p->m, p->n, p->k, p->pad, (double)p->beta,
             (int)p->epilogue, lb_activation_name(p->activation));
}

struct operands {
    struct field a;
    struct field b;
    struct field c;
    struct field bias;
    struct field slope;
};

static struct operands make_operands(struct fixture *f, const struct problem *p)
{
    const int pad = p->pad;
    struct operands o;
    o.a = p->transpose_a ? make_input(f, 1, p->k, p->m, pad) : make_input(f, 1, p->m, p->k, pad);
    o.b = p->transpose_b ? make_input(f, 2, p->n, p->k, 2 * pad)
                         : make_input(f, 2, p->k, p->n, 2 * pad);
    o.c = make_output(f, p->m, p->n, 3 * pad, p->beta == 0.0f);
    o.bias = make_input(f, 3, 1, p->n, pad);
    o.slope = p->epilogue == LB_EPILOGUE_SCALE ? make_input(f, 4, p->m, p->n, pad)
                                               : make_output(f, p->m, p->n, pad, true);
    return o;
}

static void free_operands(struct operands *o)
{
    free_field(&o->a);
    free_field(&o->b);
    free_field(&o->c);
    free_field(&o->bias);
    free_field(&o->slope);
}

static struct lb_gemm_call make_call(const struct problem *p, const struct operands *o)
{
    const bool slope = p->epilogue == LB_EPILOGUE_SCALE || p->slope;
    return (struct lb_gemm_call){
        .transpose_a = p->transpose_a,
        .transpose_b = p->transpose_b,
        .m = p->m,
        .n = p->n,
        .k = p->k,
        .a = o->a.matrix,
        .b = o->b.matrix,
        .c = o->c.matrix,
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
}

static void check_element(const char *what, const struct problem *p, const struct operands *o,
                          int i, int j, float got, float got_slope)
{
    double z = 0.0;
    double size = 0.0;
    for (int l = 0; l < p->k; l++) {
        const double a = p->transpose_a ? *at(&o->a, l, i) : *at(&o->a, i, l);
        const double b = p->transpose_b ? *at(&o->b, j, l) : *at(&o->b, l, j);
        z += a * b;
        size += fabs(a * b);
    }
    if (p->beta != 0.0f) {
        z += *at(&o->c, i, j);
        size += fabs((double)*at(&o->c, i, j));
    }
    const struct expected expected = {
        .epilogue = p->epilogue,
        .activation = p->activation,
        .slope_wanted = p->slope,
        .sum = z,
        .size = size,
        .unit = (p->k + 2) * UNIT,
        .bias = *at(&o->bias, 0, j),
        .scale = *at(&o->slope, i, j),
    };
    check_number(what, &expected, i, j, got, got_slope);
}

static void check_problem(struct fixture *f, struct lb_gemm *gemm, const struct problem *p)
{
    char what[160];
    describe(what, sizeof(what), gemm, p);
    struct operands o = make_operands(f, p);
    const struct lb_gemm_call call = make_call(p, &o);
    require_ok(&f->base, lb_gemm_run(gemm, &call));

    float *c = malloc(o.c.size * sizeof(float));
    float *slope = malloc(o.slope.size * sizeof(float));
    assert_non_null(c);
    assert_non_null(slope);
    field_download(f, &o.c, c);
    field_download(f, &o.slope, slope);
    check_canaries(what, &o.c, c);
    if (p->epilogue == LB_EPILOGUE_SCALE || !p->slope) {
        assert_memory_equal(slope, o.slope.host, o.slope.size * sizeof(float));
    } else {
        check_canaries(what, &o.slope, slope);
    }
    for (int i = 0; i < p->m; i++) {
        for (int j = 0; j < p->n; j++) {
            const size_t in_c = (size_t)(at(&o.c, i, j) - o.c.host);
            const size_t in_slope = (size_t)(at(&o.slope, i, j) - o.slope.host);
            check_element(what, p, &o, i, j, c[in_c], slope[in_slope]);
        }
    }
    free(c);
    free(slope);
    free_operands(&o);
}

/* Every size in each layout (bit 0: A transposed, bit 1: B); padding and beta alternate. */
static void check_sizes(struct fixture *f, struct lb_gemm *gemm, const int (*sizes)[3],
                        size_t count, int layouts)
{
    for (size_t s = 0; s < count; s++) {
        for (int layout = 0; layout < layouts; layout++) {
            const size_t turn = s + (size_t)layout;
            const struct problem p = {
                .transpose_a = layout & 1,
                .transpose_b = layout & 2,
                .m = sizes[s][0],
                .n = sizes[s][1],
                .k = sizes[s][2],
                .pad = turn % 2 ? 5 : 0,
                .beta = turn / 2 % 2 ? 1.0f : 0.0f,
            };
            check_problem(f, gemm, &p);
        }
    }
}

#endif
