/* Triangulated polygons: the same area, each inner point covered once, none outside. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "io/triangulate.h"

static const double pi = 3.14159265358979323846;

/** A polygon in the plane. */
struct shape {
    double *at; ///< (n, 2)
    size_t n;
    size_t capacity;
};

static void add(struct shape *shape, double x, double y)
{
    if (shape->n == shape->capacity) {
        shape->capacity = shape->capacity > 0 ? 2 * shape->capacity : 64;
        double *at = allocate(2 * shape->capacity, sizeof *at);
        if (shape->n > 0) {
            memcpy(at, shape->at, 2 * shape->n * sizeof *at);
        }
        free(shape->at);
        shape->at = at;
    }
    shape->at[2 * shape->n] = x;
    shape->at[2 * shape->n + 1] = y;
    shape->n++;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static struct shape from_points(const double (*points)[2], size_t n)
{
    struct shape shape = {0};
    for (size_t i = 0; i < n; i++) {
        add(&shape, points[i][0], points[i][1]);
    }
    return shape;
}

#define FROM(...)                                                                                  \
    from_points((const double[][2]){__VA_ARGS__},                                                  \
                sizeof((const double[][2]){__VA_ARGS__}) / sizeof(double[2]))

static struct shape make_l(size_t n)
{
    (void)n;
    return FROM({3, 1}, {1, 1}, {1, 3}, {0, 3}, {0, 0}, {3, 0});
}

/* Midpoints of sides as corners, and corners repeated two and three times. */
static struct shape make_repeated_l(size_t n)
{
    (void)n;
    return FROM({3, 1}, {3, 1}, {2, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 2.5}, {1, 3}, {0, 3}, {0, 3},
                {0, 2}, {0, 1}, {0, 0}, {1.5, 0}, {3, 0}, {3, 0.25}, {3, 1});
}

/* The L with a side that extends to (5, 3) and back. */
static struct shape make_spiked_l(size_t n)
{
    (void)n;
    return FROM({3, 1}, {5, 1}, {3, 1}, {1, 1}, {1, 3}, {0, 3}, {0, -1}, {0, 0}, {3, 0});
}

/* A square with a square hole, connected by a bridge that is passed twice. */
static struct shape make_keyhole(size_t n)
{
    (void)n;
    return FROM({0, 0}, {4, 0}, {4, 4}, {0, 4}, {0, 0}, {1, 1}, {1, 3}, {3, 3}, {3, 1}, {1, 1});
}

/* A notch whose tip touches the opposite corner, and one whose tip touches the opposite side. */
static struct shape make_pinched(size_t n)
{
    (void)n;
    return FROM({0, 0}, {6, 0}, {6, 4}, {5, 4}, {4, 0}, {3, 4}, {2, 4}, {0, 0}, {1, 4}, {0, 4});
}

static struct shape make_star(size_t n)
{
    struct shape shape = {0};
    for (size_t i = 0; i < n; i++) {
        const double angle = 2.0 * pi * (double)i / (double)n;
        const double radius = i % 2 == 0 ? 1.0 : 0.2;
        add(&shape, radius * cos(angle), radius * sin(angle));
    }
    return shape;
}

/* Teeth that have no width at their tips. */
static struct shape make_comb(size_t n)
{
    struct shape shape = {0};
    const size_t teeth = n / 2;
    add(&shape, (double)teeth, -0.5);
    for (size_t i = teeth; i-- > 0;) {
        add(&shape, (double)i + 0.75, (double)teeth);
        add(&shape, (double)i, 0.0);
    }
    add(&shape, 0.0, -0.5);
    return shape;
}

/* A spiral band: outwards along one side and back along the other. */
static struct shape make_spiral(size_t n)
{
    struct shape shape = {0};
    for (size_t i = 0; i < n; i++) {
        const bool out = i < n / 2;
        const double turn = 0.05 * pi * (double)(out ? i : n - 1 - i);
        const double radius = turn + 1.0 + (out ? 1.5 : 0.0);
        add(&shape, radius * cos(turn), radius * sin(turn));
    }
    return shape;
}

/* Two rows of random heights, one above the other. */
static struct shape make_mountains(size_t n)
{
    struct shape shape = {0};
    for (size_t i = 0; i < n; i++) {
        const bool below = i < n / 2;
        const double x = (double)(below ? i : n - 1 - i);
        add(&shape, x,
            20.0 * (double)draw(7, (size_t)x) + (below ? 0.0 : 0.01 + fabs((double)draw(8, i))));
    }
    return shape;
}

/* ---- mazes: the outline of the corridors of a random tree ------------------------------------ */

/** Squares of a grid with a border of free squares. */
struct maze {
    size_t width;
    bool *inside;
};

static bool is_inside(const struct maze *maze, long x, long y)
{
    return maze->inside[(size_t)(y + 1) * maze->width + (size_t)(x + 1)];
}

static void grow_maze(struct maze *maze, size_t side)
{
    static const long steps[4][2] = {{2, 0}, {0, 2}, {-2, 0}, {0, -2}};
    const long last = 2 * (long)side - 2;
    size_t *path = allocate(side * side, sizeof *path);
    size_t depth = 1;
    size_t drawn = 0;
    maze->inside[maze->width + 1] = true; // (0, 0)
    path[0] = maze->width + 1;
    while (depth > 0) {
        const long x = (long)(path[depth - 1] % maze->width) - 1;
        const long y = (long)(path[depth - 1] / maze->width) - 1;
        const size_t turn = (size_t)(2.0 * (1.0 + (double)draw(3, drawn++)));
        bool went = false;
        for (size_t k = 0; k < 4 && !went; k++) {
            const long *step = steps[(turn + k) % 4];
            const long a = x + step[0];
            const long b = y + step[1];
            went = a >= 0 && b >= 0 && a <= last && b <= last && !is_inside(maze, a, b);
            if (went) {
                const long between =
                    (y + 1 + step[1] / 2) * (long)maze->width + x + 1 + step[0] / 2;
                maze->inside[between] = true;
                path[depth] = (size_t)((b + 1) * (long)maze->width + a + 1);
                maze->inside[path[depth++]] = true;
            }
        }
        depth -= !went;
    }
    free(path);
}

/* Walks along the walls with the inside on the left; a corner at both ends of each square. */
static struct shape make_maze(size_t n)
{
    static const long ahead[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    const size_t side = (size_t)sqrt((double)n / 4.0) + 1;
    struct maze maze = {.width = 2 * side + 1};
    struct shape shape = {0};
    long x = 0;
    long y = 0;
    size_t heading = 0;
    maze.inside = allocate(maze.width * maze.width, sizeof *maze.inside);
    grow_maze(&maze, side);
    do {
        add(&shape, (double)x, (double)y);
        x += ahead[heading][0];
        y += ahead[heading][1];
        /* The squares in front, to the left and to the right of the line ahead. */
        const long left[4][2] = {{0, 0}, {-1, 0}, {-1, -1}, {0, -1}};
        const long right[4][2] = {{0, -1}, {0, 0}, {-1, 0}, {-1, -1}};
        if (is_inside(&maze, x + right[heading][0], y + right[heading][1])) {
            heading = (heading + 3) % 4;
        } else if (!is_inside(&maze, x + left[heading][0], y + left[heading][1])) {
            heading = (heading + 1) % 4;
        }
    } while (x != 0 || y != 0);
    free(maze.inside);
    return shape;
}

/* ---- the check ------------------------------------------------------------------------------- */

/** The place of a shape in space. */
struct pose {
    const char *name;
    double angles[2];
    double scale;
    double shift;
    double tolerance; ///< of areas, relative; larger if the shift costs digits
};

static const struct pose poses[] = {
    {"flat", {0.0, 0.0}, 1.0, 0.0, 1e-12},
    {"from below", {0.0, 3.14159265358979323846}, 1.0, 0.0, 1e-12},
    {"on edge", {1.57079632679489661923, 0.0}, 1.0, 0.0, 1e-12},
    {"tilted", {0.7, 1.1}, 3.0, 2.0, 1e-11},
    {"tiny", {0.7, 1.1}, 1e-9, 0.0, 1e-12},
    {"huge", {-2.0, 0.3}, 1e20, 0.0, 1e-12},
    {"far", {-2.0, 0.3}, 1.0, 4.5e6, 1e-7},
};

static void place(const struct pose *pose, const double *at, double height, double *point)
{
    const double c0 = cos(pose->angles[0]);
    const double s0 = sin(pose->angles[0]);
    const double c1 = cos(pose->angles[1]);
    const double s1 = sin(pose->angles[1]);
    const double turned[3] = {at[0], c1 * at[1] - s1 * height, s1 * at[1] + c1 * height};
    point[0] = pose->shift + pose->scale * (c0 * turned[0] + s0 * turned[2]);
    point[1] = pose->shift + pose->scale * turned[1];
    point[2] = pose->shift + pose->scale * (c0 * turned[2] - s0 * turned[0]);
}

static double turn(const double *a, const double *b, const double *c)
{
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static double shoelace(const struct shape *shape)
{
    double sum = 0.0;
    for (size_t i = 0; i < shape->n; i++) {
        sum += 0.5 * turn(shape->at, shape->at + 2 * i, shape->at + 2 * ((i + 1) % shape->n));
    }
    return sum;
}

/* Whether a ray crosses the outline an odd number of times. */
static bool contains(const struct shape *shape, const double *p)
{
    bool inside = false;
    for (size_t i = 0; i < shape->n; i++) {
        const double *a = shape->at + 2 * i;
        const double *b = shape->at + 2 * ((i + 1) % shape->n);
        inside ^= (a[1] > p[1]) != (b[1] > p[1]) &&
                  p[0] < a[0] + (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]);
    }
    return inside;
}

/* Random points of the bounding box: in exactly one triangle if inside, otherwise in none. */
static void check_cover(const char *name, const struct shape *shape, const uint32_t *triangles,
                        size_t count)
{
    double low[2] = {INFINITY, INFINITY};
    double high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < 2 * shape->n; i++) {
        low[i % 2] = fmin(low[i % 2], shape->at[i]);
        high[i % 2] = fmax(high[i % 2], shape->at[i]);
    }
    for (size_t i = 0; i < 200; i++) {
        double p[2];
        int cover = 0;
        for (size_t k = 0; k < 2; k++) {
            const double share = 0.5 + 0.53141592 * (double)draw(11 + (uint32_t)k, i);
            p[k] = low[k] + share * (high[k] - low[k]);
        }
        for (size_t j = 0; j < count; j++) {
            const double *a = shape->at + 2 * (size_t)triangles[3 * j];
            const double *b = shape->at + 2 * (size_t)triangles[3 * j + 1];
            const double *c = shape->at + 2 * (size_t)triangles[3 * j + 2];
            const double sign = turn(a, b, c) > 0.0 ? 1.0 : -1.0;
            cover += sign * turn(a, b, p) > 0.0 && sign * turn(b, c, p) > 0.0 &&
                     sign * turn(c, a, p) > 0.0;
        }
        if (cover != contains(shape, p)) {
            fail_msg("%s: (%g, %g) lies in %d triangles, expected %d", name, p[0], p[1], cover,
                     contains(shape, p));
        }
    }
}

/* Starts at corner `first`, backwards if `backwards`; the triangles must have the polygon's
   orientation. */
static void check_shape(const char *name, const struct shape *shape, const struct pose *pose,
                        size_t first, bool backwards)
{
    const size_t n = shape->n;
    double *vertices = allocate(3 * n, sizeof *vertices);
    uint32_t *corners = allocate(n, sizeof *corners);
    uint32_t *triangles = allocate(3 * n, sizeof *triangles);
    size_t count = 0;
    double area = 0.0;
    const double sign = backwards ? -1.0 : 1.0;
    const double want = fabs(shoelace(shape));
    for (size_t i = 0; i < n; i++) {
        place(pose, shape->at + 2 * i, 0.0, vertices + 3 * i);
        corners[i] = (uint32_t)((backwards ? first + n - i : first + i) % n);
    }
    assert_int_equal(lb_triangulate(vertices, corners, n, triangles, &count), LB_TRIANGULATE_DONE);
    assert_true(count > 0 && count <= n - 2);
    for (size_t j = 0; j < count; j++) {
        const uint32_t *t = triangles + 3 * j;
        assert_true(t[0] < n && t[1] < n && t[2] < n);
        const double piece = 0.5 * sign *
                             turn(shape->at + 2 * (size_t)t[0], shape->at + 2 * (size_t)t[1],
                                  shape->at + 2 * (size_t)t[2]);
        if (!(piece >= -pose->tolerance * want)) {
            fail_msg("%s, %s, from %zu%s: triangle %zu turns the wrong way: %g", name, pose->name,
                     first, backwards ? " backwards" : "", j, piece);
        }
        area += fabs(piece);
    }
    if (!(fabs(area - want) <= pose->tolerance * want)) {
        fail_msg("%s, %s, from %zu%s: area %.15g, expected %.15g", name, pose->name, first,
                 backwards ? " backwards" : "", area, want);
    }
    check_cover(name, shape, triangles, count);
    free(vertices);
    free(corners);
    free(triangles);
}

static const struct {
    const char *name;
    struct shape (*make)(size_t n);
    size_t n;
} shapes[] = {
    {"L", make_l, 6},
    {"L with repeated corners", make_repeated_l, 17},
    {"L with spikes", make_spiked_l, 9},
    {"keyhole", make_keyhole, 10},
    {"pinched", make_pinched, 10},
    {"star", make_star, 10},
    {"star", make_star, 90},
    {"comb", make_comb, 30},
    {"spiral", make_spiral, 200},
    {"mountains", make_mountains, 150},
    {"maze", make_maze, 60},
    {"maze", make_maze, 300},
};

static void polygons_are_covered_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < LB_COUNT(shapes); i++) {
        struct shape shape = shapes[i].make(shapes[i].n);
        assert_true(shoelace(&shape) > 0.0);
        for (size_t k = 0; k < LB_COUNT(poses); k++) {
            const size_t step = shape.n / 40 + 1;
            for (size_t first = 0; first < shape.n; first += step) {
                check_shape(shapes[i].name, &shape, &poses[k], first, first % 2 == 1);
                check_shape(shapes[i].name, &shape, &poses[k], first, first % 2 == 0);
            }
        }
        free(shape.at);
    }
}

