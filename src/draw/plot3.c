#include "draw/plot3.h"

#include <math.h>
#include <stdlib.h>

#include "draw/plot.h"
#include "draw/axis_scale.h"

#define PADDING     14
#define GAP         9
#define MARGIN      0.03 /* of the box around the data */
#define TICKS       4
#define HAZE        0.85 /* fading of the farthest corner */
#define CORNER      0.05 /* part of an axis whose labels could collide with the next axis */
#define FLAT_HEIGHT 0.8  /* of the box when units are not equal */
#define RADIANS     0.017453292519943295

#define GRID_COLOR ((struct lb_color){226, 226, 226})
#define EDGE_COLOR ((struct lb_color){140, 140, 140})

struct screen {
    double x;
    double y;
    double depth; ///< increases towards the viewer
};

/** From data to the canvas: scaled into a box around 0, rotated, then scaled to pixels. */
struct view {
    struct lb_scale scale[3];
    double half[3]; ///< half the size of the box
    double right[3];
    double up[3];
    double toward[3];
    double zoom;
    double center_x;
    double center_y;
};

/** An item to draw: a point, or the segment of a curve that starts at point `index`. */
struct item {
    double depth;
    size_t set;
    size_t index;
    bool curve;
};

static struct screen project_box(const struct view *view, const double box[3])
{
    struct screen screen = {view->center_x, view->center_y, 0.0};
    for (int k = 0; k < 3; k++) {
        screen.x += view->zoom * view->right[k] * box[k];
        screen.y -= view->zoom * view->up[k] * box[k];
        screen.depth += view->toward[k] * box[k];
    }
    return screen;
}

/** A coordinate of the box from -half to half. */
static double to_box(const struct view *view, int k, double value)
{
    const struct lb_scale *scale = &view->scale[k];
    return view->half[k] * (2.0 * (value - scale->low) / (scale->high - scale->low) - 1.0);
}

static struct screen project(const struct view *view, const double point[3])
{
    const double box[3] = {to_box(view, 0, point[0]), to_box(view, 1, point[1]),
                           to_box(view, 2, point[2])};
    return project_box(view, box);
}

static bool usable(const struct view *view, const double point[3])
{
    return !isnan(lb_scale_coordinate(&view->scale[0], point[0])) &&
           !isnan(lb_scale_coordinate(&view->scale[1], point[1])) &&
           !isnan(lb_scale_coordinate(&view->scale[2], point[2]));
}

static void include(struct view *view, const double *points, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 3 && usable(view, points + 3 * i); k++) {
            lb_scale_include(&view->scale[k], points[3 * i + (size_t)k]);
        }
    }
}

/** Ranges of the data and the shape of the box. */
static void fit_box(struct view *view, const struct lb_plot3 *plot)
{
    for (int k = 0; k < 3; k++) {
        view->scale[k] = lb_scale_start(false);
    }
    for (size_t s = 0; s < plot->n_points; s++) {
        include(view, plot->points[s].points, plot->points[s].n);
    }
    for (size_t s = 0; s < plot->n_curves; s++) {
        include(view, plot->curves[s].points, plot->curves[s].n);
    }
    double largest = 0.0;
    for (int k = 0; k < 3; k++) {
        lb_scale_finish(&view->scale[k], MARGIN);
        lb_scale_choose_ticks(&view->scale[k], TICKS);
        largest = fmax(largest, view->scale[k].high - view->scale[k].low);
    }
    for (int k = 0; k < 3; k++) {
        struct lb_scale *scale = &view->scale[k];
        view->half[k] = k == 2 ? FLAT_HEIGHT : 1.0;
        if (plot->equal) {
            view->half[k] = (scale->high - scale->low) / largest;
        }
    }
}

static void turn(struct view *view, double azimuth, double elevation)
{
    const double ca = cos(RADIANS * azimuth);
    const double sa = sin(RADIANS * azimuth);
    const double ce = cos(RADIANS * elevation);
    const double se = sin(RADIANS * elevation);
    const double axes[3][3] = {{-sa, ca, 0.0}, {-se * ca, -se * sa, ce}, {ce * ca, ce * sa, se}};
    for (int k = 0; k < 3; k++) {
        view->right[k] = axes[0][k];
        view->up[k] = axes[1][k];
        view->toward[k] = axes[2][k];
    }
}

/** Makes the projected box fill an area. */
static void fit_area(struct view *view, double x, double y, double width, double height)
{
    double reach_x = 0.0;
    double reach_y = 0.0;
    for (int k = 0; k < 3; k++) {
        reach_x += fabs(view->right[k]) * view->half[k];
        reach_y += fabs(view->up[k]) * view->half[k];
    }
    view->zoom = fmin(0.5 * width / reach_x, 0.5 * height / reach_y);
    view->center_x = x + 0.5 * width;
    view->center_y = y + 0.5 * height;
}

