/*
 * Calculus on manifolds that are known by an analytic projection, in double, against closed forms
 * of the sphere, and on the torus of revolution against its geodesic equation, solved by the
 * classical Runge-Kutta method in steps so short that its error is far below what is measured.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "latent/geometry.h"

enum { MAX_L = 8, MAX_K = 128 };

static const double pi = 3.14159265358979323846;

static double dot(const double *a, const double *b, size_t l)
{
    double sum = 0.0;
    for (size_t j = 0; j < l; j++) {
        sum += a[j] * b[j];
    }
    return sum;
}

static double gap(const double *a, const double *b, size_t l)
{
    double d[MAX_L];
    for (size_t j = 0; j < l; j++) {
        d[j] = a[j] - b[j];
    }
    return sqrt(dot(d, d, l));
}

/* ---- the sphere of radius r in the first m + 1 of l coordinates ------------------------------ */

struct sphere {
    double radius;
    size_t m;
    size_t l;
};

static enum lb_status project_on_sphere(void *user, const double *codes, size_t n,
                                        double *projected)
{
    const struct sphere *sphere = user;
    for (size_t i = 0; i < n; i++) {
        const double *code = codes + i * sphere->l;
        const double norm = sqrt(dot(code, code, sphere->m + 1));
        for (size_t j = 0; j < sphere->l; j++) {
            projected[i * sphere->l + j] = j <= sphere->m ? sphere->radius * code[j] / norm : 0.0;
        }
    }
    return LB_OK;
}

static struct lb_geometry *sphere_geometry(const struct device_fixture *fixture,
                                           struct sphere *sphere)
{
    struct lb_geometry *geometry = NULL;
    const struct lb_projection projection = {
        .project = project_on_sphere, .user = sphere, .latent = sphere->l, .dimension = sphere->m};
    require_ok(fixture, lb_geometry_create(&geometry, fixture->ctx, &projection));
    return geometry;
}

static void draw_on_sphere(struct sphere *sphere, size_t place, double *point)
{
    for (size_t j = 0; j < sphere->l; j++) {
        point[j] = j <= sphere->m ? (double)draw(31, place * MAX_L + j) : 0.0;
    }
    project_on_sphere(sphere, point, 1, point);
}

static double angle_between(const double *a, const double *b, size_t l)
{
    double sum[MAX_L];
    double difference[MAX_L];
    for (size_t j = 0; j < l; j++) {
        sum[j] = a[j] + b[j];
        difference[j] = a[j] - b[j];
    }
    return 2.0 * atan2(sqrt(dot(difference, difference, l)), sqrt(dot(sum, sum, l)));
}

/* The point of the great circle at t. */
static void great_circle(const double *a, const double *b, size_t l, double t, double *point)
{
    const double angle = angle_between(a, b, l);
    for (size_t j = 0; j < l; j++) {
        point[j] = (sin((1.0 - t) * angle) * a[j] + sin(t * angle) * b[j]) / sin(angle);
    }
}

static struct sphere spheres[] = {{1.0, 1, 2}, {1.3, 2, 3}, {0.7, 3, 5}};

static void test_sphere_geodesic(void **state)
{
    const struct device_fixture *fixture = *state;
    const size_t segments[] = {1, 2, 3, 9, 16, 49};
    for (size_t s = 0; s < LB_COUNT(spheres); s++) {
        struct sphere *sphere = &spheres[s];
        struct lb_geometry *geometry = sphere_geometry(fixture, sphere);
        for (size_t i = 0; i < 6 * LB_COUNT(segments); i++) {
            const size_t k = segments[i % LB_COUNT(segments)];
            double a[MAX_L];
            double b[MAX_L];
            double want[MAX_L];
            double curve[(MAX_K + 1) * MAX_L];
            struct lb_curve_info info;
            draw_on_sphere(sphere, 2 * i, a);
            draw_on_sphere(sphere, 2 * i + 1, b);
            const double angle = angle_between(a, b, sphere->l);
            require_ok(fixture, lb_geometry_geodesic(geometry, a, b, k, curve, &info));
            /* The discrete geodesic has its codes on the great circle, at equal distances. */
            const double chord = 2.0 * sphere->radius * sin(angle / 2.0 / (double)k);
            assert_true(info.converged);
            check_near("length", i, info.length, (double)k * chord, 1e-7);
            check_near("energy", i, info.energy, (double)(k * k) * chord * chord, 1e-7);
            check_near("residual", i, info.residual, 0.0, 1e-10);
            for (size_t n = 0; n <= k; n++) {
                great_circle(a, b, sphere->l, (double)n / (double)k, want);
                check_near("distance to the great circle", i,
                           gap(curve + n * sphere->l, want, sphere->l), 0.0, 1e-6);
            }
            assert_memory_equal(curve, a, sphere->l * sizeof *a);
            assert_memory_equal(curve + k * sphere->l, b, sphere->l * sizeof *b);
        }
        lb_geometry_destroy(&geometry);
    }
}

