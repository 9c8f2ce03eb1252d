#include "draw/axis_scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define VALUE_LIMIT    1e300   /* so that differences stay finite */
#define SPAN_LIMIT     1e-290  /* smaller steps would be subnormal */
#define RELATIVE_LIMIT 1e-6    /* a narrower range would need unreadably long labels */
#define PLAIN_LIMIT    1000000 /* larger numbers are written with an exponent */
#define PLAIN_DECIMALS 4       /* and so are those that need more decimals */

struct lb_scale lb_scale_start(bool log)
{
    struct lb_scale scale = {.log = log, .low = INFINITY, .high = -INFINITY};
    return scale;
}

double lb_scale_coordinate(const struct lb_scale *scale, double value)
{
    if (!isfinite(value) || fabs(value) > VALUE_LIMIT || (scale->log && value <= 0.0)) {
        return NAN;
    }
    return scale->log ? log10(value) : value;
}

void lb_scale_include(struct lb_scale *scale, double value)
{
    const double coordinate = lb_scale_coordinate(scale, value);
    if (!isnan(coordinate)) {
        scale->low = fmin(scale->low, coordinate);
        scale->high = fmax(scale->high, coordinate);
    }
}

void lb_scale_finish(struct lb_scale *scale, double margin)
{
    if (scale->low > scale->high) {
        scale->low = 0.0;
        scale->high = 1.0;
        return;
    }
    const double middle = 0.5 * scale->low + 0.5 * scale->high;
    const double size = fmax(fabs(scale->low), fabs(scale->high));
    double span = scale->high - scale->low;
    if (span <= 0.0) {
        span = scale->log || size == 0.0 ? 1.0 : 0.2 * size;
    }
    span = fmax(fmax(span, RELATIVE_LIMIT * size), SPAN_LIMIT);
    scale->low = middle - (0.5 + margin) * span;
    scale->high = middle + (0.5 + margin) * span;
}

/** Exactly n * 10^exponent, without rounding or locale. */
static struct lb_label plain_label(long long n, int exponent)
{
    struct lb_label label;
    const char *sign = n < 0 ? "-" : "";
    const int decimals = exponent < -PLAIN_DECIMALS ? PLAIN_DECIMALS : exponent < 0 ? -exponent : 0;
    long long whole = n < 0 ? -n : n;
    long long unit = 1;
    for (int i = 0; i < decimals; i++) {
        unit *= 10;
    }
    for (int i = 0; i < exponent; i++) {
        whole *= 10;
    }
    if (unit == 1) {
        snprintf(label.text, sizeof(label.text), "%s%lld", sign, whole);
    } else {
        snprintf(label.text, sizeof(label.text), "%s%lld.%0*lld", sign, whole / unit, decimals,
                 whole % unit);
    }
    return label;
}

static struct lb_label exponent_label(long long n, int exponent)
{
    struct lb_label label = {"0"};
    if (n == 0) {
        return label;
    }
    while (n % 10 == 0) {
        n /= 10;
        exponent++;
    }
    char digits[24];
    snprintf(digits, sizeof(digits), "%lld", n < 0 ? -n : n);
    const char *more = digits + 1;
    exponent += (int)strlen(more);
    snprintf(label.text, sizeof(label.text), "%s%c%s%.12se%d", n < 0 ? "-" : "", digits[0],
             *more != '\0' ? "." : "", more, exponent);
    return label;
}

static double power10(int exponent)
{
    return pow(10.0, exponent);
}

/** Adds n * 10^exponent if it lies in the range. */
static void add_tick(struct lb_scale *scale, long long n, int exponent, bool plain)
{
    const double value =
        exponent < 0 ? (double)n / power10(-exponent) : (double)n * power10(exponent);
    const double at = scale->log ? log10(value) : value;
    const double slack = 1e-9 * (scale->high - scale->low);
    if (scale->n_ticks < LB_TICKS_MAX && at >= scale->low - slack && at <= scale->high + slack) {
        struct lb_tick *tick = &scale->ticks[scale->n_ticks++];
        tick->at = at;
        tick->label = plain ? plain_label(n, exponent) : exponent_label(n, exponent);
    }
}

/** Ticks at steps of 1, 2 or 5 times a power of ten between two values. */
static void add_steps(struct lb_scale *scale, double low, double high, int target)
{
    const double raw = (high - low) / target;
    int exponent = (int)floor(log10(raw));
    const double fraction = raw / power10(exponent);
    long long factor = fraction <= 1.0 ? 1 : fraction <= 2.0 ? 2 : fraction <= 5.0 ? 5 : 10;
    if (factor == 10) {
        factor = 1;
        exponent++;
    }
    const double step = (double)factor * power10(exponent);
    const long long first = (long long)ceil(low / step - 1e-9);
    const long long last = (long long)floor(high / step + 1e-9);
    const double largest = fmax(fabs(low), fabs(high));
    const bool plain = largest < PLAIN_LIMIT && exponent >= -PLAIN_DECIMALS;
    for (long long i = first; i <= last; i++) {
        add_tick(scale, i * factor, exponent, plain);
    }
}

/** Every stride-th decade, with 2 and 5 in between if there is space. */
static void add_decades(struct lb_scale *scale, int target)
{
    const int first = (int)ceil(scale->low - 1e-9);
    const int last = (int)floor(scale->high + 1e-9);
    const int stride = (last - first + target) / target;
    const bool plain = first >= -2 && last <= 4;
    const bool between = scale->high - scale->low < 1.5 && target >= 4;
    for (int k = between ? first - 1 : first; k <= last; k += stride > 0 ? stride : 1) {
        add_tick(scale, 1, k, plain);
        if (between) {
            add_tick(scale, 2, k, plain);
            add_tick(scale, 5, k, plain);
        }
    }
    for (int k = first - 1; k <= last && scale->high - scale->low < 6.0; k++) {
        for (int m = 2; m < 10 && scale->n_minor < LB_MINOR_TICKS_MAX; m++) {
            const double at = k + log10((double)m);
            if (at > scale->low && at < scale->high) {
                scale->minor[scale->n_minor++] = at;
            }
        }
    }
}

void lb_scale_choose_ticks(struct lb_scale *scale, int target)
{
    const int wanted = target < 2 ? 2 : target > LB_TICKS_MAX / 2 ? LB_TICKS_MAX / 2 : target;
    scale->n_ticks = 0;
    scale->n_minor = 0;
    if (!scale->log) {
        add_steps(scale, scale->low, scale->high, wanted);
    } else if (scale->high - scale->low < 0.7) {
        add_steps(scale, pow(10.0, scale->low), pow(10.0, scale->high), wanted);
    } else {
        add_decades(scale, wanted);
    }
}
