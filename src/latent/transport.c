/* Parallel transport along a curve, segment by segment. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

#include "latent/geometry.h"
#include "latent/metric.h"

/* Data of one segment. */
struct step {
    struct lb_geometry *geometry;
    const double *here; ///< its codes (l)
    const double *there;
    const double *basis; ///< (m, l) at `here`
    const double *next;  ///< (m, l) at `there`
    double *vector;      ///< (l), tangential at `here`; becomes that at `there`
    double *room;        ///< (4 l + m l + 3 m^2 + 4 m) numbers
};

static double norm(const double *vector, size_t l)
{
    double sum = 0.0;
    for (size_t j = 0; j < l; j++) {
        sum += vector[j] * vector[j];
    }
    return sqrt(sum);
}

/* The matrix of products of the two tangent bases is U S V^t, with the cosines of the angles
 * between the spaces in S; U V^t is the closest rotation. */
static enum lb_status rotate(const struct step *step)
{
    const size_t l = step->geometry->projection.latent;
    const size_t m = step->geometry->projection.dimension;
    double *matrix = step->room;
    double *left = matrix + m * m;
    double *right = left + m * m;
    double *cosines = right + m * m;
    double *rest = cosines + m;
    double *old = rest + m;
    double *turned = old + m;
    for (size_t a = 0; a < m; a++) {
        lb_tangent_coefficients(step->geometry, step->basis, step->next + a * l, matrix + a * m);
    }
    if (LAPACKE_dgesvd(LAPACK_ROW_MAJOR, 'A', 'A', (lapack_int)m, (lapack_int)m, matrix,
                       (lapack_int)m, cosines, left, (lapack_int)m, right, (lapack_int)m,
                       rest) != 0 ||
        cosines[m - 1] <= 0.0) {
        return lb_fail(step->geometry->ctx, LB_ERR_NUMERIC,
                       "parallel transport: the tangent spaces at both ends of a segment are "
                       "nearly orthogonal (use more segments)");
    }
    lb_tangent_coefficients(step->geometry, step->basis, step->vector, old);
    for (size_t a = 0; a < m; a++) {
        turned[a] = 0.0;
        for (size_t b = 0; b < m; b++) {
            turned[a] += right[a * m + b] * old[b];
        }
    }
    memset(step->vector, 0, l * sizeof *step->vector);
    for (size_t a = 0; a < m; a++) {
        double amount = 0.0;
        for (size_t b = 0; b < m; b++) {
            amount += left[a * m + b] * turned[b];
        }
        for (size_t j = 0; j < l; j++) {
            step->vector[j] += amount * step->next[a * l + j];
        }
    }
    return LB_OK;
}

/* Reflects the vector's end, at a distance of the segment's length from the code, through the
 * segment's midpoint; from the other end it then points backwards. */
static enum lb_status climb(const struct step *step)
{
    struct lb_geometry *geometry = step->geometry;
    const size_t l = geometry->projection.latent;
    double *middle = step->room;
    double *end = middle + l;
    double *part = end + l;
    double *across = part + l;
    double *basis = across + l;
    const double length = norm(step->vector, l);
    double width = 0.0;
    for (size_t j = 0; j < l; j++) {
        middle[j] = 0.5 * (step->here[j] + step->there[j]);
        width += (step->there[j] - step->here[j]) * (step->there[j] - step->here[j]);
    }
    if (length == 0.0 || width == 0.0) {
        return LB_OK;
    }
    for (size_t j = 0; j < l; j++) {
        end[j] = step->here[j] + sqrt(width) / length * step->vector[j];
    }
    LB_TRY(lb_geometry_tangent(geometry, middle, 1, basis));
    LB_TRY(lb_geometry_retract(geometry, basis, 1, 0.0, middle));
    LB_TRY(lb_geometry_tangent(geometry, middle, 1, basis));
    LB_TRY(lb_geometry_retract(geometry, step->basis, 1, 0.0, end));
    for (size_t j = 0; j < l; j++) {
        across[j] = end[j] - middle[j];
    }
    lb_tangent_part(geometry, basis, across, part);
    for (size_t j = 0; j < l; j++) {
        end[j] = middle[j] - part[j];
    }
    LB_TRY(lb_geometry_retract(geometry, basis, 1, 0.0, end));
    for (size_t j = 0; j < l; j++) {
        across[j] = step->there[j] - end[j];
    }
    lb_tangent_part(geometry, step->next, across, step->vector);
    const double scale = length / norm(step->vector, l);
    for (size_t j = 0; j < l; j++) {
        step->vector[j] *= scale;
    }
    return LB_OK;
}

enum lb_status lb_geometry_transport(struct lb_geometry *geometry, const double *curve,
                                     size_t segments, enum lb_transport how, const double *vector,
                                     double *transported)
{
    const size_t l = geometry->projection.latent;
    const size_t m = geometry->projection.dimension;
    LB_TRY(lb_metric_check_euclidean(geometry, "parallel transport"));
    LB_TRY(lb_geometry_check_segments(geometry, segments));
    LB_TRY(lb_geometry_check_finite(geometry, curve, segments + 1, "code"));
    LB_TRY(lb_geometry_check_finite(geometry, vector, 1, "vector"));
    double *bases =
        malloc(((segments + 1) * m * l + l + 4 * l + m * l + 3 * m * m + 4 * m) * sizeof *bases);
    if (bases == NULL) {
        return lb_fail_memory(geometry->ctx, "parallel transport");
    }
    double *moved = bases + (segments + 1) * m * l;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_geometry_tangent(geometry, curve, segments + 1, bases));
    lb_tangent_part(geometry, bases, vector, moved);
    for (size_t k = 0; k < segments; k++) {
        const struct step step = {
            .geometry = geometry,
            .here = curve + k * l,
            .there = curve + (k + 1) * l,
            .basis = bases + k * m * l,
            .next = bases + (k + 1) * m * l,
            .vector = moved,
            .room = moved + l,
        };
        LB_CHECK((how == LB_TRANSPORT_POLE_LADDER ? climb : rotate)(&step));
    }
    memcpy(transported, moved, l * sizeof *transported);
fail:
    free(bases);
    return status;
}
