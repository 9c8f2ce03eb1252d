/* The helper program in which the library tests a device: see train/self_test_child.h. */
#include "selftest/self_test_child.h"

int main(int argc, char **argv)
{
    return lb_self_test_serve(argc, argv);
}
