/*
 * Bounds, with u = 2^-24: 1/d and other divisions have at most 2.5 ulp = 5u in OpenCL, sums of l
 * terms (l - 1)u, each product u. Differences of latents are rounded once. All bounds are first
 * order; the factors are rounded up.
 */
#include "loss_reference.h"

#include <math.h>
#include <stdlib.h>

#include "support.h"

#define FLOOR ((double)1e-12f)

struct pair {
    double gamma;
    double gamma_bound;
    double slope; ///< d gamma / d s^2
    double slope_bound;
    double second; ///< |second quotient|^2
    double second_bound;
};

/* The k-th component of the second quotient, and the error bound of its float32 version. */
static double second_of(const struct loss_problem *p, size_t i, size_t k, double *bound)
{
    const double x = p->z[i * p->l + k];
    const double y = p->z[(p->n + i) * p->l + k];
    const double m = p->z[(2 * p->n + i) * p->l + k];
    const double scale = 8.0 / (p->d[i] * p->d[i]);
    const double second = 0.5 * ((x - m) + (y - m)) * scale;
    *bound = UNIT * (fabs(x - m) + fabs(y - m)) * scale + 16.0 * UNIT * fabs(second);
    return second;
}

static struct pair evaluate(const struct loss_problem *p, size_t i)
{
    struct pair pair = {0};
    const double c2 = p->c * p->c;
    double s = 0.0;
    for (size_t k = 0; k < p->l; k++) {
        const double first = (p->z[(p->n + i) * p->l + k] - p->z[i * p->l + k]) / p->d[i];
        double bound;
        const double second = second_of(p, i, k, &bound);
        s += first * first;
        pair.second += second * second;
        pair.second_bound += 2.0 * fabs(second) * bound + bound * bound;
    }
    pair.second_bound += (double)(p->l + 2) * UNIT * pair.second;
    s = fmax(s, FLOOR);
    const double s_bound = (double)(p->l + 16) * UNIT * s;
    const double a = s + c2;
    pair.gamma = (s - 1.0) * (s - 1.0) / a;
    pair.slope = (s - 1.0) * (s + 2.0 * c2 + 1.0) / (a * a);
    const double curvature = 2.0 * (1.0 + c2) * (1.0 + c2) / (a * a * a);
    pair.gamma_bound =
        fabs(pair.slope) * s_bound + s_bound * s_bound * curvature + 16.0 * UNIT * pair.gamma;
    /* c^2 is rounded to float32 too, with an error relative to c^2 and so to a. */
    pair.slope_bound = curvature * s_bound + 32.0 * UNIT * fabs(pair.slope);
    return pair;
}

static void gradient_of(const struct loss_problem *p, size_t i, const struct pair *pair,
                        struct loss_result *result)
{
    const double n = (double)p->n;
    const double d2 = p->d[i] * p->d[i];
    const double weight = 2.0 * p->lambda * (8.0 / d2) / n;
    for (size_t k = 0; k < p->l; k++) {
        const size_t x = i * p->l + k;
        const size_t y = (p->n + i) * p->l + k;
        const size_t m = (2 * p->n + i) * p->l + k;
        const double scale = 2.0 * (p->z[y] - p->z[x]) / (d2 * n);
        const double first = scale * pair->slope;
        const double first_bound = fabs(scale) * pair->slope_bound + 24.0 * UNIT * fabs(first);
        double bound;
        const double second = weight * second_of(p, i, k, &bound);
        bound = weight * bound + 24.0 * UNIT * fabs(second);
        result->gradient[x] = 0.5 * second - first;
        result->gradient[y] = 0.5 * second + first;
        result->gradient[m] = -second;
        result->bound[x] = 0.5 * bound + first_bound;
        result->bound[y] = 0.5 * bound + first_bound;
        result->bound[m] = bound;
    }
}

static void add(struct loss_mean *mean, double value, double bound)
{
    mean->value += value;
    mean->bound += bound;
}

static void finish(struct loss_mean *mean, double n)
{
    /* All terms are positive. Bounds the float32 sum: a tree of 64, a chain over the groups' sums,
       a tree, a division. */
    mean->bound = (mean->bound + (24.0 + n / 4096.0) * UNIT * mean->value) / n;
    mean->value /= n;
}

void loss_reference(const struct loss_problem *p, struct loss_result *result)
{
    *result = (struct loss_result){
        .gradient = allocate(3 * p->n * p->l, sizeof(double)),
        .bound = allocate(3 * p->n * p->l, sizeof(double)),
    };
    for (size_t i = 0; i < p->n; i++) {
        const struct pair pair = evaluate(p, i);
        add(&result->distortion, pair.gamma, pair.gamma_bound);
        add(&result->bending, pair.second, pair.second_bound);
        add(&result->distortion_squared, pair.gamma * pair.gamma,
            2.0 * pair.gamma * pair.gamma_bound + pair.gamma_bound * pair.gamma_bound);
        add(&result->bending_squared, pair.second * pair.second,
            2.0 * pair.second * pair.second_bound + pair.second_bound * pair.second_bound);
        gradient_of(p, i, &pair, result);
    }
    finish(&result->distortion, (double)p->n);
    finish(&result->bending, (double)p->n);
    finish(&result->distortion_squared, (double)p->n);
    finish(&result->bending_squared, (double)p->n);
}

void loss_free(struct loss_result *result)
{
    free(result->gradient);
    free(result->bound);
    *result = (struct loss_result){0};
}
