#include "eval/holonomy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/points.h"
#include "geometry/dataset.h"
#include "geometry/geodesic.h"

enum { TRIANGLES = 8, TRIES = 512, CORNERS = 3 };

/* Triangles are neither slivers, whose angle is inaccurate, nor so large that their sides leave the
 * well-sampled part of the manifold */
static const double LEAST_AREA = 0.1;
static const double LONGEST_SIDE = 1.6;
/* Side of equilateral triangles in flat manifolds, relative to the injectivity radius:
 * contractible */
static const double FLAT_SIDE = 0.4;

static double dot(const float *a, const float *b)
{
    return (double)a[0] * (double)b[0] + (double)a[1] * (double)b[1] + (double)a[2] * (double)b[2];
}

/* Area for three unit vectors, by A. van Oosterom and J. Strackee, IEEE Trans. Biomed. Eng. 30
 * (1983). */
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
static enum lb_status draw_spherical(struct lb_run *run, uint64_t seed, float *corners,
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

/* Equilateral triangles in the plane of two tangent vectors: corners (TRIANGLES, 3, p). */
static enum lb_status draw_flat(struct lb_run *run, uint64_t seed, float *corners,
                                struct lb_geometry_evaluation *out)
{
    const size_t p = run->point_size;
    const double side = FLAT_SIDE * lb_dataset_get_info(run->dataset)->injectivity_radius;
    const double ways[CORNERS][2] = {{0.0, 0.0}, {side, 0.0}, {0.5 * side, sqrt(0.75) * side}};
    float coordinates[TRIANGLES * CORNERS * 2];
    int inside[TRIANGLES * CORNERS];
    float *origins = malloc((size_t)TRIANGLES * CORNERS * p * sizeof *origins);
    float *points = malloc(TRIANGLES * p * sizeof *points);
    enum lb_status status = LB_OK;
    if (origins == NULL || points == NULL) {
        status = lb_fail_memory(run->ctx, "triangles");
        goto fail;
    }
    LB_CHECK(lb_run_draw_points(run, seed, LB_SAMPLE_TRIANGLES, TRIANGLES, points));
    for (size_t i = 0; i < (size_t)TRIANGLES * CORNERS; i++) {
        memcpy(origins + i * p, points + i / CORNERS * p, p * sizeof *origins);
        coordinates[2 * i] = (float)ways[i % CORNERS][0];
        coordinates[2 * i + 1] = (float)ways[i % CORNERS][1];
    }
    LB_CHECK(lb_dataset_exponential(run->dataset, origins, coordinates, (size_t)TRIANGLES * CORNERS,
                                    corners, inside));
    out->triangles = TRIANGLES;
    memset(out->area, 0, TRIANGLES * sizeof *out->area);
fail:
    free(origins);
    free(points);
    return status;
}

/* Two-dimensional manifolds of constant curvature, and how to draw triangles there. */
static const struct space {
    const char *manifold;
    enum lb_status (*draw)(struct lb_run *run, uint64_t seed, float *corners,
                           struct lb_geometry_evaluation *out);
} spaces[] = {
    {"sphere", draw_spherical},
    {"hemisphere", draw_spherical},
    {"torus", draw_flat},
    {"klein", draw_flat},
};

static const struct space *find_space(const char *manifold)
{
    for (size_t i = 0; i < LB_COUNT(spaces); i++) {
        if (strcmp(spaces[i].manifold, manifold) == 0) {
            return &spaces[i];
        }
    }
    return NULL;
}

/* *angle: the angle by which a vector at the first of three codes (3, l) turns on its way
 * around. */
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
    const struct space *space = find_space(lb_dataset_get_info(run->dataset)->manifold);
    const size_t l = run->latent;
    const size_t most = TRIANGLES * CORNERS;
    if (space == NULL) {
        return LB_OK;
    }
    float *corners = malloc(most * run->point_size * sizeof *corners);
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
    LB_CHECK(space->draw(run, seed, corners, out));
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
