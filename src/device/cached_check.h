/* Checks that need to pass only once per device: files in the cache folder. */
#ifndef LB_DEVICE_CACHED_CHECK_H
#define LB_DEVICE_CACHED_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "device/device.h"

/** Initialise with {0}; the caller frees it. */
struct lb_cached_check {
    char *path;   ///< NULL: cannot be stored, so the check must be repeated
    char *folder; ///< folder of path
};

/**
 * Where to store the result of a check that depends on this device, driver and program, and on the
 * hashed data. LB_ERR_MEMORY.
 *
 * @param name name of the check, used in the file name
 * @param hash hash of everything else that the check depends on, see base/hash.h
 */
enum lb_status lb_cached_check_find(struct lb_cached_check *check, const struct lb_device *device,
                                    const char *name, uint64_t hash);

bool lb_cached_check_is_kept(const struct lb_cached_check *check);

/** Stores that the check has passed; if that fails, the check is repeated next time. */
void lb_cached_check_keep(const struct lb_cached_check *check, struct lb_device *device);

/** Stores the caller's text instead of "passed\n". */
void lb_cached_check_write(const struct lb_cached_check *check, struct lb_device *device,
                           const char *text);

/** The stored text (allocated): "passed\n" or the caller's; NULL if there is none. */
char *lb_cached_check_read(const struct lb_cached_check *check, struct lb_device *device);

void lb_cached_check_free(struct lb_cached_check *check);

#endif
