#include "eval/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

#include "eval/points.h"
#include "eval/statistics.h"
#include "geometry/dataset.h"
#include "geometry/geodesic.h"

enum { STEPS = 8 };

/* Step of the central differences for the Jacobian: rounding and truncation are about 1e-4 of it */
static const double difference_share = 0.05; // of epsilon

struct search {
    struct lb_run *run;
    const float *targets; ///< (n, l)
    size_t n;
    size_t m;
    size_t p;
    size_t l;
    float *points;   ///< (n, p): best points so far
    float *codes;    ///< (n, l)
    double *squares; ///< (n): squared distances of their codes
    double *damping; ///< (n)
    double h;        ///< of the differences

    /* 2 m neighbours of each point; the first n rows are also used for the trial points. */
    float *origins;     ///< (2 m n, p)
    float *coordinates; ///< (2 m n, m)
    float *neighbours;  ///< (2 m n, p)
    float *their_codes; ///< (2 m n, l)
    int *inside;        ///< (2 m n)

    float *steps;     ///< (n, m)
    double *jacobian; ///< (m, l), of one point
    double *normal;   ///< (m, m)
    double *step;     ///< (m)
    double *bends;    ///< (m)
    double *residual; ///< (l)
};

static void search_free(struct search *s)
{
    free(s->points);
    free(s->codes);
    free(s->squares);
    free(s->damping);
    free(s->origins);
    free(s->coordinates);
    free(s->neighbours);
    free(s->their_codes);
    free(s->inside);
    free(s->steps);
    free(s->jacobian);
    free(s->normal);
    free(s->step);
    free(s->bends);
    free(s->residual);
}

static enum lb_status search_create(struct search *s, struct lb_run *run, const float *targets,
                                    size_t n)
{
    const size_t m = (size_t)run->dataset->info.dimension;
    const size_t p = run->point_size;
    const size_t l = run->latent;
    const size_t rows = 2 * m * n;
    *s = (struct search){.run = run,
                         .targets = targets,
                         .n = n,
                         .m = m,
                         .p = p,
                         .l = l,
                         .h = difference_share * run->params.epsilon};
    s->points = malloc(n * p * sizeof *s->points);
    s->codes = malloc(n * l * sizeof *s->codes);
    s->squares = malloc(n * sizeof *s->squares);
    s->damping = malloc(n * sizeof *s->damping);
    s->origins = malloc(rows * p * sizeof *s->origins);
    s->coordinates = malloc(rows * m * sizeof *s->coordinates);
    s->neighbours = malloc(rows * p * sizeof *s->neighbours);
    s->their_codes = malloc(rows * l * sizeof *s->their_codes);
    s->inside = malloc(rows * sizeof *s->inside);
    s->steps = malloc(n * m * sizeof *s->steps);
    s->jacobian = malloc(m * l * sizeof *s->jacobian);
    s->normal = malloc(m * m * sizeof *s->normal);
    s->step = malloc(m * sizeof *s->step);
    s->bends = malloc(m * sizeof *s->bends);
    s->residual = malloc(l * sizeof *s->residual);
    if (s->points == NULL || s->codes == NULL || s->squares == NULL || s->damping == NULL ||
        s->origins == NULL || s->coordinates == NULL || s->neighbours == NULL ||
        s->their_codes == NULL || s->inside == NULL || s->steps == NULL || s->jacobian == NULL ||
        s->normal == NULL || s->step == NULL || s->bends == NULL || s->residual == NULL) {
        return lb_fail_memory(run->ctx, "nearest codes");
    }
    return LB_OK;
}

/* Chooses the nearest of the given start and the cloud. */
static enum lb_status choose_starts(struct search *s, const float *starts, size_t cloud,
                                    uint64_t seed)
{
    float *points = malloc(cloud * s->p * sizeof *points);
    float *codes = malloc(cloud * s->l * sizeof *codes);
    enum lb_status status = LB_OK;
    if (cloud > 0 && (points == NULL || codes == NULL)) {
        status = lb_fail_memory(s->run->ctx, "nearest codes");
        goto fail;
    }
    LB_CHECK(lb_run_draw_points(s->run, seed, LB_SAMPLE_SEARCH, cloud, points));
    LB_CHECK(lb_run_encode_points(s->run, points, cloud, codes));
    memcpy(s->points, starts, s->n * s->p * sizeof *starts);
    LB_CHECK(lb_run_encode_points(s->run, s->points, s->n, s->codes));
    for (size_t i = 0; i < s->n; i++) {
        const float *target = s->targets + i * s->l;
        s->damping[i] = 1e-3;
        s->squares[i] = lb_squared_distance(target, s->codes + i * s->l, s->l);
        for (size_t j = 0; j < cloud; j++) {
            const double square = lb_squared_distance(target, codes + j * s->l, s->l);
            if (square < s->squares[i]) {
                s->squares[i] = square;
                memcpy(s->points + i * s->p, points + j * s->p, s->p * sizeof *points);
                memcpy(s->codes + i * s->l, codes + j * s->l, s->l * sizeof *codes);
            }
        }
    }
fail:
    free(points);
    free(codes);
    return status;
}

