#include "bures_reference.h"

#include <math.h>
#include <string.h>

/* The default bounds of cl/manifold/bures.cl. */
static const double min_eigenvalue = 0.25;
static const double max_trace = 4.0;

static double determinant(const double *s)
{
    return s[0] * s[2] - s[1] * s[1];
}

/* The smaller and the larger eigenvalue. */
static void eigenvalues(const double *s, double *smaller, double *larger)
{
    *larger = 0.5 * (s[0] + s[2]) + hypot(0.5 * (s[0] - s[2]), s[1]);
    *smaller = determinant(s) / *larger;
}

/* Coordinates of L in the eigenbasis of A; their squared length is tr(L A L). */
static void bures_coordinates_of_l(const double *a, const double *l, double *result)
{
    double smaller;
    double larger;
    const double angle = 0.5 * atan2(2.0 * a[1], a[0] - a[2]);
    const double c = cos(angle);
    const double s = sin(angle);
    eigenvalues(a, &smaller, &larger);
    result[0] = sqrt(larger) * (c * c * l[0] + 2.0 * c * s * l[1] + s * s * l[2]);
    result[1] = sqrt(smaller) * (s * s * l[0] - 2.0 * c * s * l[1] + c * c * l[2]);
    result[2] = sqrt(larger + smaller) * (c * s * (l[2] - l[0]) + (c * c - s * s) * l[1]);
}

/* The optimal map T from A to B is I + L: T = A^-1 (AB)^(1/2). */
void bures_logarithm(const double *a, const double *b, double *result)
{
    const double det = determinant(a);
    const double root = sqrt(det * determinant(b));
    const double trace = sqrt(a[0] * b[0] + 2.0 * a[1] * b[1] + a[2] * b[2] + 2.0 * root);
    const double l[3] = {(b[0] + root * a[2] / det) / trace - 1.0,
                         (b[1] - root * a[1] / det) / trace,
                         (b[2] + root * a[0] / det) / trace - 1.0};
    bures_coordinates_of_l(a, l, result);
}

/* L from V = L A + A L: three linear equations, solved by Cramer's rule. */
void bures_coordinates(const double *a, const double *v, double *result)
{
    const double rows[3][3] = {
        {2.0 * a[0], 2.0 * a[1], 0.0}, {a[1], a[0] + a[2], a[1]}, {0.0, 2.0 * a[1], 2.0 * a[2]}};
    double l[3];
    double whole = 0.0;
    for (int column = -1; column < 3; column++) {
        double m[3][3];
        memcpy(m, rows, sizeof m);
        for (int i = 0; i < 3 && column >= 0; i++) {
            m[i][column] = v[i];
        }
        double det = 0.0;
        for (int k = 0; k < 3; k++) {
            det += m[0][k] *
                   (m[1][(k + 1) % 3] * m[2][(k + 2) % 3] - m[1][(k + 2) % 3] * m[2][(k + 1) % 3]);
        }
        if (column < 0) {
            whole = det;
        } else {
            l[column] = det / whole;
        }
    }
    bures_coordinates_of_l(a, l, result);
}

/* The roots of the trace and of the smallest eigenvalue change by no more than the distance. */
double bures_clearance(const double *x)
{
    double smaller;
    double larger;
    eigenvalues(x, &smaller, &larger);
    return fmin(sqrt(smaller) - sqrt(min_eigenvalue), sqrt(max_trace) - sqrt(x[0] + x[2]));
}

/* The distribution function of the trace t up to a factor: the density from the least trace on,
   integrated by Simpson's rule. */
static double bures_trace_integral(double trace)
{
    enum { STEPS = 64 };
    const double start = 2.0 * min_eigenvalue;
    double sum = 0.0;
    for (int i = 0; i <= STEPS; i++) {
        const double t = start + (trace - start) * i / STEPS;
        const double density = (0.5 * t - sqrt(min_eigenvalue * (t - min_eigenvalue))) / sqrt(t);
        sum += density * (i == 0 || i == STEPS ? 1.0 : i % 2 == 1 ? 4.0 : 2.0);
    }
    return sum * (trace - start) / (3.0 * STEPS);
}

/*
 * In the eigenbasis |V|^2 = V11^2 / 4 l1 + V22^2 / 4 l2 + V12^2 / t, so the volume is
 * dS11 dS12 dS22 / sqrt(det S t), and dS11 dS12 dS22 = (l1 - l2) dl1 dl2 dangle. For a given t the
 * share below l2 is the integral of (t - 2 l) / sqrt(l (t - l)), which is 2 sqrt(l (t - l)).
 */
void bures_uniform(const double *x, double *result)
{
    double smaller;
    double larger;
    const double t = x[0] + x[2];
    const double least = sqrt(min_eigenvalue * (t - min_eigenvalue));
    eigenvalues(x, &smaller, &larger);
    result[0] = bures_trace_integral(t) / bures_trace_integral(max_trace);
    result[1] = (sqrt(smaller * larger) - least) / (0.5 * t - least);
    result[2] = 0.5 + atan2(2.0 * x[1], x[0] - x[2]) / (2.0 * acos(-1.0));
}

void bures_embed(const double *x, double *pixels)
{
    const double t = x[0] + x[2];
    const double scale = 0.5 * sqrt(t);
    pixels[0] = scale * (x[0] - x[2]) / t;
    pixels[1] = scale * 2.0 * x[1] / t;
    pixels[2] = scale * 2.0 * sqrt(determinant(x)) / t;
    pixels[3] = scale * sqrt(3.0);
}
