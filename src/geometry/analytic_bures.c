/*
 * Covariances (S11, S12, S22) with the Bures-Wasserstein metric, embedded in R^4 by
 * (sqrt t / 2) (n, sqrt 3), t = tr S, as cl/manifold/bures.cl says. Tangent vectors at A are the
 * symmetric L of exp_A(s L) = (I + sL) A (I + sL), with |L|^2 = tr(L A L).
 */
#include <math.h>

#include "geometry/analytic_table.h"
#include "geometry/harmonic.h"

/* The region of bures.cl */
#define MIN_EIGENVALUE 0.25
#define MAX_TRACE      4.0

enum { TRIES = 1000 };

static double trace(const double *s)
{
    return s[0] + s[2];
}

static double determinant(const double *s)
{
    return s[0] * s[2] - s[1] * s[1];
}

static bool contains(const double *s)
{
    const double larger = 0.5 * trace(s) + hypot(0.5 * (s[0] - s[2]), s[1]);
    return determinant(s) >= MIN_EIGENVALUE * larger && trace(s) <= MAX_TRACE;
}

/* n uniform on the smallest cap and rho^3 uniform in the interval that hold the region. */
static void bures_draw(struct lb_random *random, double *s)
{
    const double rim = 1.0 - 2.0 * MIN_EIGENVALUE / MAX_TRACE;
    const double height = rim * rim / (1.0 + sqrt(1.0 - rim * rim));
    const double low = pow(2.0 * MIN_EIGENVALUE, 1.5);
    const double high = pow(MAX_TRACE, 1.5);
    for (int i = 0; i < TRIES; i++) {
        double way[2];
        lb_random_direction(random, 2, way);
        const double depth = height * lb_random_uniform(random);
        const double radius = sqrt(depth * (2.0 - depth));
        const double rho = cbrt(low + (high - low) * lb_random_uniform(random));
        const double half_trace = 0.5 * rho * rho;
        s[0] = half_trace * (1.0 + radius * way[0]);
        s[1] = half_trace * radius * way[1];
        s[2] = half_trace * (1.0 - radius * way[0]);
        if (contains(s)) {
            break;
        }
    }
}

/* |L|^2 as a sum of squares: A11 (L11 + A12/A11 L12)^2 + A22 (L22 + A12/A22 L12)^2
 * + tr A det A / (A11 A22) L12^2. */
static void bures_tangent(const double *a, const double *u, double *l)
{
    l[1] = u[2] * sqrt(a[0] * a[2] / (trace(a) * determinant(a)));
    l[0] = u[0] / sqrt(a[0]) - a[1] / a[0] * l[1];
    l[2] = u[1] / sqrt(a[2]) - a[1] / a[2] * l[1];
}

static double bures_radius(double share, double low, double high)
{
    return lb_flat_radius(share, low, high, 3);
}

static double bures_density(double r)
{
    return r * r;
}

/* L A + A L */
static void anticommutator(const double *l, const double *a, double *out)
{
    out[0] = 2.0 * (l[0] * a[0] + l[1] * a[1]);
    out[1] = trace(l) * a[1] + trace(a) * l[1];
    out[2] = 2.0 * (l[1] * a[1] + l[2] * a[2]);
}

/* L A L */
static void sandwich(const double *l, const double *a, double *out)
{
    const double top[2] = {l[0] * a[0] + l[1] * a[1], l[0] * a[1] + l[1] * a[2]};
    const double bottom[2] = {l[1] * a[0] + l[2] * a[1], l[1] * a[1] + l[2] * a[2]};
    out[0] = top[0] * l[0] + top[1] * l[1];
    out[1] = top[0] * l[1] + top[1] * l[2];
    out[2] = bottom[0] * l[1] + bottom[1] * l[2];
}

static void exponential(const double *a, const double *l, double d, double *s)
{
    double linear[3];
    double square[3];
    anticommutator(l, a, linear);
    sandwich(l, a, square);
    for (int k = 0; k < 3; k++) {
        s[k] = a[k] + d * (linear[k] + d * square[k]);
    }
}

static bool bures_stays(const double *a, const double *l, double d)
{
    double s[3];
    exponential(a, l, d, s);
    return contains(s);
}

/* I + (d + e) L = (I + e L') (I + d L), so the tangent is L' = L (I + d L)^-1, by L adj L = det L.
 */
static void bures_advance(const double *a, const double *l, double d, double *s, double *w)
{
    const double det = determinant(l);
    const double divisor = 1.0 + d * (trace(l) + d * det);
    exponential(a, l, d, s);
    w[0] = (l[0] + d * det) / divisor;
    w[1] = l[1] / divisor;
    w[2] = (l[2] + d * det) / divisor;
}

/* The optimal map I + L from A to B: (B + sqrt(det B / det A) adj A) / tr (AB)^(1/2). */
static double bures_logarithm(const double *a, const double *b, double *l)
{
    const double det_a = determinant(a);
    const double det_b = determinant(b);
    const double product = a[0] * b[0] + 2.0 * a[1] * b[1] + a[2] * b[2];
    const double root = sqrt(product + 2.0 * sqrt(det_a * det_b));
    const double ratio = sqrt(det_b / det_a);
    double square[3];
    l[0] = (b[0] + ratio * a[2]) / root - 1.0;
    l[1] = (b[1] - ratio * a[1]) / root;
    l[2] = (b[2] + ratio * a[0]) / root - 1.0;
    sandwich(l, a, square);
    const double d = sqrt(fmax(trace(square), 0.0));
    for (int k = 0; k < 3; k++) {
        l[k] = d > 0.0 ? l[k] / d : (double)(k == 0) / sqrt(a[0]);
    }
    return d;
}

