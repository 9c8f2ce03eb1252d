/* Choosing a device from a list: pure functions, so that lists of any machine can be tested. */
#ifndef LB_DEVICE_SELECT_H
#define LB_DEVICE_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include <lowbend/device.h>

/**
 * Position of what a selector chooses, see lb_device_open().
 *
 * @return LB_OK, or LB_ERR_DEVICE with a text that lists the candidates
 */
enum lb_status lb_device_select(struct lb_context *ctx, const struct lb_device_info *list,
                                size_t count, const char *selector, size_t *out);

/**
 * Positions of all devices that a selector matches, starting with that of lb_device_select(). For
 * `auto` these are all devices in the class of the best one, for a type all devices of that type,
 * and for TEXT all that match it; here several matches are no error.
 *
 * @param out  (count), the first *chosen of which are set; errors as lb_device_select()
 */
enum lb_status lb_device_select_all(struct lb_context *ctx, const struct lb_device_info *list,
                                    size_t count, const char *selector, size_t *out,
                                    size_t *chosen);

/** Position of the device that "auto" selects; false if no device is usable and up to date. */
bool lb_device_select_default(const struct lb_device_info *list, size_t count, size_t *out);

/** True for drivers that `auto` skips: Clover, Beignet, anything below OpenCL 1.2. */
bool lb_device_is_outdated(const struct lb_device_info *info);

#endif
