/* GEMM interface: creates back ends by name and checks arguments. */
#include "gemm/gemm.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "device/path.h"
#include "gemm/backend.h"

/* NULL: not in this build. */
static const struct lb_gemm_backend *find_backend(const struct lb_device *device,
                                                  enum lb_gemm_kind kind)
{
    if (kind == LB_GEMM_PANEL) {
        return lb_takes_cpu_path(device) ? &lb_gemm_panel : &lb_gemm_tiled;
    }
#if defined(LB_CLBLAST_VERSION)
    if (kind == LB_GEMM_CLBLAST) {
        return &lb_gemm_clblast;
    }
#endif
    return NULL;
}

/* Names of all back ends, built or not. */
static const char *const kind_names[] = {
    [LB_GEMM_AUTO] = "auto",
    [LB_GEMM_CLBLAST] = "clblast",
    [LB_GEMM_PANEL] = "panel",
};

const char *lb_gemm_kind_name(enum lb_gemm_kind kind)
{
    return (size_t)kind < LB_COUNT(kind_names) ? kind_names[kind] : "unknown";
}

enum lb_status lb_gemm_kind_parse(enum lb_gemm_kind *out, const char *name)
{
    for (size_t i = 0; i < LB_COUNT(kind_names); i++) {
        if (name && strcmp(name, kind_names[i]) == 0) {
            *out = (enum lb_gemm_kind)i;
            return LB_OK;
        }
    }
    return LB_ERR_ARGUMENT;
}

bool lb_gemm_is_built(enum lb_gemm_kind kind)
{
#if defined(LB_CLBLAST_VERSION)
    const bool clblast = true;
#else
    const bool clblast = false;
#endif
    return kind == LB_GEMM_AUTO || kind == LB_GEMM_PANEL || (kind == LB_GEMM_CLBLAST && clblast);
}

double lb_gemm_patch_bytes(const struct lb_device *device, enum lb_gemm_kind kind,
                           const struct lb_gemm_shape *shape, bool copied)
{
    const struct lb_gemm_backend *backend = find_backend(device, kind);
    return backend != NULL ? backend->patch_bytes(device, shape, copied) : 0.0;
}

double lb_gemm_pack_bytes(const struct lb_device *device, enum lb_gemm_kind kind,
                          const struct lb_gemm_shape *shape)
{
    const struct lb_gemm_backend *backend = find_backend(device, kind);
    return backend != NULL && backend->pack_bytes != NULL ? backend->pack_bytes(device, shape)
                                                          : 0.0;
}

enum lb_status lb_gemm_require(struct lb_context *ctx, enum lb_gemm_kind kind)
{
    if (kind == LB_GEMM_CLBLAST && !lb_gemm_is_built(kind)) {
        return lb_fail(ctx, LB_ERR_UNSUPPORTED,
                       "--gemm clblast: this lowbend was built without CLBlast (use --gemm auto or "
                       "panel, or build it with -Dclblast=enabled)");
    }
    return LB_OK;
}

enum lb_gemm_kind lb_gemm_get_kind(const struct lb_gemm *gemm)
{
    return gemm->backend->kind;
}

bool lb_gemm_sums_columns(const struct lb_gemm *gemm)
{
    return gemm->backend->sums_columns;
}

enum lb_status lb_gemm_create_kind(struct lb_gemm **out, struct lb_device *device,
                                   enum lb_gemm_kind kind)
{
    *out = NULL;
    LB_TRY(lb_gemm_require(device->ctx, kind));
    const struct lb_gemm_backend *backend = find_backend(device, kind);
    if (!backend) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT,
                       "matrix products: unknown back end %d (use auto, clblast or panel)",
                       (int)kind);
    }
    struct lb_gemm *gemm = calloc(1, sizeof(*gemm));
    if (!gemm) {
        return lb_fail_memory(device->ctx, "the matrix product back end");
    }
    gemm->device = device;
    gemm->backend = backend;
    gemm->function = &lb_elementwise_identity;
    const enum lb_status status = backend->create(gemm);
    if (status != LB_OK) {
        lb_gemm_destroy(&gemm);
        return status;
    }
    *out = gemm;
    return LB_OK;
}

void lb_gemm_drop_scratch(struct lb_gemm *gemm)
{
    gemm->backend->drop_scratch(gemm);
}

void lb_gemm_expect_function(struct lb_gemm *gemm, const struct lb_elementwise *function)
{
    gemm->function = function;
}

