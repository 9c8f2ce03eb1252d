/*
 * Derivatives from geodesic steps, on maps in double: embeddings whose singular values and bending
 * are known (method.md, section 3), and random quadratic maps of all small dimensions, against
 * plain quadrature over the directions.
 *
 * The stencil is exact for polynomials of degree 3, its rounding is some 1e-16 / h^2. Of the
 * embeddings, sines and cosines of frequency w <= 4 pi, it leaves relative errors of
 * (w h)^4 / 1440 in second and (w h)^4 / 480 in first derivatives: below 2e-8 for w h = 0.05.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/differential.h"
#include "manifold_reference.h"

enum { MAX_M = 4, MAX_L = 9, MAX_VALUES = 1 + 4 * MAX_M * (MAX_M + 1) / 2 };

static const double pi = 3.14159265358979323846;

/* The map at exp_x of the sum of coefficients times the frame at x. */
typedef void (*map_fn)(const void *user, const double *coefficients, double *value);

struct result {
    double sigma[MAX_M];
    double normal;
    double tangential;
};

static struct result differential_of(const struct device_fixture *fixture, size_t m, size_t l,
                                     double h, map_fn map, const void *user)
{
    float coefficients[MAX_VALUES * MAX_M];
    double values[MAX_VALUES * MAX_L];
    struct result result;
    lb_stencil_steps(m, h, coefficients);
    for (size_t i = 0; i < lb_stencil_size(m); i++) {
        double v[MAX_M];
        for (size_t k = 0; k < m; k++) {
            v[k] = (double)coefficients[i * m + k];
        }
        map(user, v, values + i * l);
    }
    struct lb_differential out = {.sigma = result.sigma};
    require_ok(fixture, lb_differential_of(fixture->ctx, m, l, h, values, &out));
    result.normal = out.normal;
    result.tangential = out.tangential;
    return result;
}

/* ---- known embeddings ------------------------------------------------------------------------ */

static const double place[3] = {0.36, 0.48, 0.8};
static const double east[3] = {0.8, -0.6, 0.0};
static const double north[3] = {-0.48, -0.64, 0.6};

/* exp on S^2 from `place`. */
static void sphere_exponential(const double *v, double *x)
{
    const double r = hypot(v[0], v[1]);
    const double sinc = r > 0.0 ? sin(r) / r : 1.0;
    for (int k = 0; k < 3; k++) {
        x[k] = cos(r) * place[k] + sinc * (v[0] * east[k] + v[1] * north[k]);
    }
}

static void map_sphere(const void *user, const double *v, double *value)
{
    const double *scale = user;
    sphere_exponential(v, value);
    for (int k = 0; k < 3; k++) {
        value[k] *= *scale;
    }
}

/* x x' / sqrt 2 */
static void map_rp2(const void *user, const double *v, double *value)
{
    const double *scale = user;
    double x[3];
    sphere_exponential(v, x);
    for (int k = 0; k < 9; k++) {
        value[k] = *scale * x[k / 3] * x[k % 3] * sqrt(0.5);
    }
}

/* R / sqrt 2, where R rotates about v by |v| (Rodrigues' formula) after a fixed rotation. */
static void map_so3(const void *user, const double *v, double *value)
{
    static const double first[9] = {0.36, 0.48, -0.8, -0.8, 0.6, 0.0, 0.48, 0.64, 0.6};
    const double *scale = user;
    const double r = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    const double sinc = r > 0.0 ? sin(r) / r : 1.0;
    const double second = r > 0.0 ? (1.0 - cos(r)) / (r * r) : 0.5;
    const double cross[9] = {0.0, -v[2], v[1], v[2], 0.0, -v[0], -v[1], v[0], 0.0};
    double turn[9];
    for (int k = 0; k < 9; k++) {
        turn[k] = (k % 4 == 0 ? cos(r) : 0.0) + sinc * cross[k] + second * v[k / 3] * v[k % 3];
    }
    for (int k = 0; k < 9; k++) {
        value[k] = 0.0;
        for (int j = 0; j < 3; j++) {
            value[k] += *scale * first[3 * (k / 3) + j] * turn[3 * j + k % 3] * sqrt(0.5);
        }
    }
}

/* Circles of sides 2 pi. */
static void map_torus(const void *user, const double *v, double *value)
{
    const double *scale = user;
    const double a = 0.7 + v[0];
    const double b = 5.1 + v[1];
    value[0] = *scale * cos(a);
    value[1] = *scale * sin(a);
    value[2] = *scale * cos(b);
    value[3] = *scale * sin(b);
}

