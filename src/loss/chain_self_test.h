/* Self-test case of the chain loss. */
#ifndef LB_LOSS_CHAIN_SELF_TEST_H
#define LB_LOSS_CHAIN_SELF_TEST_H

#include "device/self_test_case.h"

extern const struct lb_self_test_case lb_chain_self_test;

#endif
