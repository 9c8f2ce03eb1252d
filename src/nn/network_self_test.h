/* Self-test cases of networks. */
#ifndef LB_NN_NETWORK_SELF_TEST_H
#define LB_NN_NETWORK_SELF_TEST_H

#include "device/self_test_case.h"

/** Matrix products and the passes of a network made of them. */
extern const struct lb_self_test_case lb_products_self_test;

/** Products with patches of images, and the passes of a network of image layers. */
extern const struct lb_self_test_case lb_images_self_test;

/** Network inputs: normalised images and noisy codes. */
extern const struct lb_self_test_case lb_input_self_test;

#endif
