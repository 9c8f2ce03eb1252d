#include "optim/adam_self_test.h"

#include <math.h>

#include "optim/adam.h"

enum { PARAMETERS = 77, STEPS = 3 };

static enum lb_status test_adam(struct lb_self_test *test)
{
    struct lb_device *device = test->device;
    struct lb_adam adam = {0};
    cl_mem parameters = NULL;
    cl_mem parts = NULL; // partial gradients of the last step
    float values[PARAMETERS];
    float gradient[2][PARAMETERS];
    double want[PARAMETERS];
    double m[PARAMETERS] = {0};
    double v[PARAMETERS] = {0};
    enum lb_status status = LB_OK;
    lb_self_test_draw(test, values, PARAMETERS);
    for (size_t i = 0; i < PARAMETERS; i++) {
        want[i] = (double)values[i];
    }
    LB_CHECK(lb_adam_create(&adam, device, PARAMETERS));
    LB_CHECK(lb_buffer_create(device, &parameters, sizeof values, "self-test"));
    LB_CHECK(lb_buffer_create(device, &parts, sizeof gradient, "self-test"));
    LB_CHECK(lb_buffer_write(device, parameters, 0, values, sizeof values));
    for (int t = 1; t <= STEPS; t++) {
        const bool last = t == STEPS;
        lb_self_test_draw(test, gradient[0], 2 * PARAMETERS);
        LB_CHECK(lb_buffer_write(device, adam.gradient, 0, gradient[0], sizeof gradient[0]));
        LB_CHECK(lb_buffer_write(device, parts, 0, gradient, sizeof gradient));
        LB_CHECK(lb_adam_step(
            &adam, parameters, t,
            lb_adam_params(.lr = 0.1, .weight_decay = 0.5, .gradient = {last ? parts : NULL, 2})));
        for (size_t i = 0; i < PARAMETERS; i++) {
            const double g = (double)gradient[0][i] + (last ? (double)gradient[1][i] : 0.0);
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            want[i] = want[i] * (1.0 - 0.1 * 0.5) - 0.1 * (m[i] / (1.0 - pow(0.9, t))) /
                                                        (sqrt(v[i] / (1.0 - pow(0.999, t))) + 1e-8);
        }
    }
    LB_CHECK(lb_buffer_read(device, parameters, 0, values, sizeof values));
    lb_self_test_compare(test, "parameters", values, want, PARAMETERS, 1e-4);
fail:
    lb_buffer_release(&parameters);
    lb_buffer_release(&parts);
    lb_adam_destroy(&adam);
    return status;
}

const struct lb_self_test_case lb_adam_self_test = {
    .name = "adam",
    .cost = 8,
    .files = {"step.cl"},
    .run = test_adam,
};
