/*
 * Runs matrix products in every layout, place and epilogue, with buffers that end with the
 * matrix, and compares the numbers with loops in double:
 *
 *     products WIDTH panel|clblast
 */
#define GUARD 0
#include "gemm_problem.h"
#include "patch_problem.h"

#include "launches.h"

struct job {
    struct fixture fixture;
    const char *width;
    enum lb_gemm_kind kind;
};

/* m, n, k: less than a tile; several tiles, the last of them partial; whole panels, read in place;
 * long rows, which are packed; long columns, also packed. */
static const int sizes[][3] = {{1, 1, 1}, {13, 37, 5}, {9, 32, 4}, {7, 33, 517}, {130, 3, 9}};

static void every_epilogue(struct fixture *f, struct lb_gemm *gemm)
{
    for (int i = LB_LINEAR; i <= LB_SIGMOID; i++) {
        struct problem p = {
            .m = 7,
            .n = 37,
            .k = 3,
            .pad = i % 2,
            .epilogue = LB_EPILOGUE_ACTIVATE,
            .activation = (enum lb_activation)i,
            .slope = true,
        };
        check_problem(f, gemm, &p);
        p.slope = false;
        p.n = 3;
        check_problem(f, gemm, &p);
    }
    const struct problem scale = {
        .transpose_b = true, .m = 7, .n = 37, .k = 3, .epilogue = LB_EPILOGUE_SCALE};
    check_problem(f, gemm, &scale);
}

/* Column sums of B: read in place, packed, and packed from its transpose. */
static void every_sum(struct fixture *f, struct lb_gemm *gemm)
{
    for (int turn = 0; turn < 3; turn++) {
        const struct problem p = {
            .transpose_a = true, .transpose_b = turn == 2, .m = 9, .n = turn ? 37 : 32, .k = 7};
        struct operands o = make_operands(f, &p);
        struct field sums = make_output(f, 1, p.n, 0, true);
        struct lb_gemm_call call = make_call(&p, &o);
        float got[64];
        call.b_sums.mem = sums.matrix.mem;
        require_ok(&f->base, lb_gemm_run(gemm, &call));
        field_download(f, &sums, got);
        for (int j = 0; j < p.n; j++) {
            double want = 0.0;
            for (int l = 0; l < p.k; l++) {
                want += (double)(p.transpose_b ? *at(&o.b, j, l) : *at(&o.b, l, j));
            }
            check_value("sums", "sum", 0, j, got[j], want, 10.0 * UNIT * p.k);
        }
        free_field(&sums);
        free_operands(&o);
    }
}

/* Patches that extend over every side, in partial blocks, panels and pieces; rows at pixels; and k
 * in parts. */
static void every_patch(struct fixture *f, struct lb_gemm *gemm)
{
    static const struct patch_problem problems[] = {
        {.images = 2, .patches = {5, 3, 3, 3, 2, 1, 1, 2, 4, 5}, .n = 37},
        {.images = 1, .patches = {2, 3, 130, 2, 2, 2, 1, 1, 2, 2}, .n = 3},
        {.images = 3,
         .patches = {2, 3, 5, 1, 2, 1, 0, 1, 2, 4},
         .pixels = {5, 7, 2, 1, 0, 2, 4},
         .n = 5},
        {.images = 3, .pixels = {4, 3, 2, 0, 1, 2, 1}, .n = 33, .numbers = 6},
        {.images = 2, .patches = {4, 8, 2, 3, 3, 2, 1, 1, 2, 4}, .n = 2}, // groups of neighbours
        {.images = 2, .patches = {4, 8, 2, 3, 3, 2, 1, 1, 2, 4}, .n = 6},
        {.images = 2100, .patches = {1, 1, 2, 1, 1, 1, 0, 0, 1, 1}, .n = 3},
    };
    for (size_t i = 0; i < LB_COUNT(problems); i++) {
        for (int turn = 0; turn < 3; turn++) {
            struct patch_problem p = problems[i];
            p.transpose_a = turn == 1;
            p.transpose_b = turn == 2;
            p.sums = p.transpose_a && lb_gemm_sums_columns(gemm);
            p.beta = turn == 2 && i % 2 == 0 ? 1.0f : 0.0f;
            if (!p.transpose_a || p.pixels.height == 0) {
                check_patch_problem(f, gemm, &p);
            }
        }
    }
}

static void every_product(void **state)
{
    struct job *job = *state;
    struct fixture *f = &job->fixture;
    struct lb_gemm *gemm = NULL;
    require_ok(&f->base, launches_start(f->base.device, job->width));
    require_ok(&f->base, lb_gemm_create(&gemm, f->base.device, job->kind));
    check_sizes(f, gemm, sizes, LB_COUNT(sizes), job->kind == LB_GEMM_PANEL ? 4 : 3);
    every_epilogue(f, gemm);
    every_patch(f, gemm);
    if (lb_gemm_sums_columns(gemm)) {
        every_sum(f, gemm);
    }
    lb_gemm_destroy(&gemm);
    require_ok(&f->base, launches_print(f->base.device));
}

int main(int argc, char **argv)
{
    struct job job = {0};
    if (argc != 3 || lb_gemm_kind_parse(&job.kind, argv[2]) != LB_OK ||
        lb_context_create(&job.fixture.base.ctx, NULL) != LB_OK) {
        return EXIT_FAILURE;
    }
    if (lb_device_open(&job.fixture.base.device, job.fixture.base.ctx, getenv("LOWBEND_DEVICE")) !=
        LB_OK) {
        print_error("%s\n", lb_context_error(job.fixture.base.ctx));
        return EXIT_FAILURE;
    }
    job.width = argv[1];
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(every_product, &job)};
    const int failures = cmocka_run_group_tests_name("products", tests, NULL, NULL);
    lb_device_close(&job.fixture.base.device);
    lb_context_destroy(&job.fixture.base.ctx);
    return failures;
}
