/* Helper program that runs the device's self-test: see selftest/self_test_child.h. */
#include "selftest/self_test_child.h"
#include "train/training_self_test.h"

int main(int argc, char **argv)
{
    return lb_self_test_serve(argc, argv, &lb_training_self_tests);
}
