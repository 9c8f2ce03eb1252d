/*
 * Which of two ways kernels take on a device. Nothing else in the program may ask for a device's
 * type to choose a kernel, a grid or a back end.
 *
 * The CPU path: work-items are long loops over vectors of floats, in groups of one; panel
 * multiplies; small networks train in the fused step. The GPU path: a work-item for each number, in
 * groups of LB_GROUP; vfloat is float; CLBlast multiplies.
 */
#ifndef LB_DEVICE_PATH_H
#define LB_DEVICE_PATH_H

#include "device/device.h"

/** Decides once, when a device is opened: LOWBEND_ASSUME, then what is known of the driver, then
 * the device's type. LB_ERR_ARGUMENT for another value of the variable. */
enum lb_status lb_path_choose(struct lb_device *device);

bool lb_takes_cpu_path(const struct lb_device *device);

/** Whether `auto` takes the own kernels for matrix products unmeasured: on CPUs, on either path,
 * CLBlast compiles for a minute and is slower. */
bool lb_prefers_own_products(const struct lb_device *device);

/** Whether the path is another one than the device's type stands for: files that keep what was
 * measured on one path must not serve the other. */
bool lb_path_is_unusual(const struct lb_device *device);

#endif