/* The L of a bug report: as a fan from its first corner it would have area 6. */
static void the_l_has_area_5(void **state)
{
    (void)state;
    const double vertices[] = {3, 1, 0, 1, 1, 0, 1, 3, 0, 0, 3, 0, 0, 0, 0, 3, 0, 0};
    const uint32_t corners[] = {0, 1, 2, 3, 4, 5};
    uint32_t t[12];
    size_t count = 0;
    double area = 0.0;
    assert_int_equal(lb_triangulate(vertices, corners, 6, t, &count), LB_TRIANGULATE_DONE);
    assert_int_equal(count, 4);
    for (size_t j = 0; j < count; j++) {
        area +=
            0.5 * fabs(turn(vertices + 3 * (size_t)t[3 * j], vertices + 3 * (size_t)t[3 * j + 1],
                            vertices + 3 * (size_t)t[3 * j + 2]));
    }
    check_near("area", 0, area, 5.0, 1e-15);
}

/* Polygons whose first corner sees all edges are still cut into fans. */
static void convex_polygons_are_fans(void **state)
{
    (void)state;
    for (size_t n = 3; n < 40; n++) {
        double vertices[3 * 40];
        uint32_t corners[40];
        uint32_t triangles[3 * 40];
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
            const double angle = 2.0 * pi * (double)i / (double)n;
            const double at[2] = {cos(angle), 0.3 * sin(angle)};
            place(&poses[n % LB_COUNT(poses)], at, 0.0, vertices + 3 * i);
            corners[i] = (uint32_t)(n % 2 == 0 ? i : n - 1 - i);
        }
        assert_int_equal(lb_triangulate(vertices, corners, n, triangles, &count),
                         LB_TRIANGULATE_DONE);
        assert_int_equal(count, n - 2);
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(triangles[3 * j], corners[0]);
            assert_int_equal(triangles[3 * j + 1], corners[j + 1]);
            assert_int_equal(triangles[3 * j + 2], corners[j + 2]);
        }
    }
}

