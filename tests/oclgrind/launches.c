#include "launches.h"

#include <stdio.h>
#include <stdlib.h>

#include "device/profile.h"

enum lb_status launches_start(struct lb_device *device, const char *width)
{
    device->info.vector_width = (uint32_t)strtoul(width, NULL, 10);
    device->info.type = device->info.vector_width > 1 ? LB_DEVICE_CPU : LB_DEVICE_GPU;
    return lb_profile_start(device);
}

enum lb_status launches_print(struct lb_device *device)
{
    struct lb_profile_entry *entries = NULL;
    size_t count = 0;
    LB_TRY(lb_profile_stop(device, &entries, &count));
    for (size_t i = 0; i < count; i++) {
        printf("launched %s %zu\n", entries[i].name, entries[i].calls);
    }
    free(entries);
    return LB_OK;
}
