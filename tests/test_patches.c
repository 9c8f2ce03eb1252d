/* Matrix products with patches of images and rows at pixels, against plain C in double. */
#include "gemm_fixture.h"
#include "patch_problem.h"

/* A convolution with this kernel and zeros on all sides. */
static struct lb_patches convolution(int height, int width, int channels, int kernel, int stride,
                                     int padding)
{
    return (struct lb_patches){
        .height = height,
        .width = width,
        .channels = channels,
        .kernel_height = kernel,
        .kernel_width = kernel,
        .stride = stride,
        .top = padding,
        .left = padding,
        .rows = (height + 2 * padding - kernel) / stride + 1,
        .columns = (width + 2 * padding - kernel) / stride + 1,
    };
}

static void check_with(struct fixture *f, const struct patch_problem *p,
                       struct lb_gemm *const *gemms, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        /* Training never transposes both, and each layout takes CLBlast seconds to compile. */
        const bool wanted = gemms[i] != f->clblast || !p->transpose_a || !p->transpose_b;
        if (gemms[i] != NULL && wanted) {
            struct patch_problem own = *p;
            own.sums = p->sums && lb_gemm_sums_columns(gemms[i]);
            check_patch_problem(f, gemms[i], &own);
        }
    }
}

/* With every back end and vector width. */
static void check_all(struct fixture *f, const struct patch_problem *p)
{
    struct lb_gemm *const gemms[] = {f->panel, f->narrow, f->wide, f->clblast};
    check_with(f, p, gemms, LB_COUNT(gemms));
}

/* With every back end at the device's width. Each activation compiles a program per width;
 * test_gemm covers all widths. */
static void check_own_width(struct fixture *f, const struct patch_problem *p)
{
    struct lb_gemm *const gemms[] = {f->panel, f->clblast};
    check_with(f, p, gemms, LB_COUNT(gemms));
}

/* Forward, adjoint and gradient of each kernel, combined in turn with different surroundings. */
static void test_kernels(void **state)
{
    static const int sides[][2] = {{1, 1}, {5, 7}, {8, 4}, {9, 17}, {16, 16}};
    static const int channels[] = {1, 3, 5, 24, 40};
    static const int columns[] = {1, 3, 16, 8, 33, 40, 64, 70};
    int turn = 0;
    for (int kernel = 1; kernel <= 7; kernel++) {
        for (int stride = 1; stride <= 2; stride++) {
            for (size_t s = 0; s < LB_COUNT(sides); s++) {
                for (int padding = 0; padding <= kernel / 2; padding++) {
                    const int height = sides[s][0];
                    const int width = sides[s][1];
                    if (height + 2 * padding < kernel || width + 2 * padding < kernel) {
                        continue;
                    }
                    turn++;
                    struct patch_problem p = {
                        .images = 1 + turn % 5,
                        .patches =
                            convolution(height, width, channels[turn % (int)LB_COUNT(channels)],
                                        kernel, stride, padding),
                        .n = columns[turn % (int)LB_COUNT(columns)],
                        .transpose_b = turn % 3 == 0,
                        .pad = turn % 4 ? 0 : 5,
                        .beta = turn % 2 ? 1.0f : 0.0f,
                    };
                    check_patch_problem(*state, ((struct fixture *)*state)->panel, &p);
                    p.transpose_a = true;
                    p.sums = turn % 3 != 1;
                    check_patch_problem(*state, ((struct fixture *)*state)->panel, &p);
                }
            }
        }
    }
}

/* At every vector width: partial tiles, blocks and pieces. */
static void test_sizes(void **state)
{
    static const struct patch_problem problems[] = {
        {.images = 1, .patches = {1, 1, 1, 1, 1, 1, 0, 0, 1, 1}, .n = 1},
        {.images = 5, .patches = {1, 1, 7, 3, 3, 1, 1, 1, 1, 1}, .n = 20},
        {.images = 300, .patches = {2, 2, 3, 3, 3, 1, 1, 1, 2, 2}, .n = 9},
        {.images = 3, .patches = {7, 11, 5, 1, 2, 1, 0, 1, 7, 12}, .n = 31},
        /* patches completely outside the image */
        {.images = 2, .patches = {3, 4, 5, 2, 2, 1, 3, 4, 9, 11}, .n = 18},
        {.images = 2, .patches = {3, 4, 5, 3, 2, 2, 4, 5, 5, 7}, .n = 18},
        /* longer than a piece: some rows of a patch, and part of a row */
        {.images = 2, .patches = {5, 6, 90, 3, 3, 1, 1, 1, 5, 6}, .n = 40},
        {.images = 2, .patches = {5, 6, 401, 3, 3, 1, 1, 1, 5, 6}, .n = 40},
        /* wider and higher than a block */
        {.images = 1, .patches = {4, 700, 3, 3, 3, 1, 1, 1, 4, 700}, .n = 17},
        {.images = 1, .patches = {150, 9, 40, 3, 3, 2, 1, 1, 75, 5}, .n = 17},
        {.images = 2, .patches = {9, 33, 301, 2, 2, 2, 0, 1, 4, 17}, .n = 3},
        /* groups of two and four neighbours in a vector of 16, and of several blocks */
        {.images = 3, .patches = {6, 8, 5, 3, 3, 1, 1, 1, 6, 8}, .n = 8},
        {.images = 2, .patches = {2, 4, 3, 1, 1, 1, 0, 0, 2, 4}, .n = 7},
        {.images = 2, .patches = {30, 16, 3, 4, 4, 2, 1, 1, 15, 8}, .n = 4},
        /* more columns than fit into panels */
        {.images = 2, .patches = {4, 4, 60, 3, 3, 1, 1, 1, 4, 4}, .n = 300},
    };
    for (size_t i = 0; i < LB_COUNT(problems); i++) {
        for (int turn = 0; turn < 4; turn++) {
            struct patch_problem p = problems[i];
            p.transpose_a = turn % 2;
            p.transpose_b = turn / 2;
            p.sums = p.transpose_a;
            p.pad = (int)i % 2 ? 3 : 0;
            p.beta = (i + (size_t)turn) % 3 ? 0.0f : 1.0f;
            check_all(*state, &p);
        }
    }
}

