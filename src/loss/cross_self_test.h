#ifndef LB_LOSS_CROSS_SELF_TEST_H
#define LB_LOSS_CROSS_SELF_TEST_H

#include "device/self_test_case.h"

/** Cross pair loss and its gradient. */
extern const struct lb_self_test_case lb_cross_self_test;

#endif
