/* The natural order of file names. */
#include <stdlib.h>
#include <string.h>

#include "base/natural.h"
#include "support.h"

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

/* Sorted names: each precedes all that follow, in both directions of comparison. */
static void test_order(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        "-1.png",
        "0.png",
        "1.PNG",
        "01.png", // equal to 1, then compared by bytes
        "1.png",
        "2.png",
        "9.png",
        "0010.png",
        "10.png",
        "10a.png",
        "11.png",
        "99999999999999999999998.png", // beyond 64 bits
        "99999999999999999999999.png",
        "100000000000000000000000.png",
        "a",
        "a1",
        "a1b2",
        "a01b10", // the first numbers are equal
        "a2",
        "a10",
        "ab",
        "b1",
        "\xc3\xa4.png", // unsigned bytes, independent of the locale
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            const int wanted = i < k ? -1 : i > k;
            if (sign(lb_natural_compare(names[i], names[k])) != wanted) {
                fail_msg("'%s' and '%s': %d, wanted %d", names[i], names[k],
                         lb_natural_compare(names[i], names[k]), wanted);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
