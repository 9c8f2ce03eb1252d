#include "device/cached_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/file.h"
#include "base/file_facts.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/text.h"
#include "device/path.h"

enum lb_status lb_cached_check_find(struct lb_cached_check *check, const struct lb_device *device,
                                    const char *name, uint64_t hash)
{
    const struct lb_device_info *info = &device->info;
    const char *const parts[] = {info->platform, info->name, info->driver, info->version,
                                 lb_version()};
    struct lb_text file = {0};
    for (size_t i = 0; i < LB_COUNT(parts); i++) {
        hash = lb_hash_more(hash, parts[i], strlen(parts[i]) + 1);
    }
    if (lb_path_is_unusual(device)) {
        hash = lb_hash_more(hash, lb_takes_cpu_path(device) ? "cpu" : "gpu", 3);
    }
    lb_text_addf(&file, "%s-%016" PRIx64, name, hash);
    if (file.failed) {
        lb_text_free(&file);
        return lb_fail_memory(device->ctx, name);
    }
    check->path = lb_cache_path(file.data, &check->folder);
    lb_text_free(&file);
    return LB_OK;
}

bool lb_cached_check_is_kept(const struct lb_cached_check *check)
{
    return check->path != NULL && lb_file_exists(check->path);
}

void lb_cached_check_keep(const struct lb_cached_check *check, struct lb_device *device)
{
    lb_cached_check_write(check, device, "passed\n");
}

void lb_cached_check_write(const struct lb_cached_check *check, struct lb_device *device,
                           const char *text)
{
    if (check->path != NULL &&
        (lb_folder_create(device->ctx, check->folder) != LB_OK ||
         lb_file_write(device->ctx, check->path, text, strlen(text)) != LB_OK)) {
        lb_log(device->ctx, LB_LOG_DEBUG, "%s", lb_context_error(device->ctx));
    }
}

char *lb_cached_check_read(const struct lb_cached_check *check, struct lb_device *device)
{
    char *text = NULL;
    size_t size = 0;
    return lb_cached_check_is_kept(check) &&
                   lb_file_read(device->ctx, check->path, &text, &size) == LB_OK
               ? text
               : NULL;
}

void lb_cached_check_free(struct lb_cached_check *check)
{
    free(check->path);
    free(check->folder);
    *check = (struct lb_cached_check){0};
}
