/* The sphere in R^3, the projective plane as x x^T / sqrt 2 in R^9, SO(3) as R / sqrt 2 in R^9. */
#include <math.h>

#include "geometry/analytic_table.h"
#include "geometry/harmonic.h"

#define PI 3.14159265358979323846

static double dot(const double *a, const double *b, int n)
{
    double sum = 0.0;
    for (int k = 0; k < n; k++) {
        sum += a[k] * b[k];
    }
    return sum;
}

/* v / |v|, or the first axis for v = 0; returns |v|. */
static double normalise(double *v, int n)
{
    const double size = sqrt(dot(v, v, n));
    for (int k = 0; k < n; k++) {
        v[k] = size > 0.0 ? v[k] / size : (double)(k == 0);
    }
    return size;
}

/* ---- sphere and projective plane ------------------------------------------------------------- */

static void sphere_draw(struct lb_random *random, double *x)
{
    lb_random_direction(random, 3, x);
}

static void sphere_place(int i, int n, double *x)
{
    (void)i;
    (void)n;
    x[0] = 0.6;
    x[1] = 0.0;
    x[2] = 0.8;
}

/* The frame of Duff et al. 2017, which has no singularity. */
static void sphere_tangent(const double *x, const double *u, double *v)
{
    const double sign = copysign(1.0, x[2]);
    const double a = -1.0 / (sign + x[2]);
    const double b = x[0] * x[1] * a;
    v[0] = u[0] * (1.0 + sign * x[0] * x[0] * a) + u[1] * b;
    v[1] = u[0] * sign * b + u[1] * (sign + x[1] * x[1] * a);
    v[2] = -u[0] * sign * x[0] - u[1] * x[1];
}

/* Density sin r, by inverting 1 - cos r = 2 sin^2(r/2), relative to the ball's. */
static double sphere_radius(double share, double low, double high)
{
    const double whole = sin(0.5 * high);
    const double inner = sin(0.5 * low) / whole;
    const double s = sqrt(inner * inner + share * (1.0 - inner * inner));
    return fmin(fmax(2.0 * asin(whole * s), low), high);
}

static double sphere_density(double r)
{
    return sin(r);
}

/* The part of sign y orthogonal to x, computed from the difference, which is exact for
 * neighbours. */
static double line_logarithm(const double *x, const double *y, double sign, int n, double *v)
{
    double along = 0.0;
    double apart_squared = 0.0;
    double across_squared = 0.0;
    for (int k = 0; k < n; k++) {
        const double across = sign * y[k] + x[k];
        v[k] = sign * y[k] - x[k];
        along += v[k] * x[k];
        apart_squared += v[k] * v[k];
        across_squared += across * across;
    }
    for (int k = 0; k < n; k++) {
        v[k] -= along * x[k];
    }
    normalise(v, n);
    return 2.0 * atan2(sqrt(apart_squared), sqrt(across_squared));
}

static double sphere_logarithm(const double *x, const double *y, double *v)
{
    return line_logarithm(x, y, 1.0, 3, v);
}

static double rp2_logarithm(const double *x, const double *y, double *v)
{
    return line_logarithm(x, y, dot(x, y, 3) < 0.0 ? -1.0 : 1.0, 3, v);
}

static void sphere_advance(const double *x, const double *v, double t, double *y, double *w)
{
    for (int k = 0; k < 3; k++) {
        y[k] = cos(t) * x[k] + sin(t) * v[k];
        w[k] = cos(t) * v[k] - sin(t) * x[k];
    }
}

static void sphere_embed(const double *x, double *phi)
{
    for (int k = 0; k < 3; k++) {
        phi[k] = x[k];
    }
}

static void rp2_embed(const double *x, double *phi)
{
    for (int k = 0; k < 9; k++) {
        phi[k] = sqrt(0.5) * x[k / 3] * x[k % 3];
    }
}

/* cos t x + sin t v */
static void sphere_quotients(const double *x, const double *v, double d, struct lb_quotients *out)
{
    struct lb_harmonics curve = {0};
    struct lb_harmonic *term = lb_harmonics_add(&curve, 1.0);
    for (int k = 0; k < 3; k++) {
        term->cosine[k] = x[k];
        term->sine[k] = v[k];
    }
    lb_harmonics_quotients(&curve, 3, d, out);
}

