#include "eval/holonomy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/points.h"
#include "geometry/dataset.h"

enum { TRIANGLES = 8, TRIES = 512, CORNERS = 3 };

/* Triangles are neither slivers, of whose angle little can be told, nor so large that their sides
 * leave the manifold's part that is well known. */
static const double LEAST_AREA = 0.1;
static const double LONGEST_SIDE = 1.6;

static double dot(const float *a, const float *b)
{
    return (double)a[0] * (double)b[0] + (double)a[1] * (double)b[1] + (double)a[2] * (double)b[2];
}

/* Of three unit vectors, by A. van Oosterom and J. Strackee, IEEE Trans. Biomed. Eng. 30 (1983). */
static double area_of(const float *a, const float *b, const float *c)
{
    const double volume =
        (double)a[0] * ((double)b[1] * (double)c[2] - (double)b[2] * (double)c[1]) +
        (double)a[1] * ((double)b[2] * (double)c[0] - (double)b[0] * (double)c[2]) +
        (double)a[2] * ((double)b[0] * (double)c[1] - (double)b[1] * (double)c[0]);
    return 2.0 * atan2(fabs(volume), 1.0 + dot(a, b) + dot(b, c) + dot(c, a));
}

static bool is_fit(const float *corners)
{
    const double least = cos(LONGEST_SIDE);
    for (size_t i = 0; i < CORNERS; i++) {
        if (dot(corners + 3 * i, corners + 3 * ((i + 1) % CORNERS)) < least) {
            return false;
        }
    }
    return area_of(corners, corners + 3, corners + 6) >= LEAST_AREA;
}

/* corners (TRIANGLES, 3, 3); areas (TRIANGLES). */
static enum lb_status draw_triangles(struct lb_run *run, uint64_t seed, float *corners,
                                     struct lb_geometry_evaluation *out)
{
    float *points = malloc(TRIES * CORNERS * 3 * sizeof *points);
    if (points == NULL) {
        return lb_fail_memory(run->ctx, "triangles");
    }
    const enum lb_status status =
        lb_run_draw_points(run, seed, LB_SAMPLE_TRIANGLES, TRIES * CORNERS, points);
    for (size_t i = 0; i < TRIES && out->triangles < TRIANGLES && status == LB_OK; i++) {
        const float *tried = points + i * CORNERS * 3;
        if (is_fit(tried)) {
            memcpy(corners + out->triangles * CORNERS * 3, tried, CORNERS * 3 * sizeof *tried);
            out->area[out->triangles++] = area_of(tried, tried + 3, tried + 6);
        }
    }
    free(points);
    return status;
}

/* *angle: by which a vector at the first of three codes (3, l) turns on its way around. */
static enum lb_status go_around(struct lb_geometry *geometry, const double *codes, size_t segments,
                                double *room, double *angle)
{
    const size_t l = lb_geometry_latent(geometry);
    const size_t m = lb_geometry_dimension(geometry);
    double *basis = room; // (m, l)
    double *vector = basis + m * l;
    double *curve = vector + l;
    double cosine = 0.0;
    LB_TRY(lb_geometry_tangent(geometry, codes, 1, basis));
    memcpy(vector, basis, l * sizeof *vector);
    for (size_t i = 0; i < CORNERS; i++) {
        LB_TRY(lb_geometry_geodesic(geometry, codes + i * l, codes + (i + 1) % CORNERS * l,
                                    segments, curve, NULL));
        LB_TRY(lb_geometry_transport(geometry, curve, segments, LB_TRANSPORT_PROJECTION, vector,
                                     vector));
    }
    for (size_t j = 0; j < l; j++) {
        cosine += basis[j] * vector[j];
    }
    *angle = acos(fmax(-1.0, fmin(1.0, cosine)));
    return LB_OK;
}

enum lb_status lb_run_holonomy(struct lb_run *run, struct lb_geometry *geometry, uint64_t seed,
                               size_t segments, struct lb_geometry_evaluation *out)
{
    const char *manifold = lb_dataset_get_info(run->dataset)->manifold;
    const size_t l = run->latent;
    const size_t most = TRIANGLES * CORNERS;
    if (strcmp(manifold, "sphere") != 0 && strcmp(manifold, "hemisphere") != 0) {
        return LB_OK;
    }
    float *corners = malloc(most * 3 * sizeof *corners);
    float *latent = malloc(most * l * sizeof *latent);
    double *codes =
        malloc((CORNERS + lb_geometry_dimension(geometry) + 1 + segments + 1) * l * sizeof *codes);
    enum lb_status status = LB_OK;
    out->area = malloc(TRIANGLES * sizeof *out->area);
    out->angle = malloc(TRIANGLES * sizeof *out->angle);
    if (corners == NULL || latent == NULL || codes == NULL || out->area == NULL ||
        out->angle == NULL) {
        status = lb_fail_memory(run->ctx, "triangles");
        goto fail;
    }
    LB_CHECK(draw_triangles(run, seed, corners, out));
    LB_CHECK(lb_run_encode_points(run, corners, out->triangles * CORNERS, latent));
    for (size_t i = 0; i < out->triangles; i++) {
        LB_CHECK(lb_run_check_cancelled(run));
        for (size_t j = 0; j < CORNERS * l; j++) {
            codes[j] = (double)latent[i * CORNERS * l + j];
        }
        LB_CHECK(go_around(geometry, codes, segments, codes + CORNERS * l, &out->angle[i]));
    }
fail:
    free(corners);
    free(latent);
    free(codes);
    return status;
}
