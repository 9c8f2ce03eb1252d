/*
 * Ear clipping: clips ears until one triangle is left. A corner is an ear if it is convex and no
 * reflex corner lies in its triangle; a reflex corner may touch the clipped side. The signed areas
 * of all triangles add up to the polygon's, so if no triangle is inverted, a simple polygon is
 * covered exactly once.
 *
 * A corner that is not an ear remains so until a neighbour is removed or the blocking corner is, so
 * the search for a blocking corner resumes where it stopped. Each triangle is compared with each
 * reflex corner once: n^2 steps in total, with O(n) memory.
 */
#include "io/triangulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rounding error of twice an area in double, for an edge of 1 and coordinates up to 1. */
static const double rounding = 2e-15;

enum turn { REFLEX, FLAT, CONVEX };

/** A remaining corner of the polygon. */
struct corner {
    double at[2]; ///< in the best-fit plane, with the polygon scaled to extent 1
    size_t previous;
    size_t next;
    size_t seen; ///< the first `seen` corners of polygon.reflex are not in this corner's triangle
    enum turn turn;
    bool gone;
    bool queued;
    bool blocked; ///< by reflex[seen]
};

struct polygon {
    double rounding;
    struct corner *corners;
    size_t n;
    size_t left;   ///< remaining corners
    size_t any;    ///< one of them
    size_t *queue; ///< ring buffer of n corners that may be ears
    size_t queue_first;
    size_t queue_count;
    size_t *reflex; ///< corners that are or were reflex
    size_t reflex_count;
    size_t *flat; ///< stack of corners that are or were flat
    size_t flat_count;
};

/* ---- the plane ------------------------------------------------------------------------------- */

/** Position of the polygon: corners are taken relative to its first one and divided by its
 * extent. */
struct frame {
    const double *vertices;
    const uint32_t *corners;
    const double *origin;
    double scale;
    double rounding;  ///< rounding for an edge of 1: larger for a small polygon far from 0
    double normal[3]; ///< unit
};

static void point_of(const struct frame *frame, size_t i, double *point)
{
    for (size_t k = 0; k < 3; k++) {
        point[k] =
            frame->scale * (frame->vertices[3 * (size_t)frame->corners[i] + k] - frame->origin[k]);
    }
}

static void cross(const double *a, const double *b, double *c)
{
    for (size_t k = 0; k < 3; k++) {
        const size_t i = (k + 1) % 3;
        const size_t j = (k + 2) % 3;
        c[k] = a[i] * b[j] - a[j] * b[i];
    }
}

static double dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Newell's method: sums the areas between the origin and the edges. False if the sum is 0. */
static bool find_frame(struct frame *frame, size_t n)
{
    double extent = 0.0;
    double largest = 0.0;
    frame->origin = frame->vertices + 3 * (size_t)frame->corners[0];
    frame->scale = 1.0;
    for (size_t i = 1; i < n; i++) {
        double point[3];
        point_of(frame, i, point);
        for (size_t k = 0; k < 3; k++) {
            extent = fmax(extent, fabs(point[k]));
            largest = fmax(largest, fabs(point[k] + frame->origin[k]));
        }
    }
    if (!(extent >= 1e-300)) {
        return false;
    }
    frame->scale = 1.0 / extent;
    frame->rounding = rounding * fmax(1.0, largest / extent);
    double sum[3] = {0.0, 0.0, 0.0};
    double before[3];
    point_of(frame, 1, before);
    for (size_t i = 2; i < n; i++) {
        double point[3];
        double area[3];
        point_of(frame, i, point);
        cross(before, point, area);
        for (size_t k = 0; k < 3; k++) {
            sum[k] += area[k];
        }
        memcpy(before, point, sizeof before);
    }
    const double length = sqrt(dot(sum, sum));
    for (size_t k = 0; k < 3; k++) {
        frame->normal[k] = sum[k] / length;
    }
    return length > frame->rounding * (double)n;
}

/* Two unit vectors in the plane, oriented such that a positive turn about the normal is one in (x,
 * y). */
static void plane_axes(const double *normal, double *x, double *y)
{
    /* Start from the axis farthest from the normal. A normal along an axis gives axes without
     * rounding. */
    size_t least = 0;
    for (size_t k = 1; k < 3; k++) {
        if (fabs(normal[k]) < fabs(normal[least])) {
            least = k;
        }
    }
    double axis[3] = {0.0, 0.0, 0.0};
    axis[least] = 1.0;
    cross(axis, normal, x);
    const double length = sqrt(dot(x, x));
    for (size_t k = 0; k < 3; k++) {
        x[k] /= length;
    }
    cross(normal, x, y);
}