static void bures_embed(const double *s, double *phi)
{
    const double root = sqrt(trace(s));
    phi[0] = 0.5 * (s[0] - s[2]) / root;
    phi[1] = s[1] / root;
    phi[2] = sqrt(determinant(s)) / root;
    phi[3] = sqrt(0.75) * root;
}

/* ---- quotients ------------------------------------------------------------------------------- */

/* p[0] + p[1] s + p[2] s^2 */
typedef double quadratic[3];

static double value(const quadratic p, double s)
{
    return p[0] + s * (p[1] + s * p[2]);
}

/* The divided difference p[a,b]; p[a,b,c] is p[2]. */
static double difference(const quadratic p, double a, double b)
{
    return p[1] + p[2] * (a + b);
}

/* Along the geodesic phi = (q / r, sqrt(3)/2 r) with r = sqrt t, q and t quadratic in s. */
struct path {
    quadratic t;
    quadratic q[3];
};

static void path_start(struct path *path, const double *a, const double *l)
{
    double linear[3];
    double square[3];
    anticommutator(l, a, linear);
    sandwich(l, a, square);
    const double *const terms[3] = {a, linear, square};
    const double root = sqrt(determinant(a)); // sqrt det S = det(I + sL) sqrt det A
    const double factors[3] = {1.0, trace(l), determinant(l)};
    for (int i = 0; i < 3; i++) {
        path->t[i] = trace(terms[i]);
        path->q[0][i] = 0.5 * (terms[i][0] - terms[i][2]);
        path->q[1][i] = terms[i][1];
        path->q[2][i] = root * factors[i];
    }
}

/* |phi[a,b]|^2, from q = (q/r) r by Leibniz' rule for divided differences, as below. */
static double first_squared(const struct path *path, double a, double b)
{
    const double ra = sqrt(value(path->t, a));
    const double rb = sqrt(value(path->t, b));
    const double r_ab = difference(path->t, a, b) / (ra + rb);
    double sum = 0.75 * r_ab * r_ab;
    for (int k = 0; k < 3; k++) {
        const double phi_a = value(path->q[k], a) / ra;
        const double phi_ab = (difference(path->q[k], a, b) - phi_a * r_ab) / rb;
        sum += phi_ab * phi_ab;
    }
    return sum;
}

/* |2 phi[a,m,b]|^2, m = (a+b)/2: the second quotient, and the second derivative for a = b. From
 * (fg)[a,m,b] = f(a) g[a,m,b] + f[a,m] g[m,b] + f[a,m,b] g(b) with r r = t and (q/r) r = q. */
static double second_squared(const struct path *path, double a, double b)
{
    const double m = 0.5 * (a + b);
    const double ra = sqrt(value(path->t, a));
    const double rm = sqrt(value(path->t, m));
    const double rb = sqrt(value(path->t, b));
    const double r_am = difference(path->t, a, m) / (ra + rm);
    const double r_mb = difference(path->t, m, b) / (rm + rb);
    const double r_amb = (path->t[2] - r_am * r_mb) / (ra + rb);
    double sum = 0.75 * r_amb * r_amb;
    for (int k = 0; k < 3; k++) {
        const double phi_a = value(path->q[k], a) / ra;
        const double phi_am = (difference(path->q[k], a, m) - phi_a * r_am) / rm;
        const double phi_amb = (path->q[k][2] - phi_a * r_amb - phi_am * r_mb) / rb;
        sum += phi_amb * phi_amb;
    }
    return 4.0 * sum;
}

static void bures_quotients(const double *a, const double *l, double d, struct lb_quotients *out)
{
    struct path path;
    path_start(&path, a, l);
    out->excess = first_squared(&path, 0.0, d) - 1.0;
    out->bending = second_squared(&path, 0.0, d);
    out->change = out->bending - second_squared(&path, 0.5 * d, 0.5 * d);
}

/* With rho = sqrt t and u = 1 - 2 MIN_EIGENVALUE / t, the sine of the cap that n is in at rho:
 * volume = integral (rho/2)^2 2 pi (1 - sqrt(1 - u^2)) drho, and the limit is the mean of 8/(5t).
 */
const struct lb_analytic lb_analytic_bures = {
    .name = "bures-points",
    .dimension = 3,
    .point_size = 3,
    .channels = 4,
    .injectivity_radius = 0.5,
    .volume = 1.4716138809389656,
    .limit_bending = 0.6352614312212663,
    .epsilon = 0.2,
    .bounded = true,
    .draw = bures_draw,
    .tangent = bures_tangent,
    .radius = bures_radius,
    .density = bures_density,
    .stays = bures_stays,
    .logarithm = bures_logarithm,
    .embed = bures_embed,
    .advance = bures_advance,
    .quotients = bures_quotients,
};
