/* Self-test case of Adam. */
#ifndef LB_OPTIM_ADAM_SELF_TEST_H
#define LB_OPTIM_ADAM_SELF_TEST_H

#include "device/self_test_case.h"

extern const struct lb_self_test_case lb_adam_self_test;

#endif
