/* The self-test's case of the loss of chains. */
#ifndef LB_LOSS_CHAIN_SELF_TEST_H
#define LB_LOSS_CHAIN_SELF_TEST_H

#include "device/self_test_case.h"

extern const struct lb_self_test_case lb_chain_self_test;

#endif