static void map_klein(const void *user, const double *v, double *value)
{
    const double *scale = user;
    const double x = 2.0 * pi * (0.3 + v[0]);
    const double y = 2.0 * pi * (0.9 + v[1]);
    const double a = sqrt(3.0) / (4.0 * pi);
    const double b = 1.0 / (2.0 * pi);
    const double e = 1.0 / (4.0 * pi);
    value[0] = *scale * a * cos(x);
    value[1] = *scale * a * sin(x);
    value[2] = *scale * b * sin(y) * cos(0.5 * x);
    value[3] = *scale * b * sin(y) * sin(0.5 * x);
    value[4] = *scale * a * cos(y);
    value[5] = *scale * e * cos(y) * cos(x);
    value[6] = *scale * e * cos(y) * sin(x);
}

static void known_embeddings(void **state)
{
    /* The Hessian of an isometric embedding is normal: it is the second fundamental form. The
     * bending of these maps is h. */
    static const struct {
        const char *name;
        size_t m;
        size_t l;
        map_fn map;
        double bending;
    } cases[] = {{"sphere", 2, 3, map_sphere, 1.0},
                 {"rp2", 2, 9, map_rp2, 4.0},
                 {"so3", 3, 9, map_so3, 1.0},
                 {"torus", 2, 4, map_torus, 0.75}};
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        for (double scale = 0.5; scale < 1.6; scale += 0.5) {
            const struct result r =
                differential_of(*state, cases[i].m, cases[i].l, 0.015625, cases[i].map, &scale);
            for (size_t k = 0; k < cases[i].m; k++) {
                check_near(cases[i].name, k, r.sigma[k], scale, 1e-8);
            }
            check_near(cases[i].name, 100, r.normal, scale * scale * cases[i].bending, 1e-7);
            check_near(cases[i].name, 101, r.tangential, 0.0, 1e-7);
        }
    }
}

/* Compares the Klein bottle with derivatives calculated by hand, at the point of map_klein(). */
static void klein_bottle(void **state)
{
    const double scale = 1.25;
    const double h = 0.001953125;
    const double y = 2.0 * pi * 0.9;
    const double a = sqrt(3.0) / (4.0 * pi);
    const double b = 1.0 / (2.0 * pi);
    const double e = 1.0 / (4.0 * pi);
    const double w = 2.0 * pi;
    const double s = sin(y);
    const double c = cos(y);
    const double w4 = w * w * w * w;
    /* |f_xx|^2, |f_yy|^2, |f_xy|^2, <f_xx, f_yy>: the phases cancel. */
    const double xx = w4 * (a * a + b * b * s * s / 16.0 + e * e * c * c);
    const double yy = w4 * (b * b * s * s + a * a * c * c + e * e * c * c);
    const double xy = w4 * (b * b * c * c / 4.0 + e * e * s * s);
    const double mixed = w4 * (b * b * s * s / 4.0 + e * e * c * c);
    const double trace = xx + yy + 2.0 * mixed;
    const double bending = (trace + 2.0 * (xx + yy + 2.0 * xy)) / 8.0;
    const struct result r = differential_of(*state, 2, 7, h, map_klein, &scale);
    check_near("sigma", 0, r.sigma[0], scale, 1e-7);
    check_near("sigma", 1, r.sigma[1], scale, 1e-7);
    check_near("normal", 0, r.normal, scale * scale * bending, 1e-6 * bending);
    check_near("tangential", 0, r.tangential, 0.0, 1e-7 * bending);
}

/* ---- quadratic maps -------------------------------------------------------------------------- */

/* value = A v + B(v, v) / 2 */
struct quadratic {
    size_t m;
    size_t l;
    double a[MAX_L][MAX_M];
    double b[MAX_L][MAX_M][MAX_M];
};

static struct quadratic random_quadratic(size_t m, size_t l, uint32_t stream)
{
    struct quadratic q = {.m = m, .l = l};
    size_t number = 0;
    for (size_t k = 0; k < l; k++) {
        for (size_t i = 0; i < m; i++) {
            q.a[k][i] = (double)draw(stream, number++);
            for (size_t j = i; j < m; j++) {
                q.b[k][i][j] = 3.0 * (double)draw(stream, number++);
                q.b[k][j][i] = q.b[k][i][j];
            }
        }
    }
    return q;
}

