#include "device/self_test_case.h"

#include <math.h>

#include "base/number.h"

void lb_self_test_draw(struct lb_self_test *test, float *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = (float)(2.0 * lb_random_uniform(&test->random) - 1.0);
    }
}

bool lb_self_test_compare(struct lb_self_test *test, const char *what, const float *got,
                          const double *want, size_t n, double tolerance)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(want[i]));
    }
    for (size_t i = 0; i < n; i++) {
        /* Written so that NaN fails. */
        if (!(fabs((double)got[i] - want[i]) <= tolerance * largest)) {
            if (test->failure[0] == '\0') {
                lb_format(test->failure, sizeof test->failure, "%s: number %zu is %.9g, not %.9g",
                          what, i, (double)got[i], want[i]);
            }
            return false;
        }
    }
    return true;
}
