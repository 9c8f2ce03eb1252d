/* Self-test case of sampling: norms, distances, midpoints, distribution of the radius. */
#ifndef LB_GEOMETRY_SAMPLING_SELF_TEST_H
#define LB_GEOMETRY_SAMPLING_SELF_TEST_H

#include "device/self_test_case.h"

/** Points and pairs of the sphere. */
extern const struct lb_self_test_case lb_sampling_self_test;

#endif