static void test_sphere_exponential(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t s = 0; s < LB_COUNT(spheres); s++) {
        struct sphere *sphere = &spheres[s];
        const size_t l = sphere->l;
        struct lb_geometry *geometry = sphere_geometry(fixture, sphere);
        for (size_t i = 0; i < 8; i++) {
            double a[MAX_L];
            double b[MAX_L];
            double velocity[MAX_L];
            double curve[(MAX_K + 1) * MAX_L];
            double error[3];
            draw_on_sphere(sphere, 2 * i, a);
            draw_on_sphere(sphere, 2 * i + 1, b);
            const double angle = angle_between(a, b, l);
            require_ok(fixture, lb_geometry_logarithm(geometry, a, b, 12, velocity));
            check_near("tangential", i, dot(velocity, a, l), 0.0, 1e-9);
            check_near("length of the logarithm", i, sqrt(dot(velocity, velocity, l)),
                       12.0 * sphere->radius * sin(angle / 12.0), 1e-6);
            require_ok(fixture, lb_geometry_exponential(geometry, a, velocity, 12, curve));
            check_near("inverse of the logarithm", i, gap(curve + 12 * l, b, l), 0.0, 1e-6);
            /* exp of the true velocity, which ends at b. */
            for (size_t j = 0; j < l; j++) {
                velocity[j] = (b[j] - cos(angle) * a[j]) * angle / sin(angle);
            }
            for (size_t n = 0; n < 3; n++) {
                const size_t k = (size_t)16 << n;
                require_ok(fixture, lb_geometry_exponential(geometry, a, velocity, k, curve));
                error[n] = gap(curve + k * l, b, l);
                check_near("true exponential", i, error[n], 0.0,
                           sphere->radius * pow(angle, 3.0) / (double)(k * k));
            }
            check_near("its order", i, log2(error[0] / error[2]) / 2.0, 2.0, 0.1);
        }
        lb_geometry_destroy(&geometry);
    }
}

/* Where nobody says how many dimensions a manifold has, D Pi does. */
static void test_rank(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t s = 0; s < LB_COUNT(spheres); s++) {
        struct lb_geometry *geometry = sphere_geometry(fixture, &spheres[s]);
        double codes[3 * MAX_L];
        size_t rank = 0;
        for (size_t i = 0; i < 3; i++) {
            draw_on_sphere(&spheres[s], i, codes + i * spheres[s].l);
        }
        require_ok(fixture, lb_geometry_find_rank(geometry, codes, 3, &rank));
        assert_int_equal(rank, spheres[s].m);
        lb_geometry_destroy(&geometry);
    }
}

/* ---- parallel transport on the sphere -------------------------------------------------------- */

static double triple(const double *a, const double *b, const double *c)
{
    return a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
           a[2] * (b[0] * c[1] - b[1] * c[0]);
}

/* From `from` to `to` by the right-hand rule around `axis`. */
static double turn(const double *axis, const double *from, const double *to)
{
    return atan2(triple(axis, from, to) / sqrt(dot(axis, axis, 3)), dot(from, to, 3));
}

/* Around a geodesic triangle a vector turns by the triangle's area: van Oosterom and Strackee's
 * tan(area / 2) = <a, b x c> / (1 + <a,b> + <b,c> + <c,a>), of unit vectors. */
