#include "manifold_reference.h"

#include <math.h>
#include <string.h>

#include "bures_reference.h"
#include "sphere_reference.h"

static const double pi = 3.14159265358979323846;
/* The circle in the kernels has length 2 pi rounded to float32; points on both sides of its seam
   show the difference. */
static const double turn = 6.2831854820251465;

/* The default parameters of the manifold files. */
static const double radian_length = 0.5;
static const double half_side = 1.0;

double length_of(const double *v, int n)
{
    double sum = 0.0;
    for (int k = 0; k < n; k++) {
        sum += v[k] * v[k];
    }
    return sqrt(sum);
}

void widen(const float *x, int n, double *out)
{
    for (int k = 0; k < n; k++) {
        out[k] = (double)x[k];
    }
}

static double no_boundary(const double *x)
{
    (void)x;
    return INFINITY;
}

static double no_defect(const double *x)
{
    (void)x;
    return 0.0;
}

static double flat_volume_2(double r)
{
    return r * r;
}

static double flat_volume_3(double r)
{
    return r * r * r;
}

/* In [0, 1) */
static double turns_of(double sine, double cosine)
{
    const double turns = atan2(sine, cosine) / (2.0 * pi);
    return turns < 0.0 ? turns + 1.0 : turns;
}

static double outside(double x, double low, double high)
{
    return x >= low && x < high ? 0.0 : INFINITY;
}

/* ---- so3 ------------------------------------------------------------------------------------- */

/* The rotation vector of x* y: the vector part and the real part give the half-angle. */
static void so3_logarithm(const double *x, const double *y, double *result)
{
    double v[3];
    double real = dot3(x + 1, y + 1) + x[0] * y[0];
    for (int k = 0; k < 3; k++) {
        const int i = 1 + (k + 1) % 3;
        const int j = 1 + (k + 2) % 3;
        v[k] = x[0] * y[1 + k] - y[0] * x[1 + k] - (x[i] * y[j] - x[j] * y[i]);
    }
    const double sign = real < 0.0 ? -1.0 : 1.0;
    const double size = length_of(v, 3);
    const double angle = 2.0 * atan2(size, fabs(real));
    for (int k = 0; k < 3; k++) {
        result[k] = size > 0.0 ? sign * angle * v[k] / size : 0.0;
    }
}

static void plain_3(const double *x, const double *v, double *result)
{
    (void)x;
    memcpy(result, v, 3 * sizeof *v);
}

static double so3_defect(const double *x)
{
    return fabs(length_of(x, 4) - 1.0);
}

/* The angle, which has the density (1 - cos t) / pi, and the axis. */
static void so3_uniform(const double *x, double *result)
{
    static const double one[4] = {1.0, 0.0, 0.0, 0.0};
    double v[3];
    so3_logarithm(one, x, v);
    const double angle = length_of(v, 3);
    result[0] = (angle - sin(angle)) / pi;
    result[1] = 0.5 * (1.0 + v[2] / angle);
    result[2] = turns_of(v[1], v[0]);
}

static double so3_volume(double r)
{
    return r < 1e-2 ? r * r * r / 6.0 * (1.0 - r * r / 20.0) : r - sin(r);
}

/* Columns: the axes rotated by q v q*. */
static void so3_embed(const double *q, double *pixels)
{
    for (int column = 0; column < 3; column++) {
        double axis[3] = {0.0, 0.0, 0.0};
        double first[3];
        axis[column] = 1.0;
        /* v + 2 w (q x v) + 2 q x (q x v) */
        for (int k = 0; k < 3; k++) {
            const int i = (k + 1) % 3;
            const int j = (k + 2) % 3;
            first[k] = q[1 + i] * axis[j] - q[1 + j] * axis[i];
        }
        for (int k = 0; k < 3; k++) {
            const int i = (k + 1) % 3;
            const int j = (k + 2) % 3;
            const double second = q[1 + i] * first[j] - q[1 + j] * first[i];
            pixels[3 * k + column] = sqrt(0.5) * (axis[k] + 2.0 * (q[0] * first[k] + second));
        }
    }
}

/* ---- rp2 ------------------------------------------------------------------------------------- */

static void rp2_coordinates(const double *x, const double *v, double *result)
{
    double first[3];
    double second[3];
    frame3(x, first, second);
    result[0] = dot3(v, first);
    result[1] = dot3(v, second);
}

