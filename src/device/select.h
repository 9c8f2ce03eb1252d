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
 * Positions of all that a selector chooses among, the one of lb_device_select() first: of `auto`
 * the devices of the best one's class, of a type all of it, of TEXT all that match it, even
 * several.
 *
 * @param out  (count), the first *chosen of which are set; errors as lb_device_select()
 */
enum lb_status lb_device_select_all(struct lb_context *ctx, const struct lb_device_info *list,
                                    size_t count, const char *selector, size_t *out,
                                    size_t *chosen);

/** Position of what "auto" takes; false if no device is usable and up to date. */
bool lb_device_select_default(const struct lb_device_info *list, size_t count, size_t *out);

/** True for the drivers that `auto` passes over: Clover, Beignet, anything below OpenCL 1.2. */
bool lb_device_is_outdated(const struct lb_device_info *info);

#endif
