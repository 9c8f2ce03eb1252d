/*
 * Asynchronous transfer of batches from host to device: a few slots of host and device memory with
 * a separate queue, so that the next batch is sent while the device works on the present one.
 */
#ifndef LB_BATCH_UPLOAD_H
#define LB_BATCH_UPLOAD_H

#include "device/device.h"

#define LB_UPLOAD_SLOTS 3

struct lb_upload_slot {
    unsigned char *host;
    cl_mem mem;
    cl_event used; ///< the device has read the slot; NULL: free
};

struct lb_upload {
    struct lb_device *device;
    cl_command_queue queue;
    int next; ///< slot of the next batch
    struct lb_upload_slot slots[LB_UPLOAD_SLOTS];
};

/** Initialise with {0}; for batches of `bytes`. The caller destroys it, also on failure. */
enum lb_status lb_upload_create(struct lb_upload *upload, struct lb_device *device, size_t bytes);
/** Waits for pending transfers. */
void lb_upload_destroy(struct lb_upload *upload);

/** Host memory for the next batch; waits until the device has read its earlier content. */
enum lb_status lb_upload_begin(struct lb_upload *upload, unsigned char **host);
/** Sends its first `bytes`: commands enqueued later find them in *mem. */
enum lb_status lb_upload_send(struct lb_upload *upload, size_t bytes, cl_mem *mem);
/** Call it after the last command that reads *mem. */
enum lb_status lb_upload_end(struct lb_upload *upload);

#endif
