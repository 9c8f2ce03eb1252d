#include "device/attachment.h"

#include <stdlib.h>

struct lb_attachment {
    const void *key;
    void *value;
    void (*free_value)(void *value);
    struct lb_attachment *next;
};

/* Address of the pointer to the key's entry, which is NULL if there is none. */
static struct lb_attachment **find(struct lb_device *device, const void *key)
{
    struct lb_attachment **place = &device->attachments;
    while (*place != NULL && (*place)->key != key) {
        place = &(*place)->next;
    }
    return place;
}

static void remove_at(struct lb_attachment **place)
{
    struct lb_attachment *old = *place;
    *place = old->next;
    if (old->free_value != NULL) {
        old->free_value(old->value);
    }
    free(old);
}

enum lb_status lb_device_attach(struct lb_device *device, const void *key, void *value,
                                void (*free_value)(void *value))
{
    struct lb_attachment *added = NULL;
    if (value != NULL) {
        added = malloc(sizeof *added);
        if (added == NULL) {
            return lb_fail_memory(device->ctx, "data attached to the device");
        }
    }
    struct lb_attachment **place = find(device, key);
    if (*place != NULL) {
        remove_at(place);
    }
    if (added != NULL) {
        *added = (struct lb_attachment){key, value, free_value, device->attachments};
        device->attachments = added;
    }
    return LB_OK;
}

void *lb_device_attached(const struct lb_device *device, const void *key)
{
    const struct lb_attachment *entry = device->attachments;
    while (entry != NULL && entry->key != key) {
        entry = entry->next;
    }
    return entry != NULL ? entry->value : NULL;
}

void lb_attachments_free(struct lb_device *device)
{
    while (device->attachments != NULL) {
        remove_at(&device->attachments);
    }
}
