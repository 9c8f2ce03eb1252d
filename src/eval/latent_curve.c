#include "eval/latent_curve.h"

#include <stdlib.h>

#include <lowbend/projection.h>

enum lb_status lb_run_find_geometry(struct lb_run *run, struct lb_geometry **out)
{
    const enum lb_status status = lb_geometry_open(out, run);
    return status == LB_ERR_NOT_FOUND ? LB_OK : status;
}

enum lb_status lb_latent_curve(const struct lb_run *run, struct lb_geometry *geometry,
                               const float *from, const float *to, size_t frames, float *codes)
{
    const size_t l = run->latent;
    double *ends = calloc((2 + frames) * l, sizeof *ends);
    if (ends == NULL) {
        return lb_fail_memory(run->ctx, "latent geodesic");
    }
    double *curve = ends + 2 * l;
    for (size_t k = 0; k < l; k++) {
        ends[k] = (double)from[k];
        ends[l + k] = (double)to[k];
    }
    const enum lb_status status =
        lb_geometry_geodesic(geometry, ends, ends + l, frames - 1, curve, NULL);
    for (size_t k = 0; k < frames * l && status == LB_OK; k++) {
        codes[k] = (float)curve[k];
    }
    free(ends);
    return status;
}