/* Its square: 2 z z^T = (x x^T + v v^T) + cos 2t (x x^T - v v^T) + sin 2t (x v^T + v x^T). */
static void rp2_quotients(const double *x, const double *v, double d, struct lb_quotients *out)
{
    struct lb_harmonics curve = {0};
    struct lb_harmonic *term = lb_harmonics_add(&curve, 2.0);
    const double scale = 0.5 * sqrt(0.5);
    for (int k = 0; k < 9; k++) {
        const int i = k / 3;
        const int j = k % 3;
        term->cosine[k] = scale * (x[i] * x[j] - v[i] * v[j]);
        term->sine[k] = scale * (x[i] * v[j] + v[i] * x[j]);
    }
    lb_harmonics_quotients(&curve, 9, d, out);
}

const struct lb_analytic lb_analytic_sphere = {
    .name = "sphere",
    .alias = "sphere-points",
    .dimension = 2,
    .point_size = 3,
    .channels = 3,
    .injectivity_radius = PI,
    .volume = 4.0 * PI,
    .limit_bending = 1.0,
    .epsilon = 0.8,
    .quadrature_points = 1,
    .quadrature_directions = 1,
    .draw = sphere_draw,
    .place = sphere_place,
    .tangent = sphere_tangent,
    .radius = sphere_radius,
    .density = sphere_density,
    .logarithm = sphere_logarithm,
    .embed = sphere_embed,
    .advance = sphere_advance,
    .quotients = sphere_quotients,
};

const struct lb_analytic lb_analytic_rp2 = {
    .name = "rp2-points",
    .dimension = 2,
    .point_size = 3,
    .channels = 9,
    .injectivity_radius = 0.5 * PI,
    .volume = 2.0 * PI,
    .limit_bending = 4.0,
    .epsilon = 0.8,
    .quadrature_points = 1,
    .quadrature_directions = 1,
    .draw = sphere_draw,
    .place = sphere_place,
    .tangent = sphere_tangent,
    .radius = sphere_radius,
    .density = sphere_density,
    .logarithm = rp2_logarithm,
    .embed = rp2_embed,
    .advance = sphere_advance,
    .quotients = rp2_quotients,
};

/* ---- rotations: quaternions (w,x,y,z); tangent vectors are rotation vectors in the body's frame
 */

/* Shoemake 1992: two circles of radii sqrt(1-u) and sqrt(u). */
static void so3_draw(struct lb_random *random, double *q)
{
    const double share = lb_random_uniform(random);
    double circles[4];
    lb_random_direction(random, 2, circles);
    lb_random_direction(random, 2, circles + 2);
    for (int k = 0; k < 4; k++) {
        q[k] = sqrt(k < 2 ? 1.0 - share : share) * circles[k];
    }
    normalise(q, 4);
}

static void so3_place(int i, int n, double *q)
{
    (void)i;
    (void)n;
    q[0] = q[1] = q[2] = q[3] = 0.5;
}

static void so3_tangent(const double *q, const double *u, double *v)
{
    (void)q;
    for (int k = 0; k < 3; k++) {
        v[k] = u[k];
    }
}

/* 6 (r - sin r) / r^3, by its series where the difference would cancel. */
static double so3_volume(double r)
{
    const double z = r * r;
    if (r > 1.0) {
        return 6.0 * (r - sin(r)) / (r * z);
    }
    const double tail = 1.0 - z / 110.0 * (1.0 - z / 156.0 * (1.0 - z / 210.0 * (1.0 - z / 272.0)));
    return 1.0 - z / 20.0 * (1.0 - z / 42.0 * (1.0 - z / 72.0 * tail));
}

static double so3_density(double r)
{
    const double s = sin(0.5 * r);
    return s * s;
}

/* Density sin^2(r/2): inverts r - sin r by Newton's method, starting from the flat density, with
 * unknown rho = r / high to avoid underflow. The function is convex, so the iteration decreases
 * after one step. */
static double so3_radius(double share, double low, double high)
{
    const double ratio = low / high;
    const double inner = ratio * ratio * ratio * so3_volume(low);
    const double wanted = inner + share * (so3_volume(high) - inner);
    double rho = fmin(cbrt(wanted), 1.0);
    for (int step = 0; step < 60; step++) {
        const double r = rho * high;
        const double half = 0.5 * r;
        const double sinc = half > 0.0 ? sin(half) / half : 1.0;
        const double move =
            (rho * rho * rho * so3_volume(r) - wanted) / (3.0 * rho * rho * sinc * sinc);
        rho -= move;
        if (fabs(move) <= 4e-16 * rho) {
            break;
        }
    }
    return fmin(fmax(rho * high, low), high);
}