static void test_holonomy_of_triangles(void **state)
{
    const struct device_fixture *fixture = *state;
    struct sphere sphere = {1.0, 2, 3};
    struct lb_geometry *geometry = sphere_geometry(fixture, &sphere);
    const enum lb_transport ways[] = {LB_TRANSPORT_PROJECTION, LB_TRANSPORT_POLE_LADDER};
    for (size_t i = 0; i < 6; i++) {
        double corner[3][3];
        double curve[(MAX_K + 1) * 3];
        double start[3] = {0.3, -0.4, 0.9};
        double away = 0.0;
        for (size_t c = 0; c < 3; c++) {
            draw_on_sphere(&sphere, 3 * i + c, corner[c]);
        }
        away = dot(start, corner[0], 3);
        for (size_t j = 0; j < 3; j++) {
            start[j] -= away * corner[0][j];
        }
        const double area =
            2.0 * atan2(triple(corner[0], corner[1], corner[2]),
                        1.0 + dot(corner[0], corner[1], 3) + dot(corner[1], corner[2], 3) +
                            dot(corner[2], corner[0], 3));
        for (size_t w = 0; w < 2; w++) {
            double vector[3];
            memcpy(vector, start, sizeof vector);
            for (size_t c = 0; c < 3; c++) {
                require_ok(fixture, lb_geometry_geodesic(geometry, corner[c], corner[(c + 1) % 3],
                                                         12, curve, NULL));
                require_ok(fixture,
                           lb_geometry_transport(geometry, curve, 12, ways[w], vector, vector));
            }
            check_near("length kept", i, dot(vector, vector, 3), dot(start, start, 3), 1e-9);
            check_near("holonomy", i, remainder(turn(corner[0], start, vector) - area, 2.0 * pi),
                       0.0, 1e-5);
        }
    }
    lb_geometry_destroy(&geometry);
}

/* Around a circle at polar angle t, which is no geodesic, a vector turns by the cap's area
 * 2 pi (1 - cos t). */
static void test_holonomy_of_circles(void **state)
{
    const struct device_fixture *fixture = *state;
    struct sphere sphere = {1.0, 2, 3};
    struct lb_geometry *geometry = sphere_geometry(fixture, &sphere);
    const enum lb_transport ways[] = {LB_TRANSPORT_PROJECTION, LB_TRANSPORT_POLE_LADDER};
    for (size_t w = 0; w < 2; w++) {
        double error[2];
        for (size_t n = 0; n < 2; n++) {
            const size_t k = (size_t)32 << n;
            const double t = 1.1;
            double curve[(MAX_K + 1) * 3];
            double vector[3] = {0.0, 1.0, 0.0};
            const double start[3] = {0.0, 1.0, 0.0};
            for (size_t i = 0; i <= k; i++) {
                const double a = 2.0 * pi * (double)i / (double)k;
                curve[3 * i] = sin(t) * cos(a);
                curve[3 * i + 1] = sin(t) * sin(a);
                curve[3 * i + 2] = cos(t);
            }
            require_ok(fixture, lb_geometry_transport(geometry, curve, k, ways[w], vector, vector));
            error[n] =
                fabs(remainder(turn(curve, start, vector) - 2.0 * pi * (1.0 - cos(t)), 2.0 * pi));
            check_near("holonomy of a circle", k, error[n], 0.0, 20.0 / (double)(k * k));
        }
        check_near("its order", w, log2(error[0] / error[1]), 2.0, 0.2);
    }
    lb_geometry_destroy(&geometry);
}

/* ---- means on the sphere --------------------------------------------------------------------- */

