#include "geometry/surfel_build.h"

#include <math.h>
#include <stdlib.h>

#include "geometry/surfel_bvh.h"

enum {
    MAX_PIECES = 4000000,
    SPHERE_STEPS = 1000, // for the bounding sphere's centre: error about 1/1000 of the radius
};

/* In pixels at the object's centre: distance between surfels, and the radius over which each is
 * spread */
static const double spacing = 1.5;
static const double reach = 2.8;

/* Below it differences of coordinates lose precision in double */
static const double smallest_side = 1e-100;

/** A corner of a triangle with its colour, after centring and scaling. */
struct corner {
    double at[3];
    double color[3];
};

struct pieces {
    struct lb_piece *data;
    size_t count;
    size_t capacity;
    double longest; ///< limit for the edges of a piece
    bool memory;    ///< false once an allocation failed
};

/* ---- centre and scale ------------------------------------------------------------------------ */

static double square_distance(const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t k = 0; k < 3; k++) {
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    }
    return sum;
}

/** A mesh moved and scaled such that its bounding box is centred at 0 with a longest side of 0.5 to
 * 1, which makes the result independent of its position and units in the file. */
struct placed_mesh {
    const struct lb_mesh *mesh;
    double middle[3];
    double scale; ///< a power of 2, to avoid rounding
};

/* Ignores vertices that no triangle uses. */
static struct placed_mesh place(const struct lb_mesh *mesh, double *longest)
{
    struct placed_mesh placed = {.mesh = mesh};
    *longest = 0.0;
    for (size_t k = 0; k < 3; k++) {
        double low = INFINITY;
        double high = -INFINITY;
        for (size_t i = 0; i < 3 * mesh->n_triangles; i++) {
            const double x = mesh->vertices[3 * (size_t)mesh->triangles[i] + k];
            low = fmin(low, x);
            high = fmax(high, x);
        }
        placed.middle[k] = 0.5 * (low + high);
        *longest = fmax(*longest, high - low);
    }
    int exponent;
    frexp(*longest, &exponent);
    placed.scale = ldexp(1.0, -exponent);
    return placed;
}

static void corner_at(const struct placed_mesh *placed, size_t i, double *point)
{
    const double *vertex = placed->mesh->vertices + 3 * (size_t)placed->mesh->triangles[i];
    for (size_t k = 0; k < 3; k++) {
        point[k] = placed->scale * (vertex[k] - placed->middle[k]);
    }
}

/* The corner farthest from a point. */
static size_t farthest(const struct placed_mesh *placed, const double *point, double *distance)
{
    size_t best = 0;
    double largest = 0.0;
    for (size_t i = 0; i < 3 * placed->mesh->n_triangles; i++) {
        double corner[3];
        corner_at(placed, i, corner);
        const double square = square_distance(corner, point);
        if (square > largest * (1.0 + LB_SURFEL_TIE)) {
            largest = square;
            best = i;
        }
    }
    *distance = sqrt(largest);
    return best;
}

/*
 * A bounding sphere of the mesh: its centre moves towards the farthest corner in steps of 1/i
 * (Badoiu and Clarkson 2003), fewer steps for large meshes.
 */
static double bounding_sphere(const struct placed_mesh *placed, double *center)
{
    const size_t affordable = 60000000 / (3 * placed->mesh->n_triangles) + 10;
    const size_t steps = affordable < SPHERE_STEPS ? affordable : SPHERE_STEPS;
    double radius = 0.0;
    corner_at(placed, 0, center);
    for (size_t i = 1; i <= steps; i++) {
        double far[3];
        corner_at(placed, farthest(placed, center, &radius), far);
        for (size_t k = 0; k < 3; k++) {
            center[k] += (far[k] - center[k]) / (double)(i + 1);
        }
    }
    farthest(placed, center, &radius);
    return radius;
}

/* ---- pieces ---------------------------------------------------------------------------------- */

/* Soft and different everywhere, so that front and back of a mesh without colours differ. */
static void color_of_position(const double *at, double *color)
{
    color[0] = 0.62 + 0.30 * sin(2.4 * at[0] + 0.6);
    color[1] = 0.58 + 0.30 * sin(2.4 * at[1] + 0.2);
    color[2] = 0.55 + 0.30 * sin(2.4 * at[2] - 0.9);
}

/* The colour of an element, or NULL. */
static const float *own_color(const float *colors, size_t i)
{
    return colors != NULL && !isnan(colors[3 * i]) ? colors + 3 * i : NULL;
}

static struct corner make_corner(const struct placed_mesh *placed, size_t i, const double *center,
                                 double scale)
{
    const struct lb_mesh *mesh = placed->mesh;
    struct corner corner = {{0.0}, {0.0}};
    const float *color = own_color(mesh->triangle_colors, i / 3);
    if (color == NULL) {
        color = own_color(mesh->vertex_colors, mesh->triangles[i]);
    }
    corner_at(placed, i, corner.at);
    for (size_t k = 0; k < 3; k++) {
        corner.at[k] = scale * (corner.at[k] - center[k]);
    }
    color_of_position(corner.at, corner.color);
    for (size_t k = 0; k < 3 && color != NULL; k++) {
        corner.color[k] = (double)color[k];
    }
    return corner;
}