/* The vector part of q* p, whose half-angle is the angle between the unit vectors q and p. */
static double so3_logarithm(const double *q, const double *p, double *v)
{
    const double sign = dot(q, p, 4) < 0.0 ? -1.0 : 1.0;
    double d[4]; // p - q: q* p has the vector part of q* (p - q)
    double unused[4];
    for (int k = 0; k < 4; k++) {
        d[k] = sign * p[k] - q[k];
    }
    v[0] = q[0] * d[1] - q[1] * d[0] - (q[2] * d[3] - q[3] * d[2]);
    v[1] = q[0] * d[2] - q[2] * d[0] - (q[3] * d[1] - q[1] * d[3]);
    v[2] = q[0] * d[3] - q[3] * d[0] - (q[1] * d[2] - q[2] * d[1]);
    normalise(v, 3);
    return 2.0 * line_logarithm(q, p, sign, 4, unused);
}

/* q (cos t/2, sin t/2 v): the tangent is constant in the body frame. */
static void so3_advance(const double *q, const double *v, double t, double *p, double *w)
{
    const double c = cos(0.5 * t);
    const double s = sin(0.5 * t);
    p[0] = c * q[0] - s * dot(q + 1, v, 3);
    p[1] = c * q[1] + s * (q[0] * v[0] + q[2] * v[2] - q[3] * v[1]);
    p[2] = c * q[2] + s * (q[0] * v[1] + q[3] * v[0] - q[1] * v[2]);
    p[3] = c * q[3] + s * (q[0] * v[2] + q[1] * v[1] - q[2] * v[0]);
    for (int k = 0; k < 3; k++) {
        w[k] = v[k];
    }
}

/* The rotation matrix, row-major. */
static void rotation(const double *q, double *r)
{
    const double w = q[0];
    const double x = q[1];
    const double y = q[2];
    const double z = q[3];
    r[0] = w * w + x * x - y * y - z * z;
    r[1] = 2.0 * (x * y - w * z);
    r[2] = 2.0 * (x * z + w * y);
    r[3] = 2.0 * (x * y + w * z);
    r[4] = w * w - x * x + y * y - z * z;
    r[5] = 2.0 * (y * z - w * x);
    r[6] = 2.0 * (x * z - w * y);
    r[7] = 2.0 * (y * z + w * x);
    r[8] = w * w - x * x - y * y + z * z;
}

static void so3_embed(const double *q, double *phi)
{
    rotation(q, phi);
    for (int k = 0; k < 9; k++) {
        phi[k] *= sqrt(0.5);
    }
}

/* Rodrigues: R exp(t [v]) = R + R [v]^2 + sin t R [v] - cos t R [v]^2, row by row: r [v] = r x v.
 */
static void so3_quotients(const double *q, const double *v, double d, struct lb_quotients *out)
{
    struct lb_harmonics curve = {0};
    struct lb_harmonic *term = lb_harmonics_add(&curve, 1.0);
    double r[9];
    rotation(q, r);
    for (int row = 0; row < 9; row += 3) {
        const double along = dot(r + row, v, 3);
        for (int k = 0; k < 3; k++) {
            const int i = (k + 1) % 3;
            const int j = (k + 2) % 3;
            term->sine[row + k] = sqrt(0.5) * (r[row + i] * v[j] - r[row + j] * v[i]);
            term->cosine[row + k] = sqrt(0.5) * (r[row + k] - along * v[k]);
        }
    }
    lb_harmonics_quotients(&curve, 9, d, out);
}

const struct lb_analytic lb_analytic_so3 = {
    .name = "so3-points",
    .dimension = 3,
    .point_size = 4,
    .channels = 9,
    .injectivity_radius = PI,
    .volume = 8.0 * PI * PI,
    .limit_bending = 1.0,
    .epsilon = 0.8,
    .quadrature_points = 1,
    .quadrature_directions = 1,
    .draw = so3_draw,
    .place = so3_place,
    .tangent = so3_tangent,
    .radius = so3_radius,
    .density = so3_density,
    .logarithm = so3_logarithm,
    .embed = so3_embed,
    .advance = so3_advance,
    .quotients = so3_quotients,
};
