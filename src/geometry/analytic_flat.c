/* The flat torus (cos a, sin a, cos b, sin b) in R^4, and the flat Klein bottle in R^7. */
#include <math.h>

#include "geometry/analytic_table.h"
#include "geometry/harmonic.h"

#define PI 3.14159265358979323846

static void flat_tangent(const double *x, const double *u, double *v)
{
    (void)x;
    v[0] = u[0];
    v[1] = u[1];
}

static double flat_radius(double share, double low, double high)
{
    return lb_flat_radius(share, low, high, 2);
}

static double flat_density(double r)
{
    return r;
}

/* Returns the length and normalises v. */
static double finish_logarithm(double *v)
{
    const double d = hypot(v[0], v[1]);
    v[0] = d > 0.0 ? v[0] / d : 1.0;
    v[1] = d > 0.0 ? v[1] / d : 0.0;
    return d;
}

/* Coordinates may leave the fundamental domain: the embeddings are defined on the whole plane. */
static void flat_advance(const double *x, const double *v, double t, double *y, double *w)
{
    for (int k = 0; k < 2; k++) {
        y[k] = x[k] + t * v[k];
        w[k] = v[k];
    }
}

/* ---- torus ----------------------------------------------------------------------------------- */

static void torus_draw(struct lb_random *random, double *x)
{
    x[0] = 2.0 * PI * lb_random_uniform(random);
    x[1] = 2.0 * PI * lb_random_uniform(random);
}

static void torus_place(int i, int n, double *x)
{
    x[0] = 2.0 * PI * i / n;
    x[1] = 0.0;
}

static double torus_logarithm(const double *x, const double *y, double *v)
{
    for (int k = 0; k < 2; k++) {
        v[k] = remainder(y[k] - x[k], 2.0 * PI);
    }
    return finish_logarithm(v);
}

static void torus_embed(const double *x, double *phi)
{
    phi[0] = cos(x[0]);
    phi[1] = sin(x[0]);
    phi[2] = cos(x[1]);
    phi[3] = sin(x[1]);
}

static void torus_quotients(const double *x, const double *v, double d, struct lb_quotients *out)
{
    struct lb_harmonics curve = {0};
    for (int k = 0; k < 2; k++) {
        struct lb_harmonic *term = lb_harmonics_add(&curve, v[k]);
        const double c = cos(x[k]);
        const double s = sin(x[k]);
        term->cosine[2 * k] = c;
        term->cosine[2 * k + 1] = s;
        term->sine[2 * k] = -s;
        term->sine[2 * k + 1] = c;
    }
    lb_harmonics_quotients(&curve, 4, d, out);
}

const struct lb_analytic lb_analytic_torus = {
    .name = "torus-points",
    .dimension = 2,
    .point_size = 2,
    .channels = 4,
    .injectivity_radius = PI,
    .volume = 4.0 * PI * PI,
    .limit_bending = 0.75,
    .epsilon = 0.8,
    .quadrature_points = 1,
    .quadrature_directions = 64,
    .draw = torus_draw,
    .place = torus_place,
    .tangent = flat_tangent,
    .radius = flat_radius,
    .density = flat_density,
    .logarithm = torus_logarithm,
    .embed = torus_embed,
    .advance = flat_advance,
    .quotients = torus_quotients,
};

/* ---- Klein bottle: the unit square, (x,y) ~ (x+1,-y) ~ (x,y+1) ------------------------------- */

static void klein_draw(struct lb_random *random, double *x)
{
    x[0] = lb_random_uniform(random);
    x[1] = lb_random_uniform(random);
}

/* A shift of x rotates R^7: only y matters. */
static void klein_place(int i, int n, double *x)
{
    x[0] = 0.0;
    x[1] = (double)i / n;
}

