/* Self-test cases of the losses and their gradients. */
#ifndef LB_LOSS_LOSS_SELF_TEST_H
#define LB_LOSS_LOSS_SELF_TEST_H

#include "device/self_test_case.h"

extern const struct lb_self_test_case lb_loss_self_test;
extern const struct lb_self_test_case lb_squared_error_self_test;

#endif
