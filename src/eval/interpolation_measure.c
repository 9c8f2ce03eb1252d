/* Latent lines and geodesics against true geodesics, over the distance of their ends. */
#include <math.h>
#include <stdlib.h>

#include "eval/latent_curve.h"
#include "eval/measure.h"
#include "eval/path_error.h"

/*
 * Errors over d at multiples of epsilon as far as the manifold allows.
 *
 * Uses a quarter of `points` geodesics at each distance, and a quarter of these for off_manifold
 * and latent geodesics: each geodesic costs nine images, and the search for a frame a few dozen.
 */
static enum lb_status measure(struct lb_run *run, const struct lb_evaluate_params *params,
                              struct lb_evaluation *out)
{
    static const double multiples[] = {1.0, 2.0, 3.0, 4.0, 6.0, 8.0}; // of epsilon
    const size_t n = params->points / 4;
    struct lb_path_extras extras = {
        .searched = n / 4, .cloud = params->points, .seed = params->seed, .followed = n / 4};
    float *paths = malloc(n * LB_PATH_FRAMES * run->point_size * sizeof *paths);
    bool found = true;
    enum lb_status status = LB_OK;
    out->interpolation_count = 0;
    out->interpolation = calloc(LB_COUNT(multiples), sizeof *out->interpolation);
    if (paths == NULL || out->interpolation == NULL) {
        status = lb_fail_memory(run->ctx, "interpolation");
        goto fail;
    }
    LB_CHECK(lb_run_find_geometry(run, &extras.geometry));
    for (uint32_t i = 0; i < LB_COUNT(multiples) && found; i++) {
        const double distance = multiples[i] * run->params.epsilon;
        LB_CHECK(lb_interpolation_paths(run->dataset, params->seed, i, distance, n, paths, &found));
        if (found) {
            LB_CHECK(lb_interpolation_errors_of_paths(
                run, paths, n, distance, &extras, &out->interpolation[out->interpolation_count]));
            out->interpolation_count++;
        }
    }
fail:
    lb_geometry_destroy(&extras.geometry);
    free(paths);
    return status;
}

#define AT(field) offsetof(struct lb_interpolation_errors, field)

const struct lb_number_row lb_interpolation_rows[] = {
    {{.key = "d", .name = "distance", .help = "between the end points"}, AT(distance)},
    {{.key = "latent_gap",
      .name = "latent gap",
      .help = "latent midpoint to the code of the geodesic midpoint",
      .better = LB_BETTER_LOWER,
      .has_error = true},
     AT(latent_gap)},
    {{.key = "off_manifold",
      .name = "off-manifold distance",
      .help = "mean distance of the straight latent path from phi(M)",
      .better = LB_BETTER_LOWER,
      .needs = LB_NEEDS_SEARCH,
      .has_error = true},
     AT(off_manifold)},
    {{.key = "image_mse",
      .name = "decoded latent line",
      .help = "decoded path against the images of the geodesic, per pixel",
      .better = LB_BETTER_LOWER,
      .needs = LB_NEEDS_DECODER,
      .has_error = true},
     AT(image_mse)},
    {{.key = "geodesic_mse",
      .name = "decoded latent geodesic",
      .help = "decoded latent geodesic against the same, after `lowbend geometry`",
      .better = LB_BETTER_LOWER,
      .needs = LB_NEEDS_DECODER | LB_NEEDS_PROJECTION,
      .has_error = true},
     AT(geodesic_mse)},
    {{.key = "blend_mse",
      .name = "blended pixels",
      .help = "blended pixels against the same",
      .has_error = true},
     AT(blend_mse)},
};
const size_t lb_interpolation_row_count = LB_COUNT(lb_interpolation_rows);

const struct lb_measure lb_interpolation_measure = {
    .name = "interpolation",
    .needs = LB_NEEDS_MANIFOLD,
    .run = measure,
};