/* The shorter of the direct way and the way once around, where y is mirrored. */
static double klein_logarithm(const double *x, const double *y, double *v)
{
    const double direct[2] = {y[0] - x[0], remainder(y[1] - x[1], 1.0)};
    const double turn = y[0] > x[0] ? -1.0 : 1.0;
    const double round[2] = {y[0] - x[0] + turn, remainder(-y[1] - x[1], 1.0)};
    const double *shorter =
        hypot(direct[0], direct[1]) <= hypot(round[0], round[1]) ? direct : round;
    v[0] = shorter[0];
    v[1] = shorter[1];
    return finish_logarithm(v);
}

/*
 * A component as a sum of waves: amplitude sin(2 pi (p x + q y) + phase), a cosine for phase pi/2.
 * Products in the embedding of cl/dataset/klein-points.cl are sums of two waves: sin Y cos X/2 =
 * (sin(Y + X/2) + sin(Y - X/2)) / 2 and so on.
 */
struct wave {
    int channel;
    double amplitude;
    double p;
    double q;
    bool cosine;
};

#define KLEIN_A (0.43301270189221932338 / PI) /* sqrt(3) / 4 */
#define KLEIN_B (0.5 / PI)
#define KLEIN_E (0.25 / PI)

static const struct wave waves[] = {
    {0, KLEIN_A, 1.0, 0.0, true},         {1, KLEIN_A, 1.0, 0.0, false},
    {2, 0.5 * KLEIN_B, 0.5, 1.0, false},  {3, -0.5 * KLEIN_B, 0.5, 1.0, true},
    {2, 0.5 * KLEIN_B, -0.5, 1.0, false}, {3, 0.5 * KLEIN_B, -0.5, 1.0, true},
    {4, KLEIN_A, 0.0, 1.0, true},         {5, 0.5 * KLEIN_E, 1.0, 1.0, true},
    {6, 0.5 * KLEIN_E, 1.0, 1.0, false},  {5, 0.5 * KLEIN_E, 1.0, -1.0, true},
    {6, 0.5 * KLEIN_E, 1.0, -1.0, false},
};
enum { WAVES = sizeof waves / sizeof waves[0] };

static void klein_embed(const double *x, double *phi)
{
    for (int k = 0; k < 7; k++) {
        phi[k] = 0.0;
    }
    for (int i = 0; i < WAVES; i++) {
        const struct wave *wave = &waves[i];
        const double angle = 2.0 * PI * (wave->p * x[0] + wave->q * x[1]);
        phi[wave->channel] += wave->amplitude * (wave->cosine ? cos(angle) : sin(angle));
    }
}

static void klein_quotients(const double *x, const double *v, double d, struct lb_quotients *out)
{
    struct lb_harmonics curve = {0};
    struct lb_harmonic *term = NULL;
    double c = 0.0;
    double s = 0.0;
    for (int i = 0; i < WAVES; i++) {
        const struct wave *wave = &waves[i];
        const struct wave *last = i > 0 ? wave - 1 : NULL;
        if (last == NULL || last->p != wave->p || last->q != wave->q) {
            const double angle = 2.0 * PI * (wave->p * x[0] + wave->q * x[1]);
            c = cos(angle);
            s = sin(angle);
            term = lb_harmonics_add(&curve, 2.0 * PI * (wave->p * v[0] + wave->q * v[1]));
        }
        term->cosine[wave->channel] += wave->amplitude * (wave->cosine ? c : s);
        term->sine[wave->channel] += wave->amplitude * (wave->cosine ? -s : c);
    }
    lb_harmonics_quotients(&curve, 7, d, out);
}

const struct lb_analytic lb_analytic_klein = {
    .name = "klein-points",
    .dimension = 2,
    .point_size = 2,
    .channels = 7,
    .injectivity_radius = 0.5,
    .volume = 1.0,
    .limit_bending = 231.0 / 64.0 * PI * PI,
    .epsilon = 0.2,
    .quadrature_points = 16,
    .quadrature_directions = 32,
    .draw = klein_draw,
    .place = klein_place,
    .tangent = flat_tangent,
    .radius = flat_radius,
    .density = flat_density,
    .logarithm = klein_logarithm,
    .embed = klein_embed,
    .advance = flat_advance,
    .quotients = klein_quotients,
};
