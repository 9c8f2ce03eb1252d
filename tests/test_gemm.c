/* Matrix products of both back ends against plain C in double; for error bounds see
 * gemm_problem.h. */
#include "gemm_fixture.h"
#include "gemm_problem.h"

/* m, n, k: each of 1, 3, 8, 63, 64, 65, 257 in each place; then k so long that panel packs A, and A
 * and B so large that panel processes the rows in blocks. */
static const int sizes[][3] = {
    {1, 1, 1},    {3, 8, 1},    {8, 3, 63},   {63, 64, 65}, {64, 65, 63},    {65, 63, 257},
    {257, 1, 64}, {1, 257, 8},  {65, 257, 3}, {8, 64, 257}, {3, 1, 257},     {257, 65, 8},
    {64, 63, 64}, {63, 257, 1}, {7, 33, 700}, {13, 5, 520}, {127, 129, 520},
};

/* So long that partial sums are stored in C at all vector widths: once, and several times. */
static const int long_sizes[][3] = {{7, 33, 2100}, {13, 70, 4100}, {3, 5, 9000}};

static void test_panel_sizes(void **state)
{
    struct fixture *f = *state;
    check_sizes(f, f->panel, sizes, LB_COUNT(sizes), 4);
    check_sizes(f, f->panel, long_sizes, LB_COUNT(long_sizes), 4);
}

/* Training never transposes both, and each layout takes CLBlast seconds to compile. */
static void test_clblast_sizes(void **state)
{
    struct fixture *f = *state;
    if (f->clblast == NULL) {
        skip();
    }
    check_sizes(f, f->clblast, sizes, LB_COUNT(sizes), 3);
}

/* The vector widths of other machines. */
static void test_panel_widths(void **state)
{
    struct fixture *f = *state;
    check_sizes(f, f->narrow, sizes, LB_COUNT(sizes), 4);
    check_sizes(f, f->wide, sizes, LB_COUNT(sizes), 4);
    check_sizes(f, f->narrow, long_sizes, LB_COUNT(long_sizes), 4);
    check_sizes(f, f->wide, long_sizes, LB_COUNT(long_sizes), 4);
}

static void check_epilogues(struct fixture *f, struct lb_gemm *gemm)
{
    for (int i = LB_LINEAR; i < (int)lb_activation_count(); i++) {
        struct problem p = {
            .m = 13,
            .n = 37,
            .k = 29,
            .pad = 3,
            .epilogue = LB_EPILOGUE_ACTIVATE,
            .activation = (enum lb_activation)i,
            .slope = true,
        };
        check_problem(f, gemm, &p);
        p.slope = false;
        p.pad = 0;
        p.n = 3;
        check_problem(f, gemm, &p);
        p.slope = true;
        p.k = 2100; // partial sums are stored in C
        check_problem(f, gemm, &p);
    }
    for (int pad = 0; pad < 8; pad += 7) {
        const struct problem p = {
            .transpose_b = true,
            .m = 13,
            .n = 65,
            .k = pad > 0 ? 2100 : 16,
            .pad = pad,
            .epilogue = LB_EPILOGUE_SCALE,
        };
        check_problem(f, gemm, &p);
    }
}

static void test_epilogues(void **state)
{
    struct fixture *f = *state;
    check_epilogues(f, f->panel);
    if (f->clblast != NULL) {
        check_epilogues(f, f->clblast);
    }
    const struct problem packed = {
        .m = 65,
        .n = 63,
        .k = 600,
        .pad = 1,
        .epilogue = LB_EPILOGUE_ACTIVATE,
        .activation = LB_ELU,
        .slope = true,
    };
    check_problem(f, f->panel, &packed);
    check_problem(f, f->wide, &packed);
}

/* Column sums of B in the same call as the product: in place, packed, and transposed. */
static void check_sums(struct fixture *f, struct lb_gemm *gemm, const struct problem *p)
{
    struct operands o = make_operands(f, p);
    struct field sums = make_output(f, 1, p->n, p->pad, true);
    struct lb_gemm_call call = make_call(p, &o);
    call.b_sums.mem = sums.matrix.mem;
    call.b_sums.offset = sums.matrix.offset;
    require_ok(&f->base, lb_gemm_run(gemm, &call));
    char what[160];
    describe(what, sizeof(what), gemm, p);
    float *got = malloc(sums.size * sizeof(float));
    assert_non_null(got);
    field_download(f, &sums, got);
    check_canaries(what, &sums, got);
    for (int j = 0; j < p->n; j++) {
        double want = 0.0;
        double size = 0.0;
        for (int l = 0; l < p->k; l++) {
            const double b = p->transpose_b ? *at(&o.b, j, l) : *at(&o.b, l, j);
            want += b;
            size += fabs(b);
        }
        check_value(what, "sum", 0, j, got[sums.matrix.offset + (size_t)j], want,
                    (p->k + 2) * UNIT * size);
    }
    free(got);
    free_field(&sums);
    free_operands(&o);
}

