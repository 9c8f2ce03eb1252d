/*
 * Batches from the host to the device without waiting: a few slots of host and device memory, sent
 * on a queue of their own, so that the next batch travels while the device works on this one.
 */
#ifndef LB_BATCH_UPLOAD_H
#define LB_BATCH_UPLOAD_H

#include "device/device.h"

#define LB_UPLOAD_SLOTS 3

struct lb_upload_slot {
    unsigned char *host;
    cl_mem mem;
    cl_event used; ///< the device has read the slot; NULL: it is free
};

struct lb_upload {
    struct lb_device *device;
    cl_command_queue queue;
    int next; ///< slot of the next batch
    struct lb_upload_slot slots[LB_UPLOAD_SLOTS];
};

/** Starts as {0}; holds batches of `bytes`. The caller destroys it, also on failure. */
enum lb_status lb_upload_create(struct lb_upload *upload, struct lb_device *device, size_t bytes);
/** Waits for what was sent. */
void lb_upload_destroy(struct lb_upload *upload);

/** Host memory for the next batch; waits until the device has read what it held before. */
enum lb_status lb_upload_begin(struct lb_upload *upload, unsigned char **host);
/** Sends its first `bytes`: what is enqueued on the device from now on finds them in *mem. */
enum lb_status lb_upload_send(struct lb_upload *upload, size_t bytes, cl_mem *mem);
/** After the last command that reads *mem. */
enum lb_status lb_upload_end(struct lb_upload *upload);

#endif
