/* The constants that a user's .cl text states. */
#include "fuzz.h"
#include "geometry/constants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"A", "B", "IMAGE_WIDTH", "DIMENSION", "MANIFOLD"};
    char *text = fuzz_copy(data, size);
    struct lb_constants *constants = lb_constants_read(text);
    for (size_t i = 0; constants != NULL && i < LB_COUNT(names); i++) {
        float real;
        int integer;
        char string[16];
        lb_constants_real(constants, names[i], &real);
        lb_constants_integer(constants, names[i], &integer);
        if (lb_constants_string(constants, names[i], string, sizeof string) &&
            memchr(string, '\0', sizeof string) == NULL) {
            abort();
        }
    }
    lb_constants_free(constants);
    free(text);
    return 0;
}