/* B(v, v) */
static void curve(const struct quadratic *q, const double *v, double *value)
{
    for (size_t k = 0; k < q->l; k++) {
        value[k] = 0.0;
        for (size_t i = 0; i < q->m; i++) {
            for (size_t j = 0; j < q->m; j++) {
                value[k] += q->b[k][i][j] * v[i] * v[j];
            }
        }
    }
}

static void map_quadratic(const void *user, const double *v, double *value)
{
    const struct quadratic *q = user;
    curve(q, v, value);
    for (size_t k = 0; k < q->l; k++) {
        value[k] *= 0.5;
        for (size_t i = 0; i < q->m; i++) {
            value[k] += q->a[k][i] * v[i];
        }
    }
}

/* Orthonormal columns with the same span as A's; returns their number, at most l. */
static size_t orthonormalise(const struct quadratic *q, double basis[MAX_M][MAX_L])
{
    size_t rank = 0;
    for (size_t i = 0; i < q->m && rank < q->l; i++) {
        double column[MAX_L];
        for (size_t k = 0; k < q->l; k++) {
            column[k] = q->a[k][i];
        }
        for (int pass = 0; pass < 2; pass++) {
            for (size_t r = 0; r < rank; r++) {
                double product = 0.0;
                for (size_t k = 0; k < q->l; k++) {
                    product += basis[r][k] * column[k];
                }
                for (size_t k = 0; k < q->l; k++) {
                    column[k] -= product * basis[r][k];
                }
            }
        }
        const double length = length_of(column, (int)q->l);
        for (size_t k = 0; k < q->l; k++) {
            basis[rank][k] = column[k] / length;
        }
        rank++;
    }
    return rank;
}

/* |B(v, v)|^2 inside and outside the span of A, for one unit vector. */
static void add_direction(const struct quadratic *q, double basis[MAX_M][MAX_L], size_t rank,
                          const double *v, double weight, double *normal, double *tangential)
{
    double value[MAX_L];
    curve(q, v, value);
    const double whole = length_of(value, (int)q->l);
    double inner = 0.0;
    for (size_t r = 0; r < rank; r++) {
        double product = 0.0;
        for (size_t k = 0; k < q->l; k++) {
            product += basis[r][k] * value[k];
        }
        inner += product * product;
    }
    *tangential += weight * inner;
    *normal += weight * (whole * whole - inner);
}

/* The means over all directions of S^(m-1), m <= 3, by quadrature rules that are exact for degree
   4. */
static void quadrature(const struct quadratic *q, double *normal, double *tangential)
{
    double basis[MAX_M][MAX_L];
    const size_t rank = orthonormalise(q, basis);
    *normal = 0.0;
    *tangential = 0.0;
    if (q->m == 1) {
        const double v[1] = {1.0};
        add_direction(q, basis, rank, v, 1.0, normal, tangential);
        return;
    }
    /* Gauss-Legendre in z, equal steps in the angle. */
    const double z[3] = {-sqrt(0.6), 0.0, sqrt(0.6)};
    const double weights[3] = {5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0};
    enum { TURNS = 12 };
    for (int i = 0; i < (q->m == 3 ? 3 : 1); i++) {
        for (int j = 0; j < TURNS; j++) {
            const double height = q->m == 3 ? z[i] : 0.0;
            const double weight = (q->m == 3 ? weights[i] : 1.0) / TURNS;
            const double radius = sqrt(1.0 - height * height);
            const double angle = 2.0 * pi * (j + 0.3) / TURNS;
            const double v[3] = {radius * cos(angle), radius * sin(angle), height};
            add_direction(q, basis, rank, v, weight, normal, tangential);
        }
    }
}

/* sigma^2 as eigenvalues of A'A: the determinant of A'A - sigma^2 I vanishes. */
static double characteristic(const struct quadratic *q, double square)
{
    double g[3][3] = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}};
    for (size_t i = 0; i < q->m; i++) {
        for (size_t j = 0; j < q->m; j++) {
            g[i][j] = i == j ? -square : 0.0;
            for (size_t k = 0; k < q->l; k++) {
                g[i][j] += q->a[k][i] * q->a[k][j];
            }
        }
    }
    return g[0][0] * (g[1][1] * g[2][2] - g[1][2] * g[2][1]) -
           g[0][1] * (g[1][0] * g[2][2] - g[1][2] * g[2][0]) +
           g[0][2] * (g[1][0] * g[2][1] - g[1][1] * g[2][0]);
}