static void rp2_logarithm(const double *x, const double *y, double *result)
{
    rp2_coordinates(x, y, result);
    const double cosine = dot3(x, y);
    const double sine = length_of(result, 2);
    const double scale = sine > 0.0 ? copysign(atan2(sine, fabs(cosine)), cosine) / sine : 0.0;
    result[0] *= scale;
    result[1] *= scale;
}

static double rp2_defect(const double *x)
{
    return fabs(length_of(x, 3) - 1.0);
}

static void rp2_uniform(const double *x, double *result)
{
    const double sign = x[2] < 0.0 ? -1.0 : 1.0;
    result[0] = sign * x[2];
    result[1] = turns_of(sign * x[1], sign * x[0]);
}

static double rp2_volume(double r)
{
    return sin(0.5 * r) * sin(0.5 * r);
}

static void rp2_embed(const double *x, double *pixels)
{
    for (int k = 0; k < 9; k++) {
        pixels[k] = sqrt(0.5) * x[k / 3] * x[k % 3];
    }
}

/* ---- torus ----------------------------------------------------------------------------------- */

static double nearest(double difference, double side)
{
    return difference > 0.5 * side    ? difference - side
           : difference < -0.5 * side ? difference + side
                                      : difference;
}

static void plain_2(const double *x, const double *v, double *result)
{
    (void)x;
    memcpy(result, v, 2 * sizeof *v);
}

static void torus_logarithm(const double *x, const double *y, double *result)
{
    result[0] = nearest(y[0] - x[0], turn);
    result[1] = nearest(y[1] - x[1], turn);
}

static double torus_defect(const double *x)
{
    return outside(x[0], 0.0, turn) + outside(x[1], 0.0, turn);
}

static void torus_uniform(const double *x, double *result)
{
    result[0] = x[0] / turn;
    result[1] = x[1] / turn;
}

static void torus_embed(const double *x, double *pixels)
{
    pixels[0] = cos(x[0]);
    pixels[1] = sin(x[0]);
    pixels[2] = cos(x[1]);
    pixels[3] = sin(x[1]);
}

/* ---- Klein bottle ---------------------------------------------------------------------------- */

/* The nearest of all equivalent points of y around the square. */
static void klein_logarithm(const double *x, const double *y, double *result)
{
    double best = INFINITY;
    for (int i = -2; i <= 2; i++) {
        for (int j = -2; j <= 3; j++) {
            const double way[2] = {y[0] + i - x[0], (i % 2 == 0 ? y[1] : -y[1]) + j - x[1]};
            if (length_of(way, 2) < best) {
                best = length_of(way, 2);
                memcpy(result, way, sizeof way);
            }
        }
    }
}

static double klein_defect(const double *x)
{
    return outside(x[0], 0.0, 1.0) + outside(x[1], 0.0, 1.0);
}

static void klein_uniform(const double *x, double *result)
{
    memcpy(result, x, 2 * sizeof *x);
}

static void klein_embed(const double *x, double *pixels)
{
    const double a = sqrt(3.0) / (4.0 * pi);
    const double b = 1.0 / (2.0 * pi);
    const double e = 1.0 / (4.0 * pi);
    const double p = 2.0 * pi * x[0];
    const double q = 2.0 * pi * x[1];
    const double values[7] = {
        a * cos(p), a * sin(p),          b * sin(q) * cos(0.5 * p), b * sin(q) * sin(0.5 * p),
        a * cos(q), e * cos(q) * cos(p), e * cos(q) * sin(p)};
    memcpy(pixels, values, sizeof values);
}

/* ---- box and se2 ----------------------------------------------------------------------------- */

static void box_logarithm(const double *x, const double *y, double *result)
{
    result[0] = y[0] - x[0];
    result[1] = y[1] - x[1];
}

static double box_clearance(const double *x)
{
    return half_side - fmax(fabs(x[0]), fabs(x[1]));
}

static void box_uniform(const double *x, double *result)
{
    result[0] = 0.5 * (x[0] / half_side + 1.0);
    result[1] = 0.5 * (x[1] / half_side + 1.0);
}

static void box_embed(const double *x, double *pixels)
{
    memcpy(pixels, x, 2 * sizeof *x);
}

static void se2_coordinates(const double *x, const double *v, double *result)
{
    (void)x;
    result[0] = v[0];
    result[1] = v[1];
    result[2] = radian_length * v[2];
}

static void se2_logarithm(const double *x, const double *y, double *result)
{
    box_logarithm(x, y, result);
    result[2] = radian_length * nearest(y[2] - x[2], turn);
}

static double se2_defect(const double *x)
{
    return outside(x[2], 0.0, turn);
}

static void se2_uniform(const double *x, double *result)
{
    box_uniform(x, result);
    result[2] = x[2] / turn;
}