/* Encodes steps +h and -h along each vector of each point's frame. */
static enum lb_status encode_neighbours(struct search *s)
{
    const size_t rows = 2 * s->m * s->n;
    memset(s->coordinates, 0, rows * s->m * sizeof *s->coordinates);
    for (size_t row = 0; row < rows; row++) {
        const size_t i = row / (2 * s->m);
        const size_t k = row / 2 % s->m;
        memcpy(s->origins + row * s->p, s->points + i * s->p, s->p * sizeof *s->points);
        s->coordinates[row * s->m + k] = (float)(row % 2 == 0 ? s->h : -s->h);
    }
    LB_TRY(lb_dataset_exponential(s->run->dataset, s->origins, s->coordinates, rows, s->neighbours,
                                  s->inside));
    for (size_t row = 0; row < rows; row++) { // images beyond the boundary are undefined
        if (s->inside[row] == 0) {
            memcpy(s->neighbours + row * s->p, s->origins + row * s->p, s->p * sizeof *s->origins);
        }
    }
    return lb_run_encode_points(s->run, s->neighbours, rows, s->their_codes);
}

/*
 * jacobian (m, l) of phi at point i: central differences, one-sided at a boundary; bends (m): the
 * residual's component along the second derivatives, 0 at a boundary.
 */
static void fill_derivatives(struct search *s, size_t i, const double *residual)
{
    const float *code = s->codes + i * s->l;
    for (size_t k = 0; k < s->m; k++) {
        const size_t row = 2 * (i * s->m + k);
        const int sides = (s->inside[row] != 0) + (s->inside[row + 1] != 0);
        const float *ahead = s->their_codes + row * s->l;
        const float *behind = ahead + s->l;
        s->bends[k] = 0.0;
        for (size_t j = 0; j < s->l; j++) {
            const double sum = (double)ahead[j] + (double)behind[j];
            s->jacobian[k * s->l + j] =
                sides > 0 ? ((double)ahead[j] - (double)behind[j]) / (s->h * sides) : 0.0;
            if (sides == 2) {
                s->bends[k] += residual[j] * (sum - 2.0 * (double)code[j]) / (s->h * s->h);
            }
        }
    }
}

/*
 * (J J' - B + damping tr(J J') / m) step = J residual, with B = diag(bends): Newton's equation
 * without mixed second derivatives. Without B convergence is slow if the residual is comparable to
 * the manifold's radius of curvature. No step if the equation cannot be solved.
 */
static void solve_step(struct search *s, size_t i)
{
    const size_t m = s->m;
    double trace = 0.0;
    for (size_t j = 0; j < s->l; j++) {
        s->residual[j] = (double)s->targets[i * s->l + j] - (double)s->codes[i * s->l + j];
    }
    fill_derivatives(s, i, s->residual);
    for (size_t a = 0; a < m; a++) {
        s->step[a] = 0.0;
        for (size_t j = 0; j < s->l; j++) {
            s->step[a] += s->jacobian[a * s->l + j] * s->residual[j];
        }
        for (size_t b = 0; b < m; b++) {
            s->normal[a * m + b] = 0.0;
            for (size_t j = 0; j < s->l; j++) {
                s->normal[a * m + b] += s->jacobian[a * s->l + j] * s->jacobian[b * s->l + j];
            }
        }
        trace += s->normal[a * m + a];
    }
    for (size_t a = 0; a < m; a++) {
        const double slope = s->normal[a * m + a];
        const double reduced = fmax(slope - s->bends[a], 0.05 * slope); // stays positive
        s->normal[a * m + a] = reduced + s->damping[i] * trace / (double)m;
    }
    const bool solved = trace > 0.0 && LAPACKE_dposv(LAPACK_ROW_MAJOR, 'U', (lapack_int)m, 1,
                                                     s->normal, (lapack_int)m, s->step, 1) == 0;
    double square = 0.0;
    for (size_t a = 0; a < m; a++) {
        square += s->step[a] * s->step[a];
    }
    /* At most epsilon per step: the linear model is not valid beyond */
    const double limit = s->run->params.epsilon;
    const double shrink = square > limit * limit ? limit / sqrt(square) : 1.0;
    for (size_t a = 0; a < m; a++) {
        s->steps[i * m + a] = solved ? (float)(shrink * s->step[a]) : 0.0f;
    }
}

static enum lb_status improve(struct search *s)
{
    LB_TRY(encode_neighbours(s));
    for (size_t i = 0; i < s->n; i++) {
        solve_step(s, i);
    }
    LB_TRY(lb_dataset_exponential(s->run->dataset, s->points, s->steps, s->n, s->neighbours,
                                  s->inside));
    for (size_t i = 0; i < s->n; i++) {
        if (s->inside[i] == 0) {
            memcpy(s->neighbours + i * s->p, s->points + i * s->p, s->p * sizeof *s->points);
        }
    }
    LB_TRY(lb_run_encode_points(s->run, s->neighbours, s->n, s->their_codes));
    for (size_t i = 0; i < s->n; i++) {
        const float *code = s->their_codes + i * s->l;
        const double square = lb_squared_distance(s->targets + i * s->l, code, s->l);
        const bool better = s->inside[i] != 0 && square < s->squares[i];
        s->damping[i] *= better ? 0.1 : 10.0;
        if (better) {
            s->squares[i] = square;
            memcpy(s->points + i * s->p, s->neighbours + i * s->p, s->p * sizeof *s->points);
            memcpy(s->codes + i * s->l, code, s->l * sizeof *code);
        }
    }
    return LB_OK;
}

enum lb_status lb_run_distance_to_manifold(struct lb_run *run, const float *targets,
                                           const float *starts, size_t n, size_t cloud,
                                           uint64_t seed, double *distances)
{
    struct search s;
    enum lb_status status = LB_OK;
    LB_CHECK(search_create(&s, run, targets, n));
    LB_CHECK(choose_starts(&s, starts, cloud, seed));
    for (int i = 0; i < STEPS; i++) {
        LB_CHECK(improve(&s));
    }
    for (size_t i = 0; i < n; i++) {
        distances[i] = sqrt(s.squares[i]);
    }
fail:
    search_free(&s);
    return status;
}