/* Corners off the plane: seen along the plane's normal, nothing changes. */
static void uneven_polygons_are_cut_in_their_best_plane(void **state)
{
    (void)state;
    struct shape shape = make_maze(100);
    const size_t n = shape.n;
    double *vertices = allocate(3 * n, sizeof *vertices);
    uint32_t *corners = allocate(n, sizeof *corners);
    uint32_t *triangles = allocate(3 * n, sizeof *triangles);
    size_t count = 0;
    double area = 0.0;
    for (size_t i = 0; i < n; i++) {
        /* Opposite signs at neighbours keep the plane near z = 0. */
        const double height = (i % 2 == 0 ? 0.05 : -0.05) * fabs((double)draw(4, i));
        place(&poses[3], shape.at + 2 * i, height, vertices + 3 * i);
        corners[i] = (uint32_t)i;
    }
    assert_int_equal(lb_triangulate(vertices, corners, n, triangles, &count), LB_TRIANGULATE_DONE);
    for (size_t j = 0; j < count; j++) {
        area += 0.5 * fabs(turn(shape.at + 2 * (size_t)triangles[3 * j],
                                shape.at + 2 * (size_t)triangles[3 * j + 1],
                                shape.at + 2 * (size_t)triangles[3 * j + 2]));
    }
    check_near("area over the shape's", 0, area / shoelace(&shape), 1.0, 0.01);
    free(shape.at);
    free(vertices);
    free(corners);
    free(triangles);
}

