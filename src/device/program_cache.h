/*
 * Compiled programs on disk, for drivers that keep none: a file for each in a folder of the user's
 * cache folder, or where LOWBEND_PROGRAM_CACHE says; "off" keeps none. A file that is damaged or
 * belongs to something else never reaches the driver. Nothing here fails: what cannot be loaded is
 * compiled, and what cannot be stored is compiled again next time.
 */
#ifndef LB_DEVICE_PROGRAM_CACHE_H
#define LB_DEVICE_PROGRAM_CACHE_H

#include "device/device.h"

/** What a program is compiled from. */
struct lb_program_text {
    const char *file; ///< for messages
    const char *text; ///< expanded
    size_t length;
    const char *options;
};

/** The program, built, which the caller releases; NULL if it must be compiled. */
cl_program lb_program_cache_load(struct lb_device *device, const struct lb_program_text *source);

/** Keeps a built program; the oldest ones go when all take more than 256 MiB. */
void lb_program_cache_store(struct lb_device *device, const struct lb_program_text *source,
                            cl_program program);

#endif
