/*
 * Chooses between the CPU path and the GPU path. No other code may use a device's type to choose a
 * kernel, a grid or a back end.
 *
 * CPU path: work-items are long loops over vectors of floats, in groups of one; matrix products use
 * panel; small networks use the fused step. GPU path: one work-item per number, in groups of
 * LB_GROUP; vfloat is float; matrix products use CLBlast.
 */
#ifndef LB_DEVICE_PATH_H
#define LB_DEVICE_PATH_H

#include "device/device.h"

/** Chooses the path of a device when it is opened: by LOWBEND_ASSUME, else by the driver, else by
 * the device's type. LB_ERR_ARGUMENT if the variable has an unknown value. */
enum lb_status lb_path_choose(struct lb_device *device);

bool lb_takes_cpu_path(const struct lb_device *device);

/** Whether `auto` uses lowbend's kernels for matrix products without measuring. True for CPUs on
 * either path, where CLBlast takes a minute to compile and is slower. */
bool lb_prefers_own_products(const struct lb_device *device);

/** Whether the path differs from the default for the device's type. Cached measurements of one path
 * must not be used for the other. */
bool lb_path_is_unusual(const struct lb_device *device);

#endif