static void se2_embed(const double *x, double *pixels)
{
    pixels[0] = x[0];
    pixels[1] = x[1];
    pixels[2] = radian_length * cos(x[2]);
    pixels[3] = radian_length * sin(x[2]);
}

/* ---------------------------------------------------------------------------------------------- */

const struct manifold_reference manifold_references[] = {
    {
        .name = "so3",
        .dimension = 3,
        .point_size = 4,
        .tangent_size = 3,
        .channels = 9,
        .injectivity_radius = 3.14159265358979323846,
        .rounding = 6.0,
        .bending = 1.0,
        .signless = true,
        .logarithm = so3_logarithm,
        .coordinates = plain_3,
        .clearance = no_boundary,
        .defect = so3_defect,
        .uniform = so3_uniform,
        .volume = so3_volume,
        .embed = so3_embed,
    },
    {
        .name = "rp2",
        .dimension = 2,
        .point_size = 3,
        .tangent_size = 3,
        .channels = 9,
        .injectivity_radius = 1.57079632679489661923,
        .rounding = 5.0,
        .bending = 4.0,
        .signless = true,
        .logarithm = rp2_logarithm,
        .coordinates = rp2_coordinates,
        .clearance = no_boundary,
        .defect = rp2_defect,
        .uniform = rp2_uniform,
        .volume = rp2_volume,
        .embed = rp2_embed,
    },
    {
        .name = "torus",
        .dimension = 2,
        .point_size = 2,
        .tangent_size = 2,
        .channels = 4,
        .injectivity_radius = 3.14159265358979323846,
        .rounding = 8.0,
        .bending = 1.0,
        .logarithm = torus_logarithm,
        .coordinates = plain_2,
        .clearance = no_boundary,
        .defect = torus_defect,
        .uniform = torus_uniform,
        .volume = flat_volume_2,
        .embed = torus_embed,
    },
    {
        .name = "klein",
        .dimension = 2,
        .point_size = 2,
        .tangent_size = 2,
        .channels = 7,
        .injectivity_radius = 0.5,
        .rounding = 1.5,
        .bending = 40.0,
        .logarithm = klein_logarithm,
        .coordinates = plain_2,
        .clearance = no_boundary,
        .defect = klein_defect,
        .uniform = klein_uniform,
        .volume = flat_volume_2,
        .embed = klein_embed,
    },
    {
        .name = "bures",
        .dimension = 3,
        .point_size = 3,
        .tangent_size = 3,
        .channels = 4,
        .injectivity_radius = 0.5,
        .rounding = 5.0,
        .bending = 8.0,
        .logarithm = bures_logarithm,
        .coordinates = bures_coordinates,
        .clearance = bures_clearance,
        .defect = no_defect,
        .uniform = bures_uniform,
        .volume = flat_volume_3,
        .embed = bures_embed,
    },
    {
        .name = "box",
        .dimension = 2,
        .point_size = 2,
        .tangent_size = 2,
        .channels = 2,
        .injectivity_radius = INFINITY,
        .rounding = 1.5,
        .bending = 0.0,
        .logarithm = box_logarithm,
        .coordinates = plain_2,
        .clearance = box_clearance,
        .defect = no_defect,
        .uniform = box_uniform,
        .volume = flat_volume_2,
        .embed = box_embed,
    },
    {
        .name = "se2",
        .dimension = 3,
        .point_size = 3,
        .tangent_size = 3,
        .channels = 4,
        .injectivity_radius = 1.57079632679489661923,
        .rounding = 4.0,
        .bending = 4.0,
        .logarithm = se2_logarithm,
        .coordinates = se2_coordinates,
        .clearance = box_clearance,
        .defect = se2_defect,
        .uniform = se2_uniform,
        .volume = flat_volume_3,
        .embed = se2_embed,
    },
};

const size_t manifold_reference_count = sizeof manifold_references / sizeof manifold_references[0];

double reference_distance(const struct manifold_reference *m, const double *x, const double *y)
{
    double way[MAX_DIMENSION];
    m->logarithm(x, y, way);
    return length_of(way, m->dimension);
}

double reference_midpoint_error(const struct manifold_reference *m, const double *x,
                                const double *y, const double *middle)
{
    double way[MAX_DIMENSION];
    double half[MAX_DIMENSION];
    m->logarithm(x, y, way);
    m->logarithm(x, middle, half);
    for (int k = 0; k < m->dimension; k++) {
        half[k] -= 0.5 * way[k];
    }
    return length_of(half, m->dimension);
}
