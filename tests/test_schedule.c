/* Learning rates against closed forms, and which steps are averaged. */
#include "support.h"

#include <math.h>

#include "optim/schedule.h"

enum { STEPS = 40 };

static void rates_are_their_formulas(void **state)
{
    (void)state;
    for (int step = 0; step < STEPS; step++) {
        const double done = (double)step / STEPS;
        const double cosine = cos(0.5 * acos(-1.0) * done); // 1 + cos 2x = 2 cos^2 x
        const double held = step < 32 ? 1.0 : (STEPS - step) / 8.0;
        const size_t at = (size_t)step;
        check_near("constant", at, lb_schedule_rate(LB_CONSTANT, 0, step, STEPS), 1.0, 0.0);
        check_near("cosine", at, lb_schedule_rate(LB_COSINE, 0, step, STEPS), cosine * cosine,
                   1e-15);
        check_near("linear", at, lb_schedule_rate(LB_LINEAR_DECAY, 0, step, STEPS), 1.0 - done,
                   0.0);
        check_near("hold", at, lb_schedule_rate(LB_WARM_HOLD_DECAY, 0, step, STEPS), held, 1e-15);
    }
}

static void warm_up_multiplies(void **state)
{
    const enum lb_schedule schedules[] = {LB_CONSTANT, LB_COSINE, LB_LINEAR_DECAY,
                                          LB_WARM_HOLD_DECAY};
    (void)state;
    for (size_t i = 0; i < LB_COUNT(schedules); i++) {
        for (int step = 0; step < STEPS; step++) {
            const double whole = lb_schedule_rate(schedules[i], 0, step, STEPS);
            const double warm = step < 5 ? (step + 1) / 5.0 : 1.0;
            check_near("warm", (size_t)step, lb_schedule_rate(schedules[i], 5, step, STEPS),
                       warm * whole, 1e-15);
            check_near("longer than the phase", (size_t)step,
                       lb_schedule_rate(schedules[i], 100, step, STEPS), (step + 1) / 100.0 * whole,
                       1e-15);
        }
    }
}

static int averaged(double share, int steps)
{
    int n = 0;
    for (int step = 0; step < steps; step++) {
        n += lb_schedule_averages(share, step, steps);
        assert_true(n == 0 || lb_schedule_averages(share, step, steps)); // never stops again
    }
    return n;
}

static void the_last_steps_are_averaged(void **state)
{
    (void)state;
    assert_int_equal(averaged(0.0, STEPS), 0);
    assert_int_equal(averaged(0.25, STEPS), 10);
    assert_int_equal(averaged(1.0, STEPS), STEPS);
    assert_int_equal(averaged(1e-9, STEPS), 1);
    assert_int_equal(averaged(0.5, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_their_formulas),
        cmocka_unit_test(warm_up_multiplies),
        cmocka_unit_test(the_last_steps_are_averaged),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