/* X^T X and X X^T, of which only one half is computed. Both halves are written, and equal to the
 * bit if the back end copies. Sizes that fill tiles and sizes that do not, and more steps of k than
 * are processed at once. */
static void check_symmetric(struct fixture *f, struct lb_gemm *gemm, int n, int k, bool transpose_a)
{
    const struct problem p = {
        .transpose_a = transpose_a, .transpose_b = !transpose_a, .m = n, .n = n, .k = k, .pad = 3};
    struct operands o = make_operands(f, &p);
    struct lb_gemm_call call = make_call(&p, &o);
    call.b = call.a;
    call.symmetric = true;
    char what[160];
    describe(what, sizeof(what), gemm, &p);
    require_ok(&f->base, lb_gemm_run(gemm, &call));
    float *got = malloc(o.c.size * sizeof(float));
    assert_non_null(got);
    field_download(f, &o.c, got);
    check_canaries(what, &o.c, got);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double want = 0.0;
            double size = 0.0;
            for (int l = 0; l < k; l++) {
                const double product = transpose_a ? *at(&o.a, l, i) * *at(&o.a, l, j)
                                                   : *at(&o.a, i, l) * *at(&o.a, j, l);
                want += product;
                size += fabs(product);
            }
            const size_t first = o.c.matrix.offset;
            const float value = got[first + (size_t)i * o.c.matrix.stride + (size_t)j];
            check_value(what, "C", i, j, value, want, (k + 2) * UNIT * size);
            if (gemm != f->clblast) {
                assert_true(value == got[first + (size_t)j * o.c.matrix.stride + (size_t)i]);
            }
        }
    }
    free(got);
    free_operands(&o);
}

static void test_symmetric(void **state)
{
    struct fixture *f = *state;
    static const int sides[] = {1, 5, 33, 64, 97};
    struct lb_gemm *const gemms[] = {f->panel, f->narrow, f->wide, f->clblast};
    for (size_t i = 0; i < LB_COUNT(sides); i++) {
        for (size_t j = 0; j < LB_COUNT(gemms); j++) {
            for (int transpose_a = 0; transpose_a < 2 && gemms[j] != NULL; transpose_a++) {
                check_symmetric(f, gemms[j], sides[i], 40, transpose_a);
                check_symmetric(f, gemms[j], sides[i], 1100, transpose_a);
            }
        }
    }
}

static void test_column_sums(void **state)
{
    struct fixture *f = *state;
    static const int columns[] = {3, 37, 64};
    struct lb_gemm *const gemms[] = {f->panel, f->narrow, f->wide};
    for (size_t i = 0; i < LB_COUNT(columns); i++) {
        for (int turn = 0; turn < 4; turn++) {
            const struct problem p = {
                .transpose_a = true,
                .transpose_b = turn == 3,
                .m = 19,
                .n = columns[i],
                .k = turn == 1 ? 3 : 257,
                .pad = turn / 2 * 5,
            };
            for (size_t j = 0; j < LB_COUNT(gemms); j++) {
                assert_true(lb_gemm_sums_columns(gemms[j]));
                check_sums(f, gemms[j], &p);
            }
        }
    }
    assert_true(f->clblast == NULL || !lb_gemm_sums_columns(f->clblast));
}

/* Runs with the first m rows of A; returns C, dense and malloc'ed. */
static float *product_rows(struct fixture *f, struct lb_gemm *gemm, struct operands *o,
                           struct problem p, int m)
{
    field_upload(f, &o->c);
    p.m = m;
    const struct lb_gemm_call call = make_call(&p, o);
    require_ok(&f->base, lb_gemm_run(gemm, &call));
    float *c = malloc(o->c.size * sizeof(float));
    assert_non_null(c);
    field_download(f, &o->c, c);
    return c;
}

static void check_bits(struct fixture *f, struct lb_gemm *gemm, const struct problem *p)
{
    struct operands o = make_operands(f, p);
    float *all = product_rows(f, gemm, &o, *p, p->m);
    float *again = product_rows(f, gemm, &o, *p, p->m);
    assert_memory_equal(all, again, o.c.size * sizeof(float));
    static const int fewer[] = {1, 6, 50, 64};
    for (size_t i = 0; i < LB_COUNT(fewer); i++) {
        float *some = product_rows(f, gemm, &o, *p, fewer[i]);
        const size_t bytes = (size_t)fewer[i] * (size_t)p->n * sizeof(float);
        if (memcmp(all, some, bytes) != 0) {
            char what[160];
            describe(what, sizeof(what), gemm, p);
            fail_msg("%s: the first %d rows depend on m", what, fewer[i]);
        }
        free(some);
    }
    free(all);
    free(again);
    free_operands(&o);
}