void lb_gemm_destroy(struct lb_gemm **gemm)
{
    if (!gemm || !*gemm) {
        return;
    }
    (*gemm)->backend->destroy(*gemm);
    lb_finish_destroy(*gemm);
    free(*gemm);
    *gemm = NULL;
}

enum lb_status lb_gemm_set_parameters(struct lb_gemm *gemm,
                                      const struct lb_clblast_parameters *parameters)
{
    return gemm->backend->set_parameters != NULL
               ? gemm->backend->set_parameters(gemm, parameters)
               : lb_fail(gemm->device->ctx, LB_ERR_UNSUPPORTED,
                         "matrix products: back end %s has no parameters (use clblast)",
                         gemm->backend->name);
}

/* Checks that `count` floats from `offset` lie in the buffer, with indices that fit an int. */
static enum lb_status check_span(struct lb_gemm *gemm, const char *name, cl_mem mem, size_t offset,
                                 size_t count)
{
    struct lb_device *device = gemm->device;
    if (!mem) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT, "matrix product: %s has no buffer", name);
    }
    size_t bytes = 0;
    const cl_int code = clGetMemObjectInfo(mem, CL_MEM_SIZE, sizeof(bytes), &bytes, NULL);
    if (code != CL_SUCCESS) {
        return lb_fail_cl(device, "matrix product", "clGetMemObjectInfo", code);
    }
    if (offset > INT_MAX || count > INT_MAX - offset || offset + count > bytes / sizeof(float)) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT,
                       "matrix product: %s needs %zu floats from %zu on, but its buffer holds %zu",
                       name, count, offset, bytes / sizeof(float));
    }
    return LB_OK;
}

static enum lb_status check_matrix(struct lb_gemm *gemm, const char *name,
                                   const struct lb_matrix *matrix, int rows, int columns)
{
    if (matrix->stride < (size_t)columns || matrix->stride > INT_MAX) {
        return lb_fail(gemm->device->ctx, LB_ERR_ARGUMENT,
                       "matrix product: %s has %d columns, more than its stride of %zu", name,
                       columns, matrix->stride);
    }
    return check_span(gemm, name, matrix->mem, matrix->offset,
                      (size_t)(rows - 1) * matrix->stride + (size_t)columns);
}

/* Checks the images from which `patches` patches are taken: whole images. */
static enum lb_status check_patches(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const struct lb_patches *patches = &call->patches;
    const int count = call->transpose_a ? call->k : call->m;
    const int columns = call->transpose_a ? call->m : call->k;
    const int each = patches->rows * patches->columns;
    if (each < 1 || count % each != 0 || patches->stride < 1 || patches->top < 0 ||
        patches->left < 0 || call->a.stride != (size_t)patches->channels ||
        columns != patches->kernel_height * patches->kernel_width * patches->channels) {
        return lb_fail(gemm->device->ctx, LB_ERR_ARGUMENT,
                       "matrix product: A is not a matrix of patches (m %d, k %d; %d x %d patches "
                       "of %d x %d x %d)",
                       call->m, call->k, patches->rows, patches->columns, patches->kernel_height,
                       patches->kernel_width, patches->channels);
    }
    return check_span(gemm, "A", call->a.mem, call->a.offset,
                      (size_t)(count / each) * (size_t)patches->height * (size_t)patches->width *
                          (size_t)patches->channels);
}

/* Checks C or the slope, whose rows are pixels. */
static enum lb_status check_pixels(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                   const char *name, const struct lb_matrix *matrix)
{
    const struct lb_pixels *pixels = &call->pixels;
    const int each = pixels->rows * pixels->columns;
    if (call->transpose_a || each < 1 || call->m % each != 0 ||
        pixels->top + pixels->step * (pixels->rows - 1) >= pixels->height ||
        pixels->left + pixels->step * (pixels->columns - 1) >= pixels->width) {
        return lb_fail(gemm->device->ctx, LB_ERR_ARGUMENT,
                       "matrix product: the rows of %s are not pixels (m %d; %d x %d of %d x %d)",
                       name, call->m, pixels->rows, pixels->columns, pixels->height, pixels->width);
    }
    return check_matrix(gemm, name, matrix, call->m / each * pixels->height * pixels->width,
                        call->n);
}

static enum lb_status check_rows(struct lb_gemm *gemm, const struct lb_gemm_call *call,
                                 const char *name, const struct lb_matrix *matrix)
{
    return call->pixels.height > 0 ? check_pixels(gemm, call, name, matrix)
                                   : check_matrix(gemm, name, matrix, call->m, call->n);
}