/* Polygons with 10,000 corners and more take seconds; beyond that there is a limit. */
static void large_polygons_are_cut(void **state)
{
    (void)state;
    static struct shape (*const makers[])(size_t) = {make_star, make_comb, make_spiral,
                                                     make_mountains, make_maze};
    for (size_t i = 0; i < LB_COUNT(makers); i++) {
        struct shape shape = makers[i](10000);
        assert_uint_in_range(shape.n, 9000, 30000);
        const clock_t before = clock();
        check_shape("large", &shape, &poses[3], 5, i % 2 == 0);
        const double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
        print_message("polygon %zu of %zu corners: %.2f s\n", i, shape.n, seconds);
        assert_true(seconds < 30.0);
        free(shape.at);
    }
    struct shape shape = make_comb(LB_TRIANGULATE_MAX_CORNERS + 2);
    double *vertices = allocate(3 * shape.n, sizeof *vertices);
    uint32_t *corners = allocate(shape.n, sizeof *corners);
    uint32_t *triangles = allocate(3 * shape.n, sizeof *triangles);
    size_t count = 0;
    for (size_t i = 0; i < shape.n; i++) {
        place(&poses[0], shape.at + 2 * i, 0.0, vertices + 3 * i);
        corners[i] = (uint32_t)i;
    }
    assert_int_equal(lb_triangulate(vertices, corners, shape.n, triangles, &count),
                     LB_TRIANGULATE_TOO_MANY);
    free(shape.at);
    free(vertices);
    free(corners);
    free(triangles);
}