static void test_mean(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t s = 0; s < LB_COUNT(spheres); s++) {
        struct sphere *sphere = &spheres[s];
        const size_t l = sphere->l;
        struct lb_geometry *geometry = sphere_geometry(fixture, sphere);
        double codes[5 * MAX_L];
        double mean[MAX_L];
        double want[MAX_L];
        double sum[MAX_L] = {0.0};
        const double weights[] = {3.0, 1.0, 0.0};
        const double uneven[] = {0.5, 1.0, 2.0, 0.7, 1.3};
        struct lb_mean_info info;
        for (size_t i = 0; i < 5; i++) { // all within one hemisphere
            draw_on_sphere(sphere, i, codes + i * l);
            codes[i * l] += 1.5 * sphere->radius;
            project_on_sphere(sphere, codes + i * l, 1, codes + i * l);
        }
        /* Of two codes it lies on the great circle, and is nearer to the heavier one. */
        require_ok(fixture, lb_geometry_mean(geometry, codes, weights, 3, 32, mean, &info));
        great_circle(codes, codes + l, l, 0.25, want);
        check_near("mean of two", s, gap(mean, want, l), 0.0, 2e-3 * sphere->radius);
        const double angle = angle_between(codes, codes + l, l);
        check_near("their variance", s, info.variance,
                   0.75 * 0.25 * sphere->radius * sphere->radius * angle * angle, 1e-3);
        /* Of many the weighted logarithms at it, by the closed form, add up to nothing. */
        require_ok(fixture, lb_geometry_mean(geometry, codes, uneven, 5, 32, mean, &info));
        for (size_t i = 0; i < 5; i++) {
            const double *code = codes + i * l;
            const double a = angle_between(mean, code, l);
            for (size_t j = 0; j < l; j++) {
                sum[j] += uneven[i] * a / sin(a) * (code[j] - cos(a) * mean[j]);
            }
        }
        check_near("gradient at the mean", s, sqrt(dot(sum, sum, l)), 0.0, 2e-3);
        check_near("gradient that it states", s, info.gradient, 0.0, 1e-6);
        require_ok(fixture, lb_geometry_mean(geometry, codes, NULL, 1, 4, mean, NULL));
        check_near("mean of one", s, gap(mean, codes, l), 0.0, 1e-12);
        lb_geometry_destroy(&geometry);
    }
}

/* ---- the torus of revolution ----------------------------------------------------------------- */

static const double R = 0.8;
static const double r = 0.2;

static enum lb_status project_on_torus(void *user, const double *codes, size_t n, double *projected)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        const double *code = codes + 3 * i;
        const double out = sqrt(code[0] * code[0] + code[1] * code[1]);
        const double centre[3] = {R * code[0] / out, R * code[1] / out, 0.0};
        const double away = gap(code, centre, 3);
        for (size_t j = 0; j < 3; j++) {
            projected[3 * i + j] = centre[j] + r * (code[j] - centre[j]) / away;
        }
    }
    return LB_OK;
}

/* u around the tube, v around the axis, and their speeds. */
struct torus_state {
    double x[4];
};

static void torus_point(const double *uv, double *point)
{
    point[0] = (R + r * cos(uv[0])) * cos(uv[1]);
    point[1] = (R + r * cos(uv[0])) * sin(uv[1]);
    point[2] = r * sin(uv[0]);
}

static void torus_velocity(const struct torus_state *s, double *velocity)
{
    const double *x = s->x;
    velocity[0] = -r * sin(x[0]) * x[2] * cos(x[1]) - (R + r * cos(x[0])) * sin(x[1]) * x[3];
    velocity[1] = -r * sin(x[0]) * x[2] * sin(x[1]) + (R + r * cos(x[0])) * cos(x[1]) * x[3];
    velocity[2] = r * cos(x[0]) * x[2];
}

/* The geodesic equation of the metric r^2 du^2 + (R + r cos u)^2 dv^2. */
static struct torus_state slope(const struct torus_state *s)
{
    const double *x = s->x;
    const double w = R + r * cos(x[0]);
    return (struct torus_state){
        {x[2], x[3], -w * sin(x[0]) * x[3] * x[3] / r, 2.0 * r * sin(x[0]) * x[2] * x[3] / w}};
}

static struct torus_state ahead(const struct torus_state *s, const struct torus_state *d, double h)
{
    struct torus_state next;
    for (int i = 0; i < 4; i++) {
        next.x[i] = s->x[i] + h * d->x[i];
    }
    return next;
}

/* The state after a time, by the classical Runge-Kutta method. */
static struct torus_state solve(struct torus_state s, double time)
{
    enum { STEPS = 2000 };
    const double h = time / STEPS;
    for (int i = 0; i < STEPS; i++) {
        const struct torus_state k1 = slope(&s);
        const struct torus_state s2 = ahead(&s, &k1, h / 2.0);
        const struct torus_state k2 = slope(&s2);
        const struct torus_state s3 = ahead(&s, &k2, h / 2.0);
        const struct torus_state k3 = slope(&s3);
        const struct torus_state s4 = ahead(&s, &k3, h);
        const struct torus_state k4 = slope(&s4);
        for (int j = 0; j < 4; j++) {
            s.x[j] += h / 6.0 * (k1.x[j] + 2.0 * k2.x[j] + 2.0 * k3.x[j] + k4.x[j]);
        }
    }
    return s;
}

/* A geodesic of unit speed from somewhere, in a direction that is at most `spread` away from around
 * the axis. */