static void test_bits(void **state)
{
    struct fixture *f = *state;
    struct problem p = {.m = 129,
                        .n = 37,
                        .k = 65,
                        .epilogue = LB_EPILOGUE_ACTIVATE,
                        .activation = LB_ELU,
                        .slope = true};
    check_bits(f, f->panel, &p);
    if (f->clblast != NULL) {
        check_bits(f, f->clblast, &p);
    }
    p.k = 600;
    check_bits(f, f->panel, &p);
    const struct problem transposed = {.transpose_a = true, .m = 129, .n = 37, .k = 65};
    check_bits(f, f->panel, &transposed);
}

/* z itself, as a product with 1: extreme values, both sides of 0, and NaN. */
static void check_extremes(struct fixture *f, struct lb_gemm *gemm, enum lb_activation kind)
{
    static const float z[] = {0.0f,  -0.0f, 1e-4f,  -1e-4f, 1e-7f,   -1e-7f, 0.5f,  -0.5f, 3.0f,
                              -3.0f, 20.0f, -20.0f, 100.0f, -100.0f, 1e4f,   -1e4f, NAN};
    const int n = (int)LB_COUNT(z);
    const struct problem p = {.m = 1,
                              .n = n,
                              .k = 1,
                              .epilogue = LB_EPILOGUE_ACTIVATE,
                              .activation = kind,
                              .slope = true};
    struct operands o = make_operands(f, &p);
    *at(&o.a, 0, 0) = 1.0f;
    for (int j = 0; j < n; j++) {
        *at(&o.b, 0, j) = z[j];
        *at(&o.bias, 0, j) = 0.0f;
    }
    field_upload(f, &o.a);
    field_upload(f, &o.b);
    field_upload(f, &o.bias);
    const struct lb_gemm_call call = make_call(&p, &o);
    require_ok(&f->base, lb_gemm_run(gemm, &call));
    float y[LB_COUNT(z) + GUARD];
    float slope[LB_COUNT(z) + GUARD];
    field_download(f, &o.c, y);
    field_download(f, &o.slope, slope);
    for (int j = 0; j + 1 < n; j++) {
        double want_slope = 0.0;
        const double want = activation(kind, (double)z[j], &want_slope);
        char what[64];
        snprintf(what, sizeof(what), "%s at %g", lb_activation_name(kind), (double)z[j]);
        check_value(what, "value", 0, j, y[j], want, 4.0 * UNIT * fmax(1.0, fabs(want)));
        check_value(what, "slope", 0, j, slope[j], want_slope, 4.0 * UNIT);
        /* Near 0 the relative error must be small too; softplus and sigmoid are about 1/2 there. */
        if (fabsf(z[j]) < 1.0f) {
            check_value(what, "small value", 0, j, y[j], want, 8.0 * UNIT * fabs(want));
        }
    }
    if (!isnan(y[n - 1])) {
        fail_msg("%s of NaN is %g", lb_activation_name(kind), (double)y[n - 1]);
    }
    free_operands(&o);
}

static void test_extremes(void **state)
{
    struct fixture *f = *state;
    for (int i = LB_LINEAR; i < (int)lb_activation_count(); i++) {
        check_extremes(f, f->panel, (enum lb_activation)i);
        if (f->clblast != NULL) {
            check_extremes(f, f->clblast, (enum lb_activation)i);
        }
    }
}

