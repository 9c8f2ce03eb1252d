/* The self-test's case of Muon, largest norms and means. */
#ifndef LB_OPTIM_UPDATE_RULE_SELF_TEST_H
#define LB_OPTIM_UPDATE_RULE_SELF_TEST_H

#include "device/self_test_case.h"

extern const struct lb_self_test_case lb_update_rule_self_test;

#endif