/* ---- the fan --------------------------------------------------------------------------------- */

static double longest_side(const double *a, const double *b, size_t dimensions)
{
    double ab = 0.0;
    double aa = 0.0;
    double bb = 0.0;
    for (size_t k = 0; k < dimensions; k++) {
        aa += a[k] * a[k];
        bb += b[k] * b[k];
        ab += (b[k] - a[k]) * (b[k] - a[k]);
    }
    return sqrt(fmax(ab, fmax(aa, bb)));
}

/* Whether the fan from corner 0 has no inverted triangle. */
static bool is_fan(const struct frame *frame, size_t n)
{
    double before[3];
    point_of(frame, 1, before);
    for (size_t i = 2; i < n; i++) {
        double point[3];
        double area[3];
        point_of(frame, i, point);
        cross(before, point, area);
        if (dot(area, frame->normal) < -frame->rounding * longest_side(before, point, 3)) {
            return false;
        }
        memcpy(before, point, sizeof before);
    }
    return true;
}

static size_t make_fan(const uint32_t *corners, size_t n, uint32_t *triangles)
{
    for (size_t i = 2; i < n; i++) {
        *triangles++ = corners[0];
        *triangles++ = corners[i - 1];
        *triangles++ = corners[i];
    }
    return n - 2;
}

/* ---- ears ------------------------------------------------------------------------------------ */

/* Twice the area of the triangle, positive if it turns to the left. */
static double turn_of(const double *a, const double *b, const double *c)
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static double tolerance(const struct polygon *p, const double *a, const double *b, const double *c)
{
    return p->rounding * longest_side((const double[]){b[0] - a[0], b[1] - a[1]},
                                      (const double[]){c[0] - a[0], c[1] - a[1]}, 2);
}

static void enqueue(struct polygon *p, size_t i)
{
    if (!p->corners[i].queued) {
        p->corners[i].queued = true;
        p->queue[(p->queue_first + p->queue_count++) % p->n] = i;
    }
}

/* Updates the turn of a corner after its neighbours have changed. */
static void look_again(struct polygon *p, size_t i)
{
    struct corner *corner = &p->corners[i];
    const double *a = p->corners[corner->previous].at;
    const double *c = p->corners[corner->next].at;
    const double turn = turn_of(a, corner->at, c);
    const double least = tolerance(p, a, corner->at, c);
    const enum turn before = corner->turn;
    corner->turn = turn > least ? CONVEX : turn < -least ? REFLEX : FLAT;
    corner->seen = 0;
    corner->blocked = false;
    if (corner->turn == REFLEX) {
        if (before != REFLEX) { // each clipped ear changes two corners, so the capacity suffices
            p->reflex[p->reflex_count++] = i;
        }
    } else if (corner->turn == FLAT) {
        p->flat[p->flat_count++] = i;
    } else {
        enqueue(p, i);
    }
}

/* Continues the search for a reflex corner inside the triangle of a convex corner. */
static bool is_ear(struct polygon *p, size_t i)
{
    struct corner *corner = &p->corners[i];
    const double *a = p->corners[corner->previous].at;
    const double *b = corner->at;
    const double *c = p->corners[corner->next].at;
    const double least = tolerance(p, a, b, c);
    for (; corner->seen < p->reflex_count; corner->seen++) {
        const size_t k = p->reflex[corner->seen];
        const struct corner *other = &p->corners[k];
        if (other->turn == REFLEX && turn_of(c, a, other->at) > least &&
            turn_of(a, b, other->at) >= -least && turn_of(b, c, other->at) >= -least &&
            k != corner->previous && k != corner->next) {
            corner->blocked = true;
            return false;
        }
    }
    return true;
}

/* Queues the corners whose blocking corner has been removed or has turned. */
static void free_blocked(struct polygon *p)
{
    for (size_t i = 0; i < p->n; i++) {
        struct corner *corner = &p->corners[i];
        if (!corner->gone && corner->blocked &&
            p->corners[p->reflex[corner->seen]].turn != REFLEX) {
            corner->blocked = false;
            enqueue(p, i);
        }
    }
}

/* If there is no ear, as in a self-intersecting polygon: the smallest convex corner, or the
 * smallest of all. */
static size_t least_bad(const struct polygon *p)
{
    size_t best = p->any;
    double smallest = INFINITY;
    bool convex = false;
    size_t i = p->any;
    do {
        const struct corner *corner = &p->corners[i];
        const double size =
            fabs(turn_of(p->corners[corner->previous].at, corner->at, p->corners[corner->next].at));
        const bool better = corner->turn == CONVEX && !convex;
        if (better || (size < smallest && (corner->turn == CONVEX) == convex)) {
            convex = corner->turn == CONVEX;
            smallest = size;
            best = i;
        }
        i = corner->next;
    } while (i != p->any);
    return best;
}