static void box_line(struct lb_canvas *canvas, const struct view *view, const double a[3],
                     const double b[3], struct lb_color color)
{
    const struct screen p = project_box(view, a);
    const struct screen q = project_box(view, b);
    lb_canvas_line(canvas, p.x, p.y, q.x, q.y, 1.0, color);
}

/** The side of the box facing away from the viewer along axis k. */
static double back(const struct view *view, int k)
{
    return view->toward[k] >= 0.0 ? -view->half[k] : view->half[k];
}

/** Draws grid lines of axis k on the two back faces, and the outer edges of those faces. */
static void draw_walls(struct lb_canvas *canvas, const struct view *view)
{
    for (int k = 0; k < 3; k++) {
        for (int side = 1; side < 3; side++) {
            const int across = (k + side) % 3;
            const int fixed = (k + 3 - side) % 3;
            double a[3];
            double b[3];
            a[fixed] = b[fixed] = back(view, fixed);
            a[across] = -view->half[across];
            b[across] = view->half[across];
            for (int i = 0; i < view->scale[k].n_ticks; i++) {
                a[k] = b[k] = to_box(view, k, view->scale[k].ticks[i].at);
                box_line(canvas, view, a, b, GRID_COLOR);
            }
            for (int end = -1; end <= 1; end += 2) {
                a[k] = b[k] = end * view->half[k];
                box_line(canvas, view, a, b, EDGE_COLOR);
            }
        }
    }
}

/** Ends of the edge that carries axis k: on the outline of the box, below or to the left. */
static void axis_edge(const struct view *view, int k, double a[3], double b[3])
{
    for (int j = 0; j < 3; j++) {
        a[j] = b[j] = j == 2 ? back(view, j) : -back(view, j);
    }
    if (k == 2) {
        /* The left one of the two upright outline edges: one of x and y is at the back there */
        double other[3] = {a[0], back(view, 1), 0.0};
        a[0] = b[0] = back(view, 0);
        a[2] = 0.0;
        if (project_box(view, other).x < project_box(view, a).x) {
            a[0] = b[0] = other[0];
            a[1] = b[1] = other[1];
        }
    }
    a[k] = -view->half[k];
    b[k] = view->half[k];
}

/** Draws a text whose box touches the point `distance` away from (x,y) in the unit direction
 * (nx,ny). */
static void outside_text(struct lb_canvas *canvas, double x, double y, double nx, double ny,
                         double distance, double size, const char *text)
{
    const double reach =
        distance + 0.5 * fabs(nx) * lb_text_width(text, size) + 0.5 * fabs(ny) * size;
    lb_canvas_text(canvas, x + reach * nx, y + reach * ny, LB_ALIGN_CENTER, size, LB_INK, text);
}

static void draw_axis(struct lb_canvas *canvas, const struct view *view, int k, const char *label)
{
    double a[3];
    double b[3];
    axis_edge(view, k, a, b);
    const struct screen p = project_box(view, a);
    const struct screen q = project_box(view, b);
    const double length = hypot(q.x - p.x, q.y - p.y);
    if (length < 8.0) { // seen along the axis
        return;
    }
    const double middle_x = 0.5 * (p.x + q.x);
    const double middle_y = 0.5 * (p.y + q.y);
    double nx = -(q.y - p.y) / length;
    double ny = (q.x - p.x) / length;
    if (nx * (middle_x - view->center_x) + ny * (middle_y - view->center_y) < 0.0) {
        nx = -nx;
        ny = -ny;
    }
    double widest = 0.0;
    for (int i = 0; i < view->scale[k].n_ticks; i++) {
        const struct lb_tick *tick = &view->scale[k].ticks[i];
        const double t =
            (tick->at - view->scale[k].low) / (view->scale[k].high - view->scale[k].low);
        const double x = p.x + t * (q.x - p.x);
        const double y = p.y + t * (q.y - p.y);
        lb_canvas_line(canvas, x, y, x + 4.0 * nx, y + 4.0 * ny, 1.0, EDGE_COLOR);
        if (k == 1 && (back(view, k) > 0.0 ? t : 1.0 - t) < CORNER) {
            continue; // the corner that also has an x axis label
        }
        outside_text(canvas, x, y, nx, ny, GAP, LB_TICK_SIZE, tick->label.text);
        widest = fmax(widest, lb_text_width(tick->label.text, LB_TICK_SIZE));
    }
    if (label == NULL) {
        return;
    }
    const double beyond = 2.5 * GAP + fabs(nx) * widest + fabs(ny) * LB_TICK_SIZE;
    if (k == 2) {
        const double reach = beyond + 0.5 * LB_LABEL_SIZE;
        lb_canvas_text_up(canvas, middle_x + reach * nx, middle_y + reach * ny, LB_ALIGN_CENTER,
                          LB_LABEL_SIZE, LB_INK, label);
    } else {
        outside_text(canvas, middle_x, middle_y, nx, ny, beyond, LB_LABEL_SIZE, label);
    }
}

