#include "base/posix.h"

#include "base/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/text.h"

static enum lb_status fail_errno(struct lb_context *ctx, const char *path)
{
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    if (missing) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND, "%s: no such file (check the path)", path);
    }
    return lb_fail(ctx, LB_ERR_IO, "%s: cannot read: %s (check the path and permissions)", path,
                   lb_errno_text(errno).text);
}

static enum lb_status map(struct lb_mapping *mapping, struct lb_context *ctx, const char *path)
{
    struct stat info;
    mapping->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (mapping->descriptor < 0 || fstat(mapping->descriptor, &info) != 0) {
        return fail_errno(ctx, path);
    }
    if (!S_ISREG(info.st_mode)) {
        return S_ISDIR(info.st_mode)
                   ? lb_fail(ctx, LB_ERR_IO, "%s: is a folder (give a file)", path)
                   : lb_fail(ctx, LB_ERR_IO,
                             "%s: is a %s, but must be read more than once (write it to a regular "
                             "file first)",
                             path, S_ISFIFO(info.st_mode) ? "pipe" : "device or socket");
    }
    if ((uintmax_t)info.st_size > SIZE_MAX) {
        return lb_fail(ctx, LB_ERR_MEMORY,
                       "%s: is larger than this machine can address (use a "
                       "smaller file)",
                       path);
    }
    mapping->bytes = (size_t)info.st_size;
    mapping->changed = info.st_mtim;
    if (mapping->bytes == 0) { // the reader reports that it is too short
        return LB_OK;
    }
    void *address = mmap(NULL, mapping->bytes, PROT_READ, MAP_SHARED, mapping->descriptor, 0);
    if (address == MAP_FAILED) {
        return fail_errno(ctx, path);
    }
    mapping->address = address;
    return LB_OK;
}

enum lb_status lb_mapping_create(struct lb_mapping **out, struct lb_context *ctx, const char *path)
{
    struct lb_mapping *mapping = calloc(1, sizeof *mapping);
    *out = mapping;
    if (mapping == NULL) {
        return lb_fail_memory(ctx, path);
    }
    mapping->descriptor = -1;
    mapping->path = lb_string_copy(path);
    const enum lb_status status =
        mapping->path != NULL ? map(mapping, ctx, path) : lb_fail_memory(ctx, path);
    if (status != LB_OK) {
        lb_mapping_destroy(out);
    }
    return status;
}

void lb_mapping_destroy(struct lb_mapping **mapping)
{
    if (*mapping == NULL) {
        return;
    }
    if ((*mapping)->address != NULL) {
        munmap((*mapping)->address, (*mapping)->bytes);
    }
    if ((*mapping)->descriptor >= 0) {
        close((*mapping)->descriptor);
    }
    free((*mapping)->path);
    free(*mapping);
    *mapping = NULL;
}

enum lb_status lb_mapping_check(const struct lb_mapping *mapping, struct lb_context *ctx)
{
    struct stat info;
    if (fstat(mapping->descriptor, &info) != 0) {
        return fail_errno(ctx, mapping->path);
    }
    if ((uintmax_t)info.st_size != mapping->bytes ||
        info.st_mtim.tv_sec != mapping->changed.tv_sec ||
        info.st_mtim.tv_nsec != mapping->changed.tv_nsec) {
        return lb_fail(
            ctx, LB_ERR_IO,
            "%s: was modified while it was being read (leave it unchanged, and start again)",
            mapping->path);
    }
    return LB_OK;
}

void lb_mapping_advise(const struct lb_mapping *mapping, bool in_order)
{
    if (mapping->address != NULL) { // only a hint: failure does not matter
        posix_madvise(mapping->address, mapping->bytes,
                      in_order ? POSIX_MADV_SEQUENTIAL : POSIX_MADV_RANDOM);
    }
}