/* The next corner to clip. Flat corners go first: a duplicate corner does not turn, and only
 * corners that turn can block others. */
static size_t next_ear(struct polygon *p)
{
    while (p->flat_count > 0) {
        const size_t i = p->flat[--p->flat_count];
        if (!p->corners[i].gone && p->corners[i].turn == FLAT) {
            return i;
        }
    }
    for (;;) {
        while (p->queue_count > 0) {
            const size_t i = p->queue[p->queue_first];
            struct corner *corner = &p->corners[i];
            p->queue_first = (p->queue_first + 1) % p->n;
            p->queue_count--;
            corner->queued = false;
            if (!corner->gone && corner->turn == CONVEX && is_ear(p, i)) {
                return i;
            }
        }
        free_blocked(p);
        if (p->queue_count == 0) {
            return least_bad(p);
        }
    }
}

/* Writes the triangle of a corner unless it is degenerate. */
static size_t write_triangle(const struct frame *frame, const struct polygon *p, size_t i,
                             uint32_t *triangle)
{
    const size_t corners[3] = {p->corners[i].previous, i, p->corners[i].next};
    double points[3][3];
    double area[3];
    for (size_t k = 0; k < 3; k++) {
        point_of(frame, corners[k], points[k]);
        triangle[k] = frame->corners[corners[k]];
    }
    for (size_t k = 0; k < 3; k++) {
        points[1][k] -= points[0][k];
        points[2][k] -= points[0][k];
    }
    cross(points[1], points[2], area);
    return sqrt(dot(area, area)) > frame->rounding * longest_side(points[1], points[2], 3) ? 1 : 0;
}

static void remove_corner(struct polygon *p, size_t i)
{
    struct corner *corner = &p->corners[i];
    const size_t previous = corner->previous;
    const size_t next = corner->next;
    corner->gone = true;
    corner->blocked = false;
    corner->turn = FLAT; // blocks nobody
    p->corners[previous].next = next;
    p->corners[next].previous = previous;
    p->any = next;
    p->left--;
    look_again(p, previous);
    look_again(p, next);
}

static void start(struct polygon *p, const struct frame *frame)
{
    double x[3];
    double y[3];
    plane_axes(frame->normal, x, y);
    for (size_t i = 0; i < p->n; i++) {
        double point[3];
        point_of(frame, i, point);
        p->corners[i] = (struct corner){
            .at = {dot(point, x), dot(point, y)},
            .previous = i > 0 ? i - 1 : p->n - 1,
            .next = i + 1 < p->n ? i + 1 : 0,
            .turn = FLAT,
        };
    }
    for (size_t i = 0; i < p->n; i++) {
        look_again(p, i);
    }
}

static size_t cut_ears(struct polygon *p, const struct frame *frame, uint32_t *triangles)
{
    size_t count = 0;
    start(p, frame);
    while (p->left > 3) {
        const size_t i = next_ear(p);
        count += write_triangle(frame, p, i, triangles + 3 * count);
        remove_corner(p, i);
    }
    return count + write_triangle(frame, p, p->any, triangles + 3 * count);
}

enum lb_triangulate_result lb_triangulate(const double *vertices, const uint32_t *corners, size_t n,
                                          uint32_t *triangles, size_t *count)
{
    struct frame frame = {.vertices = vertices, .corners = corners};
    if (n == 3 || !find_frame(&frame, n) || is_fan(&frame, n)) {
        *count = make_fan(corners, n, triangles);
        return LB_TRIANGULATE_DONE;
    }
    if (n > LB_TRIANGULATE_MAX_CORNERS) {
        return LB_TRIANGULATE_TOO_MANY;
    }
    struct polygon polygon = {.rounding = frame.rounding, .n = n, .left = n};
    polygon.corners = malloc(n * sizeof *polygon.corners);
    polygon.queue = malloc(n * sizeof *polygon.queue);
    polygon.reflex = malloc(3 * n * sizeof *polygon.reflex);
    polygon.flat = malloc(3 * n * sizeof *polygon.flat);
    const bool memory = polygon.corners != NULL && polygon.queue != NULL &&
                        polygon.reflex != NULL && polygon.flat != NULL;
    if (memory) {
        *count = cut_ears(&polygon, &frame, triangles);
    }
    free(polygon.corners);
    free(polygon.queue);
    free(polygon.reflex);
    free(polygon.flat);
    return memory ? LB_TRIANGULATE_DONE : LB_TRIANGULATE_MEMORY;
}
