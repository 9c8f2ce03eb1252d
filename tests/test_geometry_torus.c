/*
 * Calculus on the torus of revolution, known by an analytic projection, in double, against its
 * geodesic equation, solved by the classical Runge-Kutta method in steps so short that its error is
 * far below what is measured.
 */
#include "geometry_support.h"

#include <math.h>

#include "latent/geometry.h"

static const double pi = 3.14159265358979323846;

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

/* A geodesic of unit speed from a random point, whose direction deviates by at most `spread` from
 * that around the axis. */
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
        /* Half a turn around the tube has length 0.63: longer geodesics must not go around it, or
           they would not be shortest. */
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

/* On a surface, a geodesic's velocity is parallel along the geodesic, and so is the vector
   perpendicular to it. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_torus_geodesic),
        cmocka_unit_test(test_torus_exponential),
        cmocka_unit_test(test_torus_transport),
    };
    return cmocka_run_group_tests(tests, open_context_fixture, close_context_fixture);
}