/** Far items first; equally far ones in the given order, so that pictures are reproducible. */
static int compare_items(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    if (x->depth != y->depth) {
        return x->depth < y->depth ? -1 : 1;
    }
    if (x->curve != y->curve) {
        return x->curve ? -1 : 1;
    }
    if (x->set != y->set) {
        return x->set < y->set ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static size_t collect(const struct view *view, const struct lb_plot3 *plot, struct item *items)
{
    size_t n = 0;
    for (size_t s = 0; s < plot->n_curves; s++) {
        const struct lb_curve3 *curve = &plot->curves[s];
        for (size_t i = 0; i + 1 < curve->n; i++) {
            const double *p = curve->points + 3 * i;
            if (usable(view, p) && usable(view, p + 3)) {
                const double depth = 0.5 * (project(view, p).depth + project(view, p + 3).depth);
                items[n++] = (struct item){depth, s, i, true};
            }
        }
    }
    for (size_t s = 0; s < plot->n_points; s++) {
        for (size_t i = 0; i < plot->points[s].n; i++) {
            const double *p = plot->points[s].points + 3 * i;
            if (usable(view, p)) {
                items[n++] = (struct item){project(view, p).depth, s, i, false};
            }
        }
    }
    return n;
}

/** Fades a colour with distance. */
static struct lb_color fade(const struct view *view, struct lb_color color, double depth)
{
    double reach = 0.0;
    for (int k = 0; k < 3; k++) {
        reach += fabs(view->toward[k]) * view->half[k];
    }
    const double far = fmin(fmax(0.5 - 0.5 * depth / reach, 0.0), 1.0);
    return lb_color_mix(color, LB_WHITE, HAZE * far * sqrt(far));
}

static void draw_item(struct lb_canvas *canvas, const struct view *view,
                      const struct lb_plot3 *plot, const struct item *item)
{
    if (item->curve) {
        const struct lb_curve3 *curve = &plot->curves[item->set];
        const struct screen p = project(view, curve->points + 3 * item->index);
        const struct screen q = project(view, curve->points + 3 * (item->index + 1));
        const struct lb_color color =
            curve->colors != NULL ? curve->colors[item->index] : curve->color;
        lb_canvas_line(canvas, p.x, p.y, q.x, q.y, curve->width, fade(view, color, item->depth));
        return;
    }
    const struct lb_points3 *set = &plot->points[item->set];
    const struct screen p = project(view, set->points + 3 * item->index);
    const struct lb_color color =
        fade(view, set->colors != NULL ? set->colors[item->index] : set->color, item->depth);
    if (set->radius < 2.0) {
        lb_canvas_disc(canvas, p.x, p.y, set->radius, color);
        return;
    }
    /* A darker rim separates neighbours of the same colour. */
    lb_canvas_disc(canvas, p.x, p.y, set->radius, lb_color_mix(color, LB_INK, 0.35));
    lb_canvas_disc(canvas, p.x, p.y, set->radius - 0.7, color);
}

enum lb_status lb_plot3_draw(struct lb_canvas *canvas, struct lb_context *ctx, struct lb_rect rect,
                             const struct lb_plot3 *plot)
{
    size_t capacity = 1;
    for (size_t s = 0; s < plot->n_points; s++) {
        capacity += plot->points[s].n;
    }
    for (size_t s = 0; s < plot->n_curves; s++) {
        capacity += plot->curves[s].n;
    }
    struct item *items = calloc(capacity, sizeof(*items));
    if (items == NULL) {
        return lb_fail_memory(ctx, "the points of a chart");
    }
    struct view view = {0};
    fit_box(&view, plot);
    turn(&view, plot->azimuth, plot->elevation);
    double top = rect.y + PADDING;
    if (plot->title != NULL) {
        lb_canvas_text(canvas, rect.x + PADDING, top + 0.5 * LB_TITLE_SIZE, LB_ALIGN_START,
                       LB_TITLE_SIZE, LB_INK, plot->title);
        top += LB_TITLE_SIZE + PADDING;
    }
    const double left = rect.x + PADDING + 4.0 * LB_LABEL_SIZE + 2.0 * GAP;
    const double right = rect.x + rect.width - 2.0 * PADDING;
    const double bottom = rect.y + rect.height - PADDING - 3.0 * LB_LABEL_SIZE - GAP;
    if (right - left > 16.0 && bottom - top > 16.0) {
        fit_area(&view, left, top, right - left, bottom - top);
        draw_walls(canvas, &view);
        for (int k = 0; k < 3; k++) {
            draw_axis(canvas, &view, k, plot->labels[k]);
        }
        const size_t n = collect(&view, plot, items);
        qsort(items, n, sizeof(*items), compare_items);
        for (size_t i = 0; i < n; i++) {
            draw_item(canvas, &view, plot, &items[i]);
        }
    }
    free(items);
    return LB_OK;
}
