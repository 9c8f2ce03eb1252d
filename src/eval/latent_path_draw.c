/* Latent lines between fresh images of a run's manifold. */
#include <stdlib.h>

#include "base/number.h"
#include "eval/latent_path.h"
#include "geometry/geodesic.h"

enum { NUMBER = 128 }; // index of the random stream, after those of the measures

/* Images (2 pairs, D) of both ends of geodesics of the manifold. */
static enum lb_status draw_ends(struct lb_run *run, double distance, size_t pairs, uint64_t seed,
                                float *images)
{
    const struct lb_random_counter draw = {seed, LB_STREAM_MEASURE_PATHS, NUMBER, 0};
    float *points = malloc(2 * pairs * run->point_size * sizeof *points);
    bool found = false;
    enum lb_status status = LB_OK;
    if (points == NULL) {
        return lb_fail_memory(run->ctx, "latent path");
    }
    LB_CHECK(lb_dataset_paths(run->dataset, draw, distance, 2, pairs, points, &found));
    if (!found) {
        char text[64];
        lb_format(text, sizeof text, "%g", distance);
        status = lb_fail(run->ctx, LB_ERR_ARGUMENT,
                         "points at distance %s: %s has no two points connected by a shortest "
                         "geodesic of this length (use a smaller distance)",
                         text, lb_dataset_get_info(run->dataset)->manifold);
        goto fail;
    }
    LB_CHECK(lb_dataset_render(run->dataset, points, 2 * pairs, images));
fail:
    free(points);
    return status;
}

static enum lb_status check(const struct lb_run *run, size_t pairs,
                            const struct lb_latent_path_params *params)
{
    const size_t larger = run->image_size > run->point_size ? run->image_size : run->point_size;
    if (!lb_run_has_manifold(run)) {
        return lb_fail(
            run->ctx, LB_ERR_UNSUPPORTED,
            "%s: was trained on user pairs, so no fresh points can be drawn (give images instead)",
            run->path);
    }
    if (pairs < 1 || params->count > 0 || params->loop) {
        return lb_fail(run->ctx, LB_ERR_ARGUMENT,
                       "latent path: fresh points make one line per pair, for at least one pair "
                       "(give no other lines)");
    }
    return pairs <= SIZE_MAX / 2 / sizeof(struct lb_key_frames) / larger
               ? LB_OK
               : lb_fail_memory(run->ctx, "latent path");
}

enum lb_status lb_latent_path_draw(struct lb_latent_path **out, struct lb_run *run, double distance,
                                   size_t pairs, uint64_t seed,
                                   const struct lb_latent_path_params *params)
{
    struct lb_latent_path_params used =
        params != NULL ? *params : (struct lb_latent_path_params){0};
    enum lb_status status = LB_OK;
    *out = NULL;
    LB_TRY(check(run, pairs, &used));
    struct lb_key_frames *lines = malloc(pairs * sizeof *lines);
    float *images = malloc(2 * pairs * run->image_size * sizeof *images);
    if (lines == NULL || images == NULL) {
        status = lb_fail_memory(run->ctx, "latent path");
        goto fail;
    }
    for (size_t i = 0; i < pairs; i++) {
        lines[i] = (struct lb_key_frames){2 * i, 2 * i + 1};
    }
    used.lines = lines;
    used.count = pairs;
    used.read = (struct lb_image_options){.scale = 1.0}; // unchanged
    LB_CHECK(draw_ends(run, distance, pairs, seed, images));
    LB_CHECK(lb_latent_path_create_array(
        out, run,
        &(const struct lb_tensor){"fresh points", LB_F32, 2, {2 * pairs, run->image_size}, images},
        &used));
    (*out)->drawn = images;
    images = NULL;
fail:
    free(lines);
    free(images);
    return status;
}
