/*
 * Caches compiled programs on disk, for drivers that do not. One file per program, in the user's
 * cache folder or in the folder LOWBEND_PROGRAM_CACHE; "off" disables the cache. Damaged files and
 * those of other programs are never passed to the driver. Failures are not reported: a program that
 * cannot be loaded or stored is compiled again.
 */
#ifndef LB_DEVICE_PROGRAM_CACHE_H
#define LB_DEVICE_PROGRAM_CACHE_H

#include "device/device.h"

/** Source of a program. */
struct lb_program_text {
    const char *file; ///< for messages
    const char *text; ///< with expanded includes
    size_t length;
    const char *options;
};

/** The built program, which the caller releases; NULL if it must be compiled. */
cl_program lb_program_cache_load(struct lb_device *device, const struct lb_program_text *source);

/** Stores a built program; removes the oldest ones if the total exceeds 256 MiB. */
void lb_program_cache_store(struct lb_device *device, const struct lb_program_text *source,
                            cl_program program);

#endif