static struct torus_state draw_geodesic(size_t i, double spread)
{
    const double u = pi * (double)draw(32, 3 * i);
    const double v = pi * (double)draw(32, 3 * i + 1);
    const double a = pi / 2.0 + spread * (double)draw(32, 3 * i + 2);
    return (struct torus_state){{u, v, cos(a) / r, sin(a) / (R + r * cos(u))}};
}

static struct lb_geometry *torus_geometry(const struct device_fixture *fixture)
{
    struct lb_geometry *geometry = NULL;
    const struct lb_projection projection = {
        .project = project_on_torus, .latent = 3, .dimension = 2};
    require_ok(fixture, lb_geometry_create(&geometry, fixture->ctx, &projection));
    return geometry;
}

static void test_torus_geodesic(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_geometry *geometry = torus_geometry(fixture);
    const double lengths[] = {0.1, 0.3, 0.6, 1.0};
    for (size_t i = 0; i < 24; i++) {
        /* Half around the tube it is 0.63: what is longer must not go there, to be shortest. */
        const double length = lengths[i % LB_COUNT(lengths)];
        const struct torus_state start = draw_geodesic(i, length > 0.6 ? 0.3 : pi);
        const struct torus_state end = solve(start, length);
        double from[3];
        double to[3];
        double curve[(MAX_K + 1) * 3];
        double error[2];
        torus_point(start.x, from);
        torus_point(end.x, to);
        for (size_t n = 0; n < 2; n++) {
            const size_t k = n == 0 ? 49 : 98;
            struct lb_curve_info info;
            require_ok(fixture, lb_geometry_geodesic(geometry, from, to, k, curve, &info));
            error[n] = fabs(info.length - length);
            check_near("length", i, info.length, length, 1e-3);
            for (size_t p = 0; p <= k && n == 0; p++) {
                const struct torus_state at = solve(start, length * (double)p / (double)k);
                double want[3];
                torus_point(at.x, want);
                check_near("distance to the solution", i, gap(curve + 3 * p, want, 3), 0.0, 2e-3);
            }
        }
        check_near("order of the length", i, log2(error[0] / error[1]), 2.0, 0.1);
    }
    lb_geometry_destroy(&geometry);
}

static void test_torus_exponential(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_geometry *geometry = torus_geometry(fixture);
    for (size_t i = 0; i < 12; i++) {
        const struct torus_state start = draw_geodesic(i, pi);
        const struct torus_state end = solve(start, 1.0);
        double from[3];
        double to[3];
        double velocity[3];
        double curve[(MAX_K + 1) * 3];
        double error[2];
        torus_point(start.x, from);
        torus_point(end.x, to);
        torus_velocity(&start, velocity);
        for (size_t n = 0; n < 2; n++) {
            const size_t k = (size_t)64 << n;
            require_ok(fixture, lb_geometry_exponential(geometry, from, velocity, k, curve));
            error[n] = gap(curve + 3 * k, to, 3);
            check_near("end", i, error[n], 0.0, 80.0 / (double)(k * k));
        }
        check_near("order of the end", i, log2(error[0] / error[1]), 2.0, 0.25);
    }
    lb_geometry_destroy(&geometry);
}

/* Along a geodesic, on a surface, its own velocity is parallel, and so is what stands across it. */
static void test_torus_transport(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_geometry *geometry = torus_geometry(fixture);
    const enum lb_transport ways[] = {LB_TRANSPORT_PROJECTION, LB_TRANSPORT_POLE_LADDER};
    for (size_t i = 0; i < 16; i++) {
        const struct torus_state start = draw_geodesic(i, pi);
        double error[2];
        for (size_t n = 0; n < 2; n++) {
            const size_t k = (size_t)48 << n;
            double curve[(MAX_K + 1) * 3];
            double velocity[3];
            double want[3];
            struct torus_state at = start;
            for (size_t p = 0; p <= k; p++) {
                torus_point(at.x, curve + 3 * p);
                at = p < k ? solve(at, 1.0 / (double)k) : at;
            }
            torus_velocity(&start, velocity);
            torus_velocity(&at, want);
            require_ok(fixture,
                       lb_geometry_transport(geometry, curve, k, ways[i % 2], velocity, velocity));
            error[n] = gap(velocity, want, 3);
            check_near("parallel velocity", i, error[n], 0.0, 60.0 / (double)(k * k));
        }
        assert_true(error[1] < 1e-6 || error[0] / error[1] > 3.0);
    }
    lb_geometry_destroy(&geometry);
}

