/* Every back end on one device, for a group of tests. */
#ifndef LB_TESTS_GEMM_FIXTURE_H
#define LB_TESTS_GEMM_FIXTURE_H

#include "gemm_field.h"

static int create_with_width(struct fixture *f, struct lb_gemm **out, uint32_t width)
{
    const uint32_t own = f->base.device->info.vector_width;
    f->base.device->info.vector_width = width;
    const enum lb_status status = lb_gemm_create(out, f->base.device, LB_GEMM_PANEL);
    f->base.device->info.vector_width = own;
    return status == LB_OK ? 0 : -1;
}

static int setup(void **state)
{
    static struct fixture f;
    if (lb_context_create(&f.base.ctx, NULL) != LB_OK) {
        return -1;
    }
    if (lb_device_open(&f.base.device, f.base.ctx, getenv("LOWBEND_DEVICE")) != LB_OK ||
        lb_gemm_create(&f.panel, f.base.device, LB_GEMM_PANEL) != LB_OK ||
        (lb_gemm_is_built(LB_GEMM_CLBLAST) &&
         lb_gemm_create(&f.clblast, f.base.device, LB_GEMM_CLBLAST) != LB_OK)) {
        print_error("%s\n", lb_context_error(f.base.ctx));
        return -1;
    }
    *state = &f;
    const bool has_16 = f.base.device->info.vector_width == 16;
    return create_with_width(&f, &f.narrow, 1) || create_with_width(&f, &f.wide, has_16 ? 8 : 16);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    lb_gemm_destroy(&f->panel);
    lb_gemm_destroy(&f->clblast);
    lb_gemm_destroy(&f->narrow);
    lb_gemm_destroy(&f->wide);
    lb_device_close(&f->base.device);
    lb_context_destroy(&f->base.ctx);
    return 0;
}

#endif
