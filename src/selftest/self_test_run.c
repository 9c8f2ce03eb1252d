#include "selftest/self_test_run.h"

#include <stdio.h>

struct lb_self_test_name lb_self_test_name(const struct lb_self_test_item *item)
{
    const struct lb_self_test_case *test_case = item->test_case;
    struct lb_self_test_name name;
    snprintf(name.text, sizeof name.text, "%s%s%s%s%s", test_case->name,
             test_case->for_gemm ? " by " : "",
             test_case->for_gemm ? lb_gemm_kind_name(item->gemm) : "",
             test_case->for_activation ? ", " : "",
             test_case->for_activation ? lb_activation_name(item->activation) : "");
    return name;
}

void lb_self_test_run_here(struct lb_device *device, const struct lb_self_test_item *item,
                           struct lb_self_test_outcome *outcome)
{
    struct lb_self_test test = {
        .device = device,
        .gemm = item->gemm,
        .activation = item->activation,
        .random = lb_random_start(1, LB_STREAM_USER_POINTS, 0, 0),
    };
    const enum lb_status status = item->test_case->run(&test);
    const bool wrong = status == LB_OK && test.failure[0] != '\0';
    *outcome = (struct lb_self_test_outcome){.status = wrong ? LB_ERR_NUMERIC : status};
    if (outcome->status != LB_OK) {
        snprintf(outcome->text, sizeof outcome->text, "%s",
                 wrong ? test.failure : lb_context_error(device->ctx));
    }
}