/* Polygons that cross themselves, have no area or repeat corners in any order give at most n - 2
 * triangles of their own corners. */
static void any_polygon_ends(void **state)
{
    (void)state;
    for (size_t trial = 0; trial < 4000; trial++) {
        double vertices[3 * 50];
        uint32_t corners[200];
        uint32_t triangles[3 * 200];
        const size_t n = trial < 20 ? 200 : 3 + trial % 30;
        const double steps = trial % 3 == 0 ? 2.0 : trial % 3 == 1 ? 8.0 : 1e6;
        const bool flat = trial % 4 != 0;
        size_t count = 0;
        for (size_t i = 0; i < 3 * 50; i++) {
            const bool used = i % 3 < 2 || !flat;
            vertices[i] = used ? round(steps * (double)draw((uint32_t)trial, i)) : 0.5;
        }
        for (size_t i = 0; i < n; i++) {
            corners[i] = (uint32_t)(25.0 * (1.0 + (double)draw((uint32_t)trial + 5000, i)));
        }
        assert_int_equal(lb_triangulate(vertices, corners, n, triangles, &count),
                         LB_TRIANGULATE_DONE);
        assert_true(count <= n - 2);
        for (size_t j = 0; j < count; j++) {
            for (size_t k = 0; k < 3; k++) {
                bool own = false;
                for (size_t i = 0; i < n; i++) {
                    own = own || corners[i] == triangles[3 * j + k];
                }
                assert_true(own);
            }
        }
    }
    /* All points equal, all on a line, denormal differences, and huge ones. */
    static const double lines[][9] = {
        {1, 2, 3, 1, 2, 3, 1, 2, 3},
        {0, 0, 0, 1, 2, 3, 2, 4, 6},
        {0, 0, 0, 5e-324, 0, 0, 0, 5e-324, 0},
        {-1e30, 0, 0, 1e30, 0, 0, 0, 1e30, 1e30},
    };
    for (size_t i = 0; i < LB_COUNT(lines); i++) {
        const uint32_t corners[] = {0, 1, 2, 1, 0, 2, 2};
        uint32_t triangles[15];
        size_t count = 0;
        assert_int_equal(lb_triangulate(lines[i], corners, 7, triangles, &count),
                         LB_TRIANGULATE_DONE);
        assert_true(count <= 5);
    }
}

