/* Pullback metric of a run's decoder on image space. */
#include <stdlib.h>

#include <lowbend/projection.h>

#include "base/context.h"
#include "nn/network.h"
#include "run/run.h"

enum { MAX_FLOATS = 1 << 22 /* of images held at once */ };

static const double ROUNDING = 1e-6; // rounding of float32 images in [0,1], per pixel

static enum lb_status decode(void *user, const double *codes, size_t n, double *points)
{
    const struct lb_run *run = user;
    const size_t l = run->latent;
    const size_t size = run->image_size;
    const size_t fit = MAX_FLOATS / size;
    const size_t batch = fit < 1 ? 1 : fit < n ? fit : n;
    float *floats = malloc(batch * (l + size) * sizeof *floats);
    enum lb_status status = LB_OK;
    if (floats == NULL) {
        return lb_fail_memory(run->ctx, "decoded images");
    }
    float *images = floats + batch * l;
    for (size_t first = 0; first < n; first += batch) {
        const size_t rows = n - first < batch ? n - first : batch;
        for (size_t i = 0; i < rows * l; i++) {
            floats[i] = (float)codes[first * l + i];
        }
        LB_CHECK(lb_network_apply(run->decoder, floats, rows, images));
        for (size_t i = 0; i < rows * size; i++) {
            points[first * size + i] = (double)images[i];
        }
    }
fail:
    free(floats);
    return status;
}

enum lb_status lb_geometry_use_decoder(struct lb_geometry *geometry, struct lb_run *run)
{
    if (run->decoder == NULL) {
        return lb_fail(run->ctx, LB_ERR_NOT_FOUND,
                       "%s: has no decoder (train one with --decoder-steps above 0)", run->path);
    }
    return lb_geometry_set_metric(
        geometry, &(const struct lb_metric){
                      .map = decode, .user = run, .size = run->image_size, .noise = ROUNDING});
}