static void test_epilogues(void **state)
{
    struct patch_problem p = {
        .images = 2,
        .patches = convolution(5, 6, 7, 3, 1, 1),
        .n = 37,
        .pad = 3,
        .epilogue = LB_EPILOGUE_ACTIVATE,
    };
    for (int i = LB_LINEAR; i < (int)lb_activation_count(); i++) {
        p.activation = (enum lb_activation)i;
        p.slope = true;
        p.n = 37;
        check_own_width(*state, &p);
        p.slope = false;
        p.n = 3;
        check_own_width(*state, &p);
    }
    p.patches = convolution(6, 10, 7, 3, 1, 1); // groups
    p.pad = 0;
    for (int turn = 0; turn < 4; turn++) {
        p.n = turn % 2 ? 6 : 8;
        p.slope = true;
        p.epilogue = turn / 2 ? LB_EPILOGUE_SCALE : LB_EPILOGUE_ACTIVATE;
        check_patch_problem(*state, ((struct fixture *)*state)->panel, &p);
    }
    p.pad = 3;
    p.epilogue = LB_EPILOGUE_ACTIVATE;
    p.patches = convolution(5, 6, 90, 3, 1, 1); // several pieces: partial sums are stored in C
    p.slope = true;
    p.n = 35;
    check_all(*state, &p);
    p.epilogue = LB_EPILOGUE_SCALE;
    check_all(*state, &p);
    p.transpose_b = true;
    p.n = 24;
    check_all(*state, &p);
    p.transpose_a = true;
    check_all(*state, &p);
    p.epilogue = LB_EPILOGUE_ACTIVATE;
    check_all(*state, &p);
}

/* The adjoint of a convolution of stride 2, for each parity of its image in turn, and a dense
 * matrix whose rows are pixels. */
static void test_pixels(void **state)
{
    static const enum lb_epilogue_kind kinds[] = {LB_EPILOGUE_NONE, LB_EPILOGUE_ACTIVATE,
                                                  LB_EPILOGUE_SCALE};
    for (int turn = 0; turn < 24; turn++) {
        const int y = turn % 2;
        const int x = turn / 2 % 2;
        const struct lb_pixels pixels = {9, 13, 2, y, x, 5 - y, 7 - x};
        struct patch_problem p = {
            .images = 3,
            .patches = {5, 7, 6, 1 + y, 1 + x, 1, turn % 3 ? y : 0, x, 5 - y, 7 - x},
            .pixels = pixels,
            .n = turn % 5 ? 24 : 37,
            .transpose_b = turn % 7 > 3,
            .pad = turn % 4,
            .epilogue = kinds[turn % 3],
            .slope = turn % 3 == 1,
            .activation = LB_ELU,
        };
        p.beta = p.epilogue == LB_EPILOGUE_NONE && turn > 8 ? 1.0f : 0.0f;
        check_all(*state, &p);
        p.patches = (struct lb_patches){0};
        p.numbers = 19;
        check_all(*state, &p);
    }
}

/* So many pixels that k is divided into parts: this keeps rounding errors small. */
static void test_long(void **state)
{
    enum { BY_CLBLAST = 2 };
    static const struct patch_problem problems[] = {
        {.images = 130, .patches = {32, 32, 3, 3, 3, 1, 1, 1, 32, 32}, .n = 24},
        {.images = 700, .patches = {4, 4, 24, 3, 3, 1, 1, 1, 4, 4}, .n = 40},
        {.images = 3, .patches = {90, 101, 5, 4, 4, 2, 1, 1, 45, 50}, .n = 17},
        {.images = 4001, .patches = {1, 1, 5, 1, 1, 1, 0, 0, 1, 1}, .n = 35},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < LB_COUNT(problems); i++) {
        for (int turn = 0; turn < 2; turn++) {
            struct patch_problem p = problems[i];
            p.transpose_a = true;
            p.sums = true;
            p.beta = turn ? 1.0f : 0.0f;
            p.terms = 500;
            check_patch_problem(f, f->panel, &p);
            if (i == BY_CLBLAST && f->clblast != NULL) { // the others would take minutes
                p.sums = false;
                check_patch_problem(f, f->clblast, &p);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernels),   cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_epilogues), cmocka_unit_test(test_pixels),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests_name("patches", tests, setup, teardown);
}
