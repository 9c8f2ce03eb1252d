/* Self-test cases of update rules. */
#ifndef LB_OPTIM_UPDATE_RULE_SELF_TEST_H
#define LB_OPTIM_UPDATE_RULE_SELF_TEST_H

#include "device/self_test_case.h"

extern const struct lb_self_test_case lb_muon_self_test;

/** Clipping of gradients and means of weights, with Adam. */
extern const struct lb_self_test_case lb_update_rule_self_test;

#endif
