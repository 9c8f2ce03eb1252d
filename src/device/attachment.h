/* Data that later rooms attach to a device; this room only frees it. */
#ifndef LB_DEVICE_ATTACHMENT_H
#define LB_DEVICE_ATTACHMENT_H

#include "device/device.h"

/**
 * Attaches `value` to the device under `key`, the address of an object owned by the caller. Frees
 * an earlier value; NULL attaches nothing. On success the device owns the value and frees it with
 * free_value() unless that is NULL, at the latest in lb_device_close() after its queue is empty.
 * After LB_ERR_MEMORY the caller still owns it.
 */
enum lb_status lb_device_attach(struct lb_device *device, const void *key, void *value,
                                void (*free_value)(void *value));

/** The value of the key, or NULL. */
void *lb_device_attached(const struct lb_device *device, const void *key);

/** Frees all attachments. */
void lb_attachments_free(struct lb_device *device);

#endif
