#include "sphere_reference.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

double dot3(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

void widen3(const float *x, double *out)
{
    for (int k = 0; k < 3; k++) {
        out[k] = (double)x[k];
    }
}

double distance3(const double *x, const double *y)
{
    const double minus[3] = {x[0] - y[0], x[1] - y[1], x[2] - y[2]};
    const double plus[3] = {x[0] + y[0], x[1] + y[1], x[2] + y[2]};
    return 2.0 * atan2(sqrt(dot3(minus, minus)), sqrt(dot3(plus, plus)));
}

void slerp3(const double *x, const double *y, double t, double *out)
{
    const double d = distance3(x, y);
    const double a = d > 0.0 ? sin((1.0 - t) * d) : 1.0 - t;
    const double b = d > 0.0 ? sin(t * d) : t;
    for (int k = 0; k < 3; k++) {
        out[k] = a * x[k] + b * y[k];
    }
    const double length = sqrt(dot3(out, out));
    for (int k = 0; k < 3; k++) {
        out[k] /= length;
    }
}

void frame3(const double *x, double *first, double *second)
{
    /* The axis farthest from x, orthogonalised. */
    int axis = 0;
    for (int k = 1; k < 3; k++) {
        axis = fabs(x[k]) < fabs(x[axis]) ? k : axis;
    }
    const double share = x[axis] / dot3(x, x);
    for (int k = 0; k < 3; k++) {
        first[k] = (k == axis ? 1.0 : 0.0) - share * x[k];
    }
    const double length = sqrt(dot3(first, first));
    for (int k = 0; k < 3; k++) {
        first[k] /= length;
    }
    for (int k = 0; k < 3; k++) {
        const int i = (k + 1) % 3;
        const int j = (k + 2) % 3;
        second[k] = x[i] * first[j] - x[j] * first[i];
    }
}

void exponential3(const double *x, double angle, double r, double *out)
{
    double first[3];
    double second[3];
    frame3(x, first, second);
    for (int k = 0; k < 3; k++) {
        out[k] = cos(r) * x[k] + sin(r) * (cos(angle) * first[k] + sin(angle) * second[k]);
    }
}

double direction3(const double *x, const double *y)
{
    double first[3];
    double second[3];
    frame3(x, first, second);
    const double turns = atan2(dot3(y, second), dot3(y, first)) / (2.0 * pi);
    return turns < 0.0 ? turns + 1.0 : turns;
}