/* ---- what can go wrong ----------------------------------------------------------------------- */

static enum lb_status give_up(void *user, const double *codes, size_t n, double *projected)
{
    (void)codes;
    for (size_t i = 0; i < 3 * n; i++) {
        projected[i] = (double)NAN;
    }
    return *(const enum lb_status *)user;
}

static void test_failures(void **state)
{
    const struct device_fixture *fixture = *state;
    struct sphere sphere = {1.0, 2, 3};
    struct lb_geometry *geometry = sphere_geometry(fixture, &sphere);
    enum lb_status answer = LB_ERR_UNSUPPORTED;
    const struct lb_projection wrong[] = {
        {.project = give_up, .latent = 3, .dimension = 4},
        {.project = give_up, .latent = 3, .dimension = 0},
        {.project = give_up, .latent = 0, .dimension = 0},
        {.project = give_up, .latent = 3, .dimension = 2, .step = -1.0},
        {.project = give_up, .latent = 3, .dimension = 2, .noise = (double)NAN},
    };
    const double a[3] = {1.0, 0.0, 0.0};
    const double b[3] = {0.0, 1.0, 0.0};
    const double bad[3] = {0.0, (double)INFINITY, 0.0};
    const double weights[2][2] = {{1.0, -1.0}, {0.0, 0.0}};
    double curve[9];
    require_error(fixture, lb_geometry_geodesic(geometry, a, b, 0, curve, NULL), LB_ERR_ARGUMENT,
                  "segments");
    require_error(fixture, lb_geometry_geodesic(geometry, a, bad, 2, curve, NULL), LB_ERR_NUMERIC,
                  "end");
    require_error(fixture, lb_geometry_exponential(geometry, a, bad, 2, curve), LB_ERR_NUMERIC,
                  "velocity");
    require_error(fixture,
                  lb_geometry_transport(geometry, bad, 1, LB_TRANSPORT_PROJECTION, a, curve),
                  LB_ERR_NUMERIC, "code");
    require_error(fixture, lb_geometry_mean(geometry, curve, NULL, 0, 2, curve, NULL),
                  LB_ERR_ARGUMENT, "no codes");
    for (size_t i = 0; i < 2; i++) {
        require_error(fixture,
                      lb_geometry_mean(geometry, (double[6]){1.0, 0.0, 0.0, 0.0, 1.0, 0.0},
                                       weights[i], 2, 2, curve, NULL),
                      LB_ERR_ARGUMENT, "weight");
    }
    /* Ends that coincide need no way. */
    struct lb_curve_info info;
    require_ok(fixture, lb_geometry_geodesic(geometry, a, a, 2, curve, &info));
    check_near("length of a standstill", 0, info.length, 0.0, 0.0);
    lb_geometry_destroy(&geometry);
    for (size_t i = 0; i < LB_COUNT(wrong); i++) {
        require_error(fixture, lb_geometry_create(&geometry, fixture->ctx, &wrong[i]),
                      LB_ERR_ARGUMENT, "geometry");
        assert_null(geometry);
    }
    const struct lb_projection failing = {
        .project = give_up, .user = &answer, .latent = 3, .dimension = 2};
    require_ok(fixture, lb_geometry_create(&geometry, fixture->ctx, &failing));
    require_error(fixture, lb_geometry_geodesic(geometry, a, b, 2, curve, NULL), LB_ERR_UNSUPPORTED,
                  "projection");
    answer = LB_OK;
    require_error(fixture, lb_geometry_geodesic(geometry, a, b, 2, curve, NULL), LB_ERR_NUMERIC,
                  "not finite");
    lb_geometry_destroy(&geometry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sphere_geodesic),
        cmocka_unit_test(test_sphere_exponential),
        cmocka_unit_test(test_rank),
        cmocka_unit_test(test_holonomy_of_triangles),
        cmocka_unit_test(test_holonomy_of_circles),
        cmocka_unit_test(test_mean),
        cmocka_unit_test(test_torus_geodesic),
        cmocka_unit_test(test_torus_exponential),
        cmocka_unit_test(test_torus_transport),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, open_context_fixture, close_context_fixture);
}