static void test_names(void **state)
{
    struct fixture *f = *state;
    for (int i = LB_LINEAR; i < (int)lb_activation_count(); i++) {
        enum lb_activation parsed = LB_LINEAR;
        assert_int_equal(lb_activation_parse(&parsed, lb_activation_name((enum lb_activation)i)),
                         LB_OK);
        assert_int_equal(parsed, i);
    }
    enum lb_activation activation_out = LB_TANH;
    assert_int_equal(lb_activation_parse(&activation_out, "gelu"), LB_ERR_ARGUMENT);
    assert_int_equal(lb_activation_parse(&activation_out, NULL), LB_ERR_ARGUMENT);
    assert_int_equal(activation_out, LB_TANH);

    static const char *const kinds[] = {"auto", "clblast", "panel"};
    for (int i = LB_GEMM_AUTO; i <= LB_GEMM_PANEL; i++) {
        enum lb_gemm_kind parsed = LB_GEMM_AUTO;
        assert_string_equal(lb_gemm_kind_name((enum lb_gemm_kind)i), kinds[i]);
        assert_int_equal(lb_gemm_kind_parse(&parsed, kinds[i]), LB_OK);
        assert_int_equal(parsed, i);
    }
    enum lb_gemm_kind kind = LB_GEMM_PANEL;
    assert_int_equal(lb_gemm_kind_parse(&kind, "blas"), LB_ERR_ARGUMENT);
    assert_int_equal(lb_gemm_get_kind(f->panel), LB_GEMM_PANEL);
    assert_true(lb_gemm_is_built(LB_GEMM_AUTO) && lb_gemm_is_built(LB_GEMM_PANEL));
    if (f->clblast != NULL) {
        assert_int_equal(lb_gemm_get_kind(f->clblast), LB_GEMM_CLBLAST);
    } else {
        struct lb_gemm *none = NULL;
        require_error(&f->base, lb_gemm_create(&none, f->base.device, LB_GEMM_CLBLAST),
                      LB_ERR_UNSUPPORTED, "built without CLBlast (use --gemm auto or panel");
        assert_null(none);
    }

    struct lb_gemm *chosen = NULL;
    require_ok(&f->base, lb_gemm_create(&chosen, f->base.device, LB_GEMM_AUTO));
    const bool cpu = lb_device_get_info(f->base.device)->type == LB_DEVICE_CPU;
    assert_int_equal(lb_gemm_get_kind(chosen),
                     cpu || f->clblast == NULL ? LB_GEMM_PANEL : LB_GEMM_CLBLAST);
    lb_gemm_destroy(&chosen);
    assert_null(chosen);
    lb_gemm_destroy(&chosen);
    lb_gemm_destroy(NULL);
}

static void refuse(struct fixture *f, const struct lb_gemm_call *call, const char *text)
{
    const enum lb_status status = lb_gemm_run(f->panel, call);
    if (status != LB_ERR_ARGUMENT || !strstr(lb_context_error(f->base.ctx), text)) {
        fail_msg("status %d \"%s\", expected %d with \"%s\"", (int)status,
                 lb_context_error(f->base.ctx), (int)LB_ERR_ARGUMENT, text);
    }
}

static void test_arguments(void **state)
{
    struct fixture *f = *state;
    const struct problem p = {
        .m = 4, .n = 5, .k = 6, .epilogue = LB_EPILOGUE_ACTIVATE, .slope = true};
    struct operands o = make_operands(f, &p);
    const struct lb_gemm_call good = make_call(&p, &o);
    require_ok(&f->base, lb_gemm_run(f->panel, &good));
    struct lb_gemm_call bad = good;
    bad.m = 0;
    refuse(f, &bad, "below 1");
    bad = good;
    bad.a.stride = 5;
    refuse(f, &bad, "A has 6 columns");
    bad = good;
    bad.b.offset = GUARD + 1;
    refuse(f, &bad, "B needs");
    bad = good;
    bad.c.mem = NULL;
    refuse(f, &bad, "C has no buffer");
    bad = good;
    bad.epilogue.bias_offset = SIZE_MAX;
    refuse(f, &bad, "the bias needs");
    bad = good;
    bad.epilogue.slope.stride = 1000;
    refuse(f, &bad, "the slope needs");
    bad = good;
    bad.epilogue.slope = bad.c;
    refuse(f, &bad, "the same buffer");
    bad = good;
    bad.beta = 1.0f;
    refuse(f, &bad, "beta is 1");
    bad.epilogue.kind = LB_EPILOGUE_NONE;
    bad.beta = 0.5f;
    refuse(f, &bad, "beta is 0.5");
    bad.epilogue.kind = (enum lb_epilogue_kind)9;
    refuse(f, &bad, "unknown epilogue");
    bad = good;
    bad.b_sums.mem = o.slope.matrix.mem;
    refuse(f, &bad, "column sums with");
    bad.epilogue.kind = LB_EPILOGUE_NONE;
    refuse(f, &bad, "A as it is");
    struct lb_gemm *gemm = NULL;
    assert_int_equal(lb_gemm_create(&gemm, f->base.device, (enum lb_gemm_kind)9), LB_ERR_ARGUMENT);
    assert_null(gemm);
    free_operands(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),         cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_panel_sizes),   cmocka_unit_test(test_panel_widths),
        cmocka_unit_test(test_clblast_sizes), cmocka_unit_test(test_epilogues),
        cmocka_unit_test(test_bits),          cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_column_sums),   cmocka_unit_test(test_symmetric),
    };
    return cmocka_run_group_tests_name("gemm", tests, setup, teardown);
}
