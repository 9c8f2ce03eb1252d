/* Shared by the programs of this folder, which run kernels at tiny sizes for a checker to watch. */
#ifndef LB_TESTS_OCLGRIND_LAUNCHES_H
#define LB_TESTS_OCLGRIND_LAUNCHES_H

#include "device/device.h"

/**
 * Treats the device as one with float vectors of `width` numbers, whatever it reports: a CPU, or a
 * GPU if the width is 1. Counts launches from now on.
 */
enum lb_status launches_start(struct lb_device *device, const char *width);

/** Prints "launched KERNEL CALLS", one line per kernel. */
enum lb_status launches_print(struct lb_device *device);

#endif
