#include "geometry/surfel_bvh.h"

#include <math.h>
#include <stdlib.h>

enum { LEAF = 8 }; // most surfels in a leaf

struct builder {
    struct lb_surfels *out;
    size_t capacity;
    size_t node_capacity;
    double width;
};

/* LB_SURFEL_TIE for areas and their cosines, which are stored as float32 */
static const double area_tie = 1e-6;

static struct lb_surfel *new_surfel(struct builder *b)
{
    struct lb_surfels *out = b->out;
    if (out->count == b->capacity) {
        const size_t capacity = b->capacity > 0 ? 2 * b->capacity : 4096;
        struct lb_surfel *grown = realloc(out->surfels, capacity * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        out->surfels = grown;
        b->capacity = capacity;
    }
    return &out->surfels[out->count++];
}

static bool new_node(struct builder *b)
{
    struct lb_surfels *out = b->out;
    if (out->node_count == b->node_capacity) {
        const size_t capacity = b->node_capacity > 0 ? 2 * b->node_capacity : 4096;
        struct lb_surfel_node *grown = realloc(out->nodes, capacity * sizeof *grown);
        if (grown == NULL) {
            return false;
        }
        out->nodes = grown;
        b->node_capacity = capacity;
    }
    out->node_count++;
    return true;
}

static double dot(const float *a, const float *b)
{
    return (double)a[0] * (double)b[0] + (double)a[1] * (double)b[1] + (double)a[2] * (double)b[2];
}

/* ---- surfels --------------------------------------------------------------------------------- */

/* Makes one surfel of the pieces that face like `direction` (or away from it); true if there are
 * none or on success. */
static bool merge(struct builder *b, const struct lb_piece *pieces, size_t n,
                  const float *direction, bool towards)
{
    double center[3] = {0.0, 0.0, 0.0};
    double vector[3] = {0.0, 0.0, 0.0};
    double color[3] = {0.0, 0.0, 0.0};
    double area = 0.0;
    const double size = sqrt(dot(direction, direction));
    for (size_t i = 0; i < n; i++) {
        const double a = sqrt(dot(pieces[i].area, pieces[i].area));
        if ((dot(pieces[i].area, direction) >= -area_tie * a * size) != towards) {
            continue;
        }
        area += a;
        for (size_t k = 0; k < 3; k++) {
            center[k] += a * pieces[i].center[k];
            vector[k] += (double)pieces[i].area[k];
            color[k] += a * (double)pieces[i].color[k];
        }
    }
    if (!(area > 0.0)) {
        return true;
    }
    struct lb_surfel *surfel = new_surfel(b);
    if (surfel == NULL) {
        return false;
    }
    const double length =
        sqrt(vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2]);
    surfel->area = (float)area;
    for (size_t k = 0; k < 3; k++) {
        surfel->position[k] = (float)(center[k] / area);
        surfel->normal[k] = (float)(vector[k] / length); // not 0: all are within 90 degrees
        surfel->color[k] = (float)(color[k] / area);
    }
    return true;
}

/* The surfels of a cell: two if some pieces face away from the largest one, for both sides of a
 * sheet. */
static bool merge_cell(struct builder *b, const struct lb_piece *pieces, size_t n)
{
    size_t largest = 0;
    for (size_t i = 1; i < n; i++) {
        if (dot(pieces[i].area, pieces[i].area) >
            dot(pieces[largest].area, pieces[largest].area) * (1.0 + area_tie)) {
            largest = i;
        }
    }
    const float direction[3] = {pieces[largest].area[0], pieces[largest].area[1],
                                pieces[largest].area[2]};
    return merge(b, pieces, n, direction, true) && merge(b, pieces, n, direction, false);
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static void bound(const struct lb_surfel *surfels, size_t n, struct lb_surfel_node *node)
{
    double square = 0.0;
    for (size_t k = 0; k < 3; k++) {
        float low = surfels[0].position[k];
        float high = low;
        for (size_t i = 1; i < n; i++) {
            low = fminf(low, surfels[i].position[k]);
            high = fmaxf(high, surfels[i].position[k]);
        }
        node->center[k] = 0.5f * (low + high);
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        for (size_t k = 0; k < 3; k++) {
            const double d = (double)surfels[i].position[k] - (double)node->center[k];
            sum += d * d;
        }
        square = fmax(square, sum);
    }
    node->radius = (float)(sqrt(square) * (1.0 + 1e-6));
}

/* The longest side of the bounding box of the centres. */
static size_t longest_axis(const struct lb_piece *pieces, size_t n, double *middle, double *length)
{
    size_t axis = 0;
    *length = -1.0;
    for (size_t k = 0; k < 3; k++) {
        double low = pieces[0].center[k];
        double high = low;
        for (size_t i = 1; i < n; i++) {
            low = fmin(low, pieces[i].center[k]);
            high = fmax(high, pieces[i].center[k]);
        }
        if (high - low > *length + LB_SURFEL_TIE) {
            *length = high - low;
            *middle = 0.5 * (low + high);
            axis = k;
        }
    }
    return axis;
}

/* Moves the pieces below `middle` to the front; returns their number. */
static size_t partition(struct lb_piece *pieces, size_t n, size_t axis, double middle)
{
    size_t below = 0;
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].center[axis] < middle - LB_SURFEL_TIE) {
            const struct lb_piece piece = pieces[i];
            pieces[i] = pieces[below];
            pieces[below++] = piece;
        }
    }
    return below;
}

/* Cells are bisected in space, not by count, so that surfels are spread evenly. The depth is at
 * most about three times the binary logarithm of the object's size in widths. */
static bool build(struct builder *b, struct lb_piece *pieces, size_t n)
{
    struct lb_surfels *out = b->out;
    const size_t node = out->node_count;
    const size_t first = out->count;
    double middle = 0.0;
    double length;
    if (!new_node(b)) {
        return false;
    }
    const size_t axis = longest_axis(pieces, n, &middle, &length);
    const size_t below = length > b->width + LB_SURFEL_TIE ? partition(pieces, n, axis, middle) : 0;
    bool made;
    if (below > 0 && below < n) {
        made = build(b, pieces, below) && build(b, pieces + below, n - below);
    } else {
        made = merge_cell(b, pieces, n);
    }
    if (!made) {
        return false;
    }
    const size_t count = out->count - first;
    const bool leaf = count <= LEAF;
    if (leaf) {
        out->node_count = node + 1; // drops the nodes below it
    }
    struct lb_surfel_node *here = &out->nodes[node];
    here->skip = out->node_count;
    here->first = first;
    here->count = count;
    here->leaf = leaf;
    bound(out->surfels + first, count, here);
    return true;
}

bool lb_surfel_bvh_build(struct lb_surfels *surfels, struct lb_piece *pieces, size_t n,
                         double width)
{
    struct builder b = {.out = surfels, .width = width};
    return build(&b, pieces, n);
}