static void quadratic_maps(void **state)
{
    for (size_t m = 1; m <= 3; m++) {
        for (size_t l = 1; l <= MAX_L; l++) {
            const struct quadratic q = random_quadratic(m, l, (uint32_t)(10 * m + l));
            const struct result r = differential_of(*state, m, l, 0.125, map_quadratic, &q);
            double normal;
            double tangential;
            double squares = 0.0;
            double expected = 0.0;
            quadrature(&q, &normal, &tangential);
            /* Steps are float32: the length of (e_i + e_j) / sqrt 2 is off by up to 2^-25. */
            const double tolerance = 1e-6 * (normal + tangential);
            check_near("normal", 10 * m + l, r.normal, normal, tolerance);
            check_near("tangential", 10 * m + l, r.tangential, tangential, tolerance);
            for (size_t i = 0; i < m; i++) {
                check_near("characteristic", 10 * m + l,
                           characteristic(&q, r.sigma[i] * r.sigma[i]), 0.0, 1e-12);
                assert_true(i == 0 || r.sigma[i] <= r.sigma[i - 1]);
                squares += r.sigma[i] * r.sigma[i];
                for (size_t k = 0; k < l; k++) {
                    expected += q.a[k][i] * q.a[k][i];
                }
            }
            check_near("sum of squares", 10 * m + l, squares, expected, 1e-12);
            if (l < m) {
                check_near("smallest", l, r.sigma[m - 1], 0.0, 0.0);
                check_near("normal", l, r.normal, 0.0, tolerance);
            }
        }
    }
}

/* A direction that is lost to rounding of codes does not contribute to the tangent space. */
static void lost_directions(void **state)
{
    struct quadratic q = random_quadratic(2, 3, 77);
    for (int scale = 0; scale < 3; scale++) {
        const double small = scale == 0 ? 0.0 : scale == 1 ? 1e-7 : 1e-3;
        double basis[MAX_M][MAX_L];
        for (size_t k = 0; k < 3; k++) {
            q.a[k][0] = k == 0 ? 1.0 : 0.0;
            q.a[k][1] = k == 1 ? small : 0.0;
        }
        const struct result r = differential_of(*state, 2, 3, 0.125, map_quadratic, &q);
        double normal = 0.0;
        double tangential = 0.0;
        basis[0][0] = basis[1][1] = 1.0;
        basis[0][1] = basis[0][2] = basis[1][0] = basis[1][2] = 0.0;
        for (int j = 0; j < 12; j++) {
            const double v[2] = {cos(pi * j / 12.0), sin(pi * j / 12.0)};
            add_direction(&q, basis, small > 1e-5 ? 2 : 1, v, 1.0 / 12.0, &normal, &tangential);
        }
        check_near("normal", (size_t)scale, r.normal, normal, 1e-6 * (normal + tangential));
        check_near("tangential", (size_t)scale, r.tangential, tangential,
                   1e-6 * (normal + tangential));
        check_near("sigma", (size_t)scale, r.sigma[1], small, 1e-15);
    }
}

/* ---- the order ------------------------------------------------------------------------------- */

static void map_wave(const void *user, const double *v, double *value)
{
    (void)user;
    value[0] = sin(0.4 + v[0]);
}

/* Halving h divides the error of the second derivative by 16. */
static void order_is_four(void **state)
{
    (void)state;
    double error[2];
    for (int i = 0; i < 2; i++) {
        const double h = i == 0 ? 0.5 : 0.25;
        float coefficients[5];
        double values[5];
        double second;
        lb_stencil_steps(1, h, coefficients);
        for (int k = 0; k < 5; k++) {
            const double v = (double)coefficients[k];
            map_wave(NULL, &v, &values[k]);
        }
        lb_stencil_second(1, 1, h, values, &second);
        error[i] = second + sin(0.4);
    }
    check_near("error at h = 1/2", 0, error[0], sin(0.4) * pow(0.5, 4) / 1440.0, 1e-7);
    check_near("quotient of errors", 0, error[0] / error[1], 16.0, 0.3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_embeddings), cmocka_unit_test(klein_bottle),
        cmocka_unit_test(quadratic_maps),   cmocka_unit_test(lost_directions),
        cmocka_unit_test(order_is_four),
    };
    return cmocka_run_group_tests_name("differential", tests, open_context_fixture,
                                       close_context_fixture);
}