bool lb_gemm_pools(const struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    return gemm->backend->pools != NULL && call->patches.height > 0 && !call->transpose_a &&
           call->pixels.height == 0 && call->beta == 0.0f &&
           call->epilogue.kind != LB_EPILOGUE_SCALE && call->patches.rows % 2 == 0 &&
           call->patches.columns % 2 == 0 && call->c.stride == (size_t)call->n &&
           gemm->backend->pools(gemm, call);
}

static enum lb_status check_c(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    if (!call->pooled) {
        return check_rows(gemm, call, "C", &call->c);
    }
    return lb_gemm_pools(gemm, call)
               ? check_matrix(gemm, "C", &call->c, call->m / 4, call->n)
               : lb_fail(gemm->device->ctx, LB_ERR_ARGUMENT,
                         "matrix product: back end %s does not pool %d x %d patches by %d x %d",
                         gemm->backend->name, call->patches.rows, call->patches.columns, call->k,
                         call->n);
}

static enum lb_status check_epilogue(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    struct lb_context *ctx = gemm->device->ctx;
    const struct lb_epilogue *epilogue = &call->epilogue;
    if ((size_t)epilogue->kind > LB_EPILOGUE_SCALE ||
        (epilogue->kind == LB_EPILOGUE_ACTIVATE && epilogue->function == NULL)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "matrix product: unknown epilogue %d, or one without its function",
                       (int)epilogue->kind);
    }
    if (call->beta != 0.0f && (call->beta != 1.0f || epilogue->kind != LB_EPILOGUE_NONE)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "matrix product: beta is %g (use 0, or 1 without an epilogue)",
                       (double)call->beta);
    }
    if (call->symmetric && (call->m != call->n || call->patches.height > 0 || call->beta != 0.0f ||
                            epilogue->kind != LB_EPILOGUE_NONE)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "matrix product: %d x %d cannot be symmetric here (use a square product "
                       "without patches, beta and epilogue)",
                       call->m, call->n);
    }
    if (call->b_sums.mem) {
        if (!gemm->backend->sums_columns || epilogue->kind != LB_EPILOGUE_NONE ||
            !call->transpose_a) {
            return lb_fail(ctx, LB_ERR_ARGUMENT,
                           "matrix product: column sums with back end %s, epilogue %d, %s (use "
                           "panel, no epilogue and the transpose of A)",
                           gemm->backend->name, (int)epilogue->kind,
                           call->transpose_a ? "the transpose of A" : "A as it is");
        }
        LB_TRY(check_span(gemm, "the column sums", call->b_sums.mem, call->b_sums.offset,
                          (size_t)call->n));
    }
    if (epilogue->kind == LB_EPILOGUE_ACTIVATE) {
        LB_TRY(
            check_span(gemm, "the bias", epilogue->bias, epilogue->bias_offset, (size_t)call->n));
    }
    if (epilogue->kind == LB_EPILOGUE_SCALE ||
        (epilogue->kind == LB_EPILOGUE_ACTIVATE && epilogue->slope.mem)) {
        LB_TRY(check_rows(gemm, call, "the slope", &epilogue->slope));
        if (epilogue->slope.mem == call->c.mem) { // which holds unfinished sums
            return lb_fail(ctx, LB_ERR_ARGUMENT,
                           "matrix product: C and the slope are the same buffer (use two)");
        }
    }
    return LB_OK;
}

bool lb_patches_are_images(const struct lb_patches *patches)
{
    return patches->kernel_height == 1 && patches->kernel_width == 1 && patches->stride == 1 &&
           patches->top == 0 && patches->left == 0 && patches->rows == patches->height &&
           patches->columns == patches->width;
}

enum lb_status lb_gemm_run(struct lb_gemm *gemm, const struct lb_gemm_call *call)
{
    const int m = call->m;
    const int n = call->n;
    const int k = call->k;
    if (m < 1 || n < 1 || k < 1) {
        return lb_fail(gemm->device->ctx, LB_ERR_ARGUMENT,
                       "matrix product: a size is below 1 (m %d, n %d, k %d)", m, n, k);
    }
    LB_TRY(call->patches.height > 0 ? check_patches(gemm, call)
                                    : check_matrix(gemm, "A", &call->a, call->transpose_a ? k : m,
                                                   call->transpose_a ? m : k));
    LB_TRY(check_matrix(gemm, "B", &call->b, call->transpose_b ? n : k, call->transpose_b ? k : n));
    LB_TRY(check_c(gemm, call));
    LB_TRY(check_epilogue(gemm, call));
    return gemm->backend->run(gemm, call);
}
