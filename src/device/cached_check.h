/* Checks that were passed once on a device and need not be repeated: files in the cache folder. */
#ifndef LB_DEVICE_CACHED_CHECK_H
#define LB_DEVICE_CACHED_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "device/device.h"

/** Starts as {0}; the caller frees it. */
struct lb_cached_check {
    char *path;   ///< NULL: there is no place to keep it, the check is to be repeated
    char *folder; ///< of path
};

/**
 * Where the result of a check is kept that depends on this device, driver and program, and on all
 * that was hashed. LB_ERR_MEMORY.
 *
 * @param name names the check, as part of the file's name
 * @param hash of what else the check depends on, see base/hash.h
 */
enum lb_status lb_cached_check_find(struct lb_cached_check *check, const struct lb_device *device,
                                    const char *name, uint64_t hash);

bool lb_cached_check_is_kept(const struct lb_cached_check *check);

/** Keeps that the check was passed; where it cannot be written, the check is repeated next time. */
void lb_cached_check_keep(const struct lb_cached_check *check, struct lb_device *device);

/** The same with a text of the caller's in place of "passed\n". */
void lb_cached_check_write(const struct lb_cached_check *check, struct lb_device *device,
                           const char *text);

/** What is kept, malloc'ed: "passed\n" or the caller's text; NULL: nothing that can be read. */
char *lb_cached_check_read(const struct lb_cached_check *check, struct lb_device *device);

void lb_cached_check_free(struct lb_cached_check *check);

#endif
