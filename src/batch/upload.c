#include "batch/upload.h"

#include <stdlib.h>

enum lb_status lb_upload_create(struct lb_upload *upload, struct lb_device *device, size_t bytes)
{
    cl_int code = CL_SUCCESS;
    upload->device = device;
    for (int i = 0; i < LB_UPLOAD_SLOTS; i++) {
        struct lb_upload_slot *slot = &upload->slots[i];
        LB_TRY(lb_buffer_create(device, &slot->mem, bytes, "batches in transfer"));
        slot->host = malloc(bytes);
        if (slot->host == NULL) {
            return lb_fail_memory(device->ctx, "batches in transfer");
        }
    }
    upload->queue = clCreateCommandQueue(device->context, device->id, 0, &code);
    if (code != CL_SUCCESS) {
        upload->queue = NULL;
        return lb_fail_cl(device, "transfer queue", "clCreateCommandQueue", code);
    }
    return LB_OK;
}

void lb_upload_destroy(struct lb_upload *upload)
{
    if (upload->queue != NULL) {
        clFinish(upload->queue); // it may still read host memory
        clReleaseCommandQueue(upload->queue);
    }
    for (int i = 0; i < LB_UPLOAD_SLOTS; i++) {
        struct lb_upload_slot *slot = &upload->slots[i];
        if (slot->used != NULL) {
            clReleaseEvent(slot->used);
        }
        lb_buffer_release(&slot->mem);
        free(slot->host);
    }
    *upload = (struct lb_upload){0};
}

enum lb_status lb_upload_begin(struct lb_upload *upload, unsigned char **host)
{
    struct lb_upload_slot *slot = &upload->slots[upload->next];
    if (slot->used != NULL) {
        const cl_int code = clWaitForEvents(1, &slot->used);
        clReleaseEvent(slot->used);
        slot->used = NULL;
        if (code != CL_SUCCESS) {
            return lb_fail_cl(upload->device, "batch", "clWaitForEvents", code);
        }
    }
    *host = slot->host;
    return LB_OK;
}

enum lb_status lb_upload_send(struct lb_upload *upload, size_t bytes, cl_mem *mem)
{
    struct lb_device *device = upload->device;
    const struct lb_upload_slot *slot = &upload->slots[upload->next];
    cl_event written = NULL;
    cl_int code = clEnqueueWriteBuffer(upload->queue, slot->mem, CL_FALSE, 0, bytes, slot->host, 0,
                                       NULL, &written);
    if (code != CL_SUCCESS) {
        return lb_fail_cl(device, "sending a batch", "clEnqueueWriteBuffer", code);
    }
    code = clFlush(upload->queue);
    if (code == CL_SUCCESS) {
        code = clEnqueueBarrierWithWaitList(device->queue, 1, &written, NULL);
    }
    clReleaseEvent(written);
    *mem = slot->mem;
    return code == CL_SUCCESS
               ? LB_OK
               : lb_fail_cl(device, "sending a batch", "clEnqueueBarrierWithWaitList", code);
}

enum lb_status lb_upload_end(struct lb_upload *upload)
{
    struct lb_device *device = upload->device;
    struct lb_upload_slot *slot = &upload->slots[upload->next];
    cl_int code = clEnqueueMarkerWithWaitList(device->queue, 0, NULL, &slot->used);
    if (code != CL_SUCCESS) {
        slot->used = NULL;
        return lb_fail_cl(device, "batch", "clEnqueueMarkerWithWaitList", code);
    }
    code = clFlush(device->queue); // otherwise waiting for the marker would never end
    upload->next = (upload->next + 1) % LB_UPLOAD_SLOTS;
    return code == CL_SUCCESS ? LB_OK : lb_fail_cl(device, "batch", "clFlush", code);
}
