#include "eval/statistics.h"

#include <math.h>
#include <stdlib.h>

static double mean(const double *values, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return sum / (double)n;
}

struct lb_estimate lb_estimate_mean(const double *values, size_t n)
{
    const double centre = mean(values, n);
    const double count = (double)n;
    double square = 0.0;
    for (size_t i = 0; i < n; i++) {
        square += (values[i] - centre) * (values[i] - centre);
    }
    return (struct lb_estimate){
        .mean = centre,
        .standard_error = n > 1 ? sqrt(square / (count * (count - 1.0))) : (double)NAN,
    };
}

double lb_stress(const double *d, const double *b, size_t n)
{
    double mixed = 0.0;
    double square_b = 0.0;
    double square_d = 0.0;
    for (size_t i = 0; i < n; i++) {
        mixed += d[i] * b[i];
        square_b += b[i] * b[i];
        square_d += d[i] * d[i];
    }
    const double factor = square_b > 0.0 ? mixed / square_b : 0.0;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double difference = factor * b[i] - d[i];
        sum += difference * difference;
    }
    return square_d > 0.0 ? sqrt(sum / square_d) : (double)NAN;
}

double lb_correlation(const double *a, const double *b, size_t n)
{
    const double mean_a = mean(a, n);
    const double mean_b = mean(b, n);
    double mixed = 0.0;
    double square_a = 0.0;
    double square_b = 0.0;
    for (size_t i = 0; i < n; i++) {
        mixed += (a[i] - mean_a) * (b[i] - mean_b);
        square_a += (a[i] - mean_a) * (a[i] - mean_a);
        square_b += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return square_a > 0.0 && square_b > 0.0 ? mixed / sqrt(square_a * square_b) : (double)NAN;
}

struct entry {
    double value;
    size_t index;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    if (x->value != y->value) {
        return x->value < y->value ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

enum lb_status lb_sort_indices(struct lb_context *ctx, const double *values, size_t n,
                               size_t *order)
{
    if (n == 0) {
        return LB_OK;
    }
    struct entry *entries = malloc(n * sizeof *entries);
    if (entries == NULL) {
        return lb_fail_memory(ctx, "sorting");
    }
    for (size_t i = 0; i < n; i++) {
        entries[i] = (struct entry){values[i], i};
    }
    qsort(entries, n, sizeof *entries, compare_entries);
    for (size_t i = 0; i < n; i++) {
        order[i] = entries[i].index;
    }
    free(entries);
    return LB_OK;
}

/* ranks (n), from 0; equal values share the mean of theirs. */
static void fill_ranks(const double *values, const size_t *order, size_t n, double *ranks)
{
    for (size_t start = 0; start < n;) {
        size_t end = start + 1;
        while (end < n && values[order[end]] == values[order[start]]) {
            end++;
        }
        for (size_t i = start; i < end; i++) {
            ranks[order[i]] = 0.5 * ((double)start + (double)(end - 1));
        }
        start = end;
    }
}

enum lb_status lb_rank_correlation(struct lb_context *ctx, const double *a, const double *b,
                                   size_t n, double *correlation)
{
    *correlation = (double)NAN;
    if (n < 2) {
        return LB_OK;
    }
    size_t *order = malloc(n * sizeof *order);
    double *ranks = malloc(2 * n * sizeof *ranks);
    enum lb_status status = LB_OK;
    if (order == NULL || ranks == NULL) {
        status = lb_fail_memory(ctx, "ranks");
        goto fail;
    }
    LB_CHECK(lb_sort_indices(ctx, a, n, order));
    fill_ranks(a, order, n, ranks);
    LB_CHECK(lb_sort_indices(ctx, b, n, order));
    fill_ranks(b, order, n, ranks + n);
    *correlation = lb_correlation(ranks, ranks + n, n);
fail:
    free(order);
    free(ranks);
    return status;
}

double lb_smallest_ratio(const double *d, const double *b, size_t n, double floor)
{
    double smallest = (double)NAN;
    for (size_t i = 0; i < n; i++) {
        if (d[i] >= floor) {
            smallest = fmin(smallest, b[i] / d[i]); // fmin passes NAN over
        }
    }
    return smallest;
}