/* Random lines on a grid cross everywhere: there are no ears, but the time is the same. */
static void large_tangles_end(void **state)
{
    (void)state;
    enum { N = 10000 };
    double *vertices = allocate(3 * (size_t)N, sizeof *vertices);
    uint32_t *corners = allocate(N, sizeof *corners);
    uint32_t *triangles = allocate(3 * (size_t)N, sizeof *triangles);
    for (size_t trial = 0; trial < 2; trial++) {
        size_t count = 0;
        for (size_t i = 0; i < N; i++) {
            vertices[3 * i] = round((trial == 0 ? 10.0 : 1e7) * (double)draw(1, i));
            vertices[3 * i + 1] = round((trial == 0 ? 10.0 : 1e7) * (double)draw(2, i));
            corners[i] = (uint32_t)i;
        }
        const clock_t before = clock();
        assert_int_equal(lb_triangulate(vertices, corners, N, triangles, &count),
                         LB_TRIANGULATE_DONE);
        const double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
        print_message("tangle %zu: %.2f s\n", trial, seconds);
        assert_true(count <= N - 2 && seconds < 30.0);
    }
    free(vertices);
    free(corners);
    free(triangles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polygons_are_covered_once),
        cmocka_unit_test(the_l_has_area_5),
        cmocka_unit_test(convex_polygons_are_fans),
        cmocka_unit_test(uneven_polygons_are_cut_in_their_best_plane),
        cmocka_unit_test(large_polygons_are_cut),
        cmocka_unit_test(any_polygon_ends),
        cmocka_unit_test(large_tangles_end),
    };
    return cmocka_run_group_tests_name("triangulate", tests, NULL, NULL);
}