static struct corner middle(const struct corner *a, const struct corner *b)
{
    struct corner corner;
    for (size_t k = 0; k < 3; k++) {
        corner.at[k] = 0.5 * (a->at[k] + b->at[k]);
        corner.color[k] = 0.5 * (a->color[k] + b->color[k]);
    }
    return corner;
}

static void add_piece(struct pieces *pieces, const struct corner *t)
{
    if (pieces->count == pieces->capacity) {
        const size_t capacity = pieces->capacity > 0 ? 2 * pieces->capacity : 4096;
        struct lb_piece *data = realloc(pieces->data, capacity * sizeof *data);
        pieces->memory = data != NULL;
        if (data == NULL) {
            return;
        }
        pieces->data = data;
        pieces->capacity = capacity;
    }
    struct lb_piece piece;
    for (size_t k = 0; k < 3; k++) {
        const size_t i = (k + 1) % 3;
        const size_t j = (k + 2) % 3;
        piece.center[k] = (t[0].at[k] + t[1].at[k] + t[2].at[k]) / 3.0;
        piece.color[k] = (float)((t[0].color[k] + t[1].color[k] + t[2].color[k]) / 3.0);
        piece.area[k] = (float)(0.5 * ((t[1].at[i] - t[0].at[i]) * (t[2].at[j] - t[0].at[j]) -
                                       (t[1].at[j] - t[0].at[j]) * (t[2].at[i] - t[0].at[i])));
    }
    if (piece.area[0] != 0.0f || piece.area[1] != 0.0f || piece.area[2] != 0.0f) {
        pieces->data[pieces->count++] = piece;
    }
}

/* Halves the longest edge until it is short enough; recursion depth is at most about 20. */
static void split_triangle(struct pieces *pieces, const struct corner *triangle)
{
    size_t longest = 0; // the edge from corner `longest` to the next
    double square = 0.0;
    for (size_t k = 0; k < 3; k++) {
        const double s = square_distance(triangle[k].at, triangle[(k + 1) % 3].at);
        if (s > square * (1.0 + LB_SURFEL_TIE)) {
            square = s;
            longest = k;
        }
    }
    if (!pieces->memory || pieces->count > MAX_PIECES) {
        return;
    }
    if (square <= pieces->longest * pieces->longest * (1.0 + LB_SURFEL_TIE)) {
        add_piece(pieces, triangle);
        return;
    }
    const struct corner *a = &triangle[longest];
    const struct corner *b = &triangle[(longest + 1) % 3];
    const struct corner *c = &triangle[(longest + 2) % 3];
    const struct corner m = middle(a, b);
    split_triangle(pieces, (const struct corner[]){*a, m, *c});
    split_triangle(pieces, (const struct corner[]){m, *b, *c});
}

/* Splits all triangles; returns the enclosed volume, negative if the mesh is inside out. */
static double split_all(struct pieces *pieces, const struct placed_mesh *placed,
                        const double *center, double scale)
{
    double volume = 0.0;
    for (size_t i = 0; i < placed->mesh->n_triangles; i++) {
        struct corner t[3];
        for (size_t k = 0; k < 3; k++) {
            t[k] = make_corner(placed, 3 * i + k, center, scale);
        }
        for (size_t k = 0; k < 3; k++) {
            const size_t p = (k + 1) % 3;
            const size_t q = (k + 2) % 3;
            volume += t[0].at[k] * (t[1].at[p] * t[2].at[q] - t[1].at[q] * t[2].at[p]) / 6.0;
        }
        split_triangle(pieces, t);
    }
    return volume;
}

static void turn_round(struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++) {
        for (size_t k = 0; k < 3; k++) {
            pieces->data[i].area[k] = -pieces->data[i].area[k];
        }
    }
}

enum lb_status lb_surfels_build(struct lb_surfels *surfels, struct lb_context *ctx,
                                const struct lb_mesh *mesh, const char *path, double pixel)
{
    struct pieces pieces = {.longest = spacing * pixel, .memory = true};
    double center[3];
    enum lb_status status = LB_OK;
    double side;
    const struct placed_mesh placed = place(mesh, &side);
    if (!(side > smallest_side)) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: its points are too close together (scale it up)",
                       path);
    }
    const double radius = bounding_sphere(&placed, center);
    const double volume = split_all(&pieces, &placed, center, LB_SURFEL_SPHERE / radius);
    if (!pieces.memory) {
        status = lb_fail_memory(ctx, path);
    } else if (pieces.count > MAX_PIECES) {
        status = lb_fail(ctx, LB_ERR_FORMAT,
                         "%s: its surface has more than %d surface elements (use a smaller --size, "
                         "or simplify the mesh)",
                         path, MAX_PIECES);
    } else if (pieces.count == 0) {
        status =
            lb_fail(ctx, LB_ERR_FORMAT, "%s: its triangles have no area (correct the mesh)", path);
    } else {
        if (volume < -LB_SURFEL_TIE) { // for a flat mesh the volume is only rounding
            turn_round(&pieces);
        }
        surfels->radius = (float)(reach * pixel);
        if (!lb_surfel_bvh_build(surfels, pieces.data, pieces.count, spacing * pixel)) {
            status = lb_fail_memory(ctx, path);
        }
    }
    free(pieces.data);
    return status;
}
