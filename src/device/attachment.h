/* What an upper room keeps with a device, of which this room knows nothing but how to free it. */
#ifndef LB_DEVICE_ATTACHMENT_H
#define LB_DEVICE_ATTACHMENT_H

#include "device/device.h"

/**
 * Keeps `value` with the device under `key`, the address of something that the caller owns; what
 * was kept under it before is freed, and NULL keeps nothing. On success the device owns the value
 * and frees it by free_value() unless that is NULL, at the latest in lb_device_close(), when its
 * queue is empty. After LB_ERR_MEMORY it is still the caller's.
 */
enum lb_status lb_device_attach(struct lb_device *device, const void *key, void *value,
                                void (*free_value)(void *value));

/** What is kept under the key, or NULL. */
void *lb_device_attached(const struct lb_device *device, const void *key);

/** Frees all of it. */
void lb_attachments_free(struct lb_device *device);

#endif
