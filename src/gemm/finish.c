/*
 * Epilogues separate from products, cl/gemm/epilogue.cl: after CLBlast's products, or for a C
 * computed otherwise.
 */
#include <stdlib.h>

#include "device/profile.h"
#include "device/vector.h"
#include "gemm/backend.h"
#include "gemm/gemm.h"

struct lb_finish_program {
    const struct lb_elementwise *function;
    cl_kernel epilogue;
    struct lb_finish_program *next;
};

void lb_finish_destroy(struct lb_gemm *gemm)
{
    while (gemm->finish_programs != NULL) {
        struct lb_finish_program *next = gemm->finish_programs->next;
        free(gemm->finish_programs);
        gemm->finish_programs = next;
    }
}

static enum lb_status build_program(struct lb_gemm *gemm, const struct lb_elementwise *function)
{
    struct lb_text prelude = {0};
    struct lb_finish_program *program = calloc(1, sizeof *program);
    lb_gemm_add_prelude(&prelude, lb_vector_width(gemm->device), function);
    enum lb_status status = LB_OK;
    if (program == NULL || prelude.failed) {
        status = lb_fail_memory(gemm->device->ctx, "matrix products");
        goto fail;
    }
    LB_CHECK(lb_kernel_get(gemm->device, &program->epilogue, "gemm/epilogue.cl", "epilogue",
                           prelude.data));
    program->function = function;
    program->next = gemm->finish_programs;
    gemm->finish_programs = program;
    program = NULL;
fail:
    free(program);
    lb_text_free(&prelude);
    return status;
}

static enum lb_status get_kernel(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                 cl_kernel *kernel)
{
    gemm->function = lb_epilogue_function(call, gemm->function);
    const struct lb_finish_program *program = gemm->finish_programs;
    while (program != NULL && program->function != gemm->function) {
        program = program->next;
    }
    if (program == NULL) {
        LB_TRY(build_program(gemm, gemm->function));
        program = gemm->finish_programs;
    }
    *kernel = program->epilogue;
    return LB_OK;
}

enum lb_status lb_finish_rows(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                              struct lb_matrix z, int first, int count)
{
    cl_kernel kernel = NULL;
    LB_TRY(get_kernel(gemm, call, &kernel));
    const struct lb_epilogue_args args = lb_epilogue_args(call);
    const struct lb_pixels *pixels = &call->pixels;
    const bool moved = pixels->height > 0;
    const size_t corner =
        moved ? (size_t)pixels->top * (size_t)pixels->width + (size_t)pixels->left : 0;
    const cl_ulong z_offset = z.offset;
    const cl_int z_stride = (cl_int)z.stride;
    const cl_ulong c_offset = args.c_offset + corner * (size_t)args.c_stride;
    const cl_ulong slope_offset = args.slope_offset + corner * (size_t)args.slope_stride;
    const cl_int columns = moved ? pixels->columns : 0;
    const cl_int image_step = pixels->height * pixels->width;
    const cl_int row_step = pixels->step * pixels->width;
    const size_t width = (size_t)lb_vector_width(gemm->device);
    const size_t pieces = ((size_t)call->n + width - 1) / width;
    const struct lb_ndrange grid = LB_NDRANGE((size_t)count * pieces);
    lb_profile_expect(gemm->device, 0.0, 12.0 * count * call->n);
    return lb_launch(gemm->device, kernel, grid, LB_ARG(z.mem), LB_ARG(z_offset), LB_ARG(z_stride),
                     LB_ARG(call->c.mem), LB_ARG(c_offset), LB_ARG(args.c_stride),
                     LB_ARG(args.bias), LB_ARG(args.bias_offset), LB_ARG(args.slope),
                     LB_ARG(slope_offset), LB_ARG(args.slope_stride), LB_ARG(count),
                     LB_ARG(call->n), LB_ARG(args.kind), LB_ARG(args.options), LB_ARG(first),
                     LB_ARG(pixels->rows), LB_ARG(columns), LB_ARG(image_step), LB_ARG(row_step),
                     LB_ARG(pixels->step));
}

enum lb_status lb_gemm_finish(struct lb_gemm *gemm, int m, int n, struct lb_matrix c,
                              const struct lb_epilogue *epilogue)
{
    const struct lb_gemm_call call = {.m = m, .n = n, .c = c, .epilogue = *epilogue};
    return lb_finish_rows(gemm, &call, c, 0, m);
}
