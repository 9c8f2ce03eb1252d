#include "eval/statistics.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static double mean(const double *values, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return sum / (double)n;
}

struct lb_estimate lb_estimate_unknown(void)
{
    return (struct lb_estimate){(double)NAN, (double)NAN};
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

double lb_squared_distance(const float *a, const float *b, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double difference = (double)a[i] - (double)b[i];
        sum += difference * difference;
    }
    return sum;
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

/* ---- sorting --------------------------------------------------------------------------------- */

struct entry {
    uint64_t key; ///< has the same order as the value
    size_t index;
};

enum { CHECK_EVERY = 1 << 22 }; // values ranked between two checks
enum { DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS, PASSES = 64 / DIGIT_BITS };

/* The bits of an IEEE double, mapped to the order of its value; -0 becomes 0. */
static uint64_t key_of(double value)
{
    const uint64_t sign = (uint64_t)1 << 63;
    uint64_t bits;
    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return (bits & sign) != 0 ? ~bits : bits | sign;
}

static size_t digit_of(uint64_t key, int pass)
{
    return (size_t)(key >> (pass * DIGIT_BITS)) & (DIGITS - 1);
}

/* One pass of a stable radix sort; false: all digits are equal, and nothing was moved. */
static bool sort_digit(const struct entry *from, struct entry *to, size_t n, int pass)
{
    size_t starts[DIGITS + 1] = {0};
    for (size_t i = 0; i < n; i++) {
        starts[digit_of(from[i].key, pass) + 1]++;
    }
    if (starts[digit_of(from[0].key, pass) + 1] == n) {
        return false;
    }
    for (size_t k = 1; k <= DIGITS; k++) {
        starts[k] += starts[k - 1];
    }
    for (size_t i = 0; i < n; i++) {
        to[starts[digit_of(from[i].key, pass)]++] = from[i];
    }
    return true;
}

static enum lb_status check(lb_check_cancelled_fn cancelled, void *user)
{
    return cancelled != NULL ? cancelled(user) : LB_OK;
}

/* Sorts n > 0 values; *entries is allocated. */
static enum lb_status sort(struct lb_context *ctx, const double *values, size_t n,
                           lb_check_cancelled_fn cancelled, void *user, struct entry **entries)
{
    enum lb_status status = LB_OK;
    *entries = NULL;
    const bool fits = n <= SIZE_MAX / sizeof **entries;
    struct entry *from = fits ? malloc(n * sizeof *from) : NULL;
    struct entry *to = fits ? malloc(n * sizeof *to) : NULL;
    if (from == NULL || to == NULL) {
        free(from);
        free(to);
        return lb_fail_memory(ctx, "sorting");
    }
    for (size_t i = 0; i < n; i++) {
        from[i] = (struct entry){key_of(values[i]), i};
    }
    status = check(cancelled, user);
    for (int pass = 0; pass < PASSES && status == LB_OK; pass++) {
        if (sort_digit(from, to, n, pass)) {
            struct entry *const sorted = to;
            to = from;
            from = sorted;
        }
        status = check(cancelled, user);
    }
    free(to);
    if (status != LB_OK) {
        free(from);
        return status;
    }
    *entries = from;
    return LB_OK;
}

enum lb_status lb_sort_indices(struct lb_context *ctx, const double *values, size_t n,
                               size_t *order)
{
    struct entry *entries;
    if (n == 0) {
        return LB_OK;
    }
    LB_TRY(sort(ctx, values, n, NULL, NULL, &entries));
    for (size_t i = 0; i < n; i++) {
        order[i] = entries[i].index;
    }
    free(entries);
    return LB_OK;
}

enum lb_status lb_ranks(struct lb_context *ctx, const double *values, size_t n,
                        lb_check_cancelled_fn cancelled, void *user, double *ranks)
{
    struct entry *entries;
    size_t checked = 0;
    enum lb_status status = LB_OK;
    if (n == 0) {
        return LB_OK;
    }
    LB_TRY(sort(ctx, values, n, cancelled, user, &entries));
    for (size_t start = 0; start < n && status == LB_OK;) {
        size_t end = start + 1;
        while (end < n && entries[end].key == entries[start].key) {
            end++;
        }
        for (size_t i = start; i < end; i++) {
            ranks[entries[i].index] = 0.5 * ((double)start + (double)(end - 1));
        }
        start = end;
        if (start - checked >= CHECK_EVERY) {
            checked = start;
            status = check(cancelled, user);
        }
    }
    free(entries);
    return status;
}

/* ---------------------------------------------------------------------------------------------- */

double lb_smallest_ratio(const double *d, const double *b, size_t n, double floor)
{
    double smallest = (double)NAN;
    for (size_t i = 0; i < n; i++) {
        if (d[i] >= floor) {
            smallest = fmin(smallest, b[i] / d[i]); // fmin ignores NAN
        }
    }
    return smallest;
}
