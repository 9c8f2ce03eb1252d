#include "base/posix.h"

#include "base/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/text.h"

static const char *temporary_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

static enum lb_status fail_errno(struct lb_context *ctx)
{
    return lb_fail(
        ctx, LB_ERR_IO,
        "temporary file in %s: cannot write: %s (set TMPDIR to a folder with more space)",
        temporary_folder(), lb_errno_text(errno).text);
}

enum lb_status lb_spool_open(struct lb_spool *spool, struct lb_context *ctx)
{
    char *path = lb_path_join(temporary_folder(), "lowbend-XXXXXX");
    if (path == NULL) {
        return lb_fail_memory(ctx, "temporary file");
    }
    const int descriptor = mkstemp(path);
    if (descriptor >= 0) {
        unlink(path); // the file exists while it is open
        spool->file = fdopen(descriptor, "w+b");
    }
    free(path);
    if (spool->file == NULL) {
        const enum lb_status status = fail_errno(ctx);
        if (descriptor >= 0) {
            close(descriptor);
        }
        return status;
    }
    return LB_OK;
}

enum lb_status lb_spool_add(struct lb_spool *spool, struct lb_context *ctx, const void *data,
                            size_t bytes)
{
    if (fwrite(data, 1, bytes, spool->file) != bytes) {
        return fail_errno(ctx);
    }
    spool->bytes += bytes;
    return LB_OK;
}

enum lb_status lb_spool_map(struct lb_spool *spool, struct lb_context *ctx, const void **data)
{
    if (fflush(spool->file) != 0) {
        return fail_errno(ctx);
    }
    void *address = mmap(NULL, spool->bytes, PROT_READ, MAP_PRIVATE, fileno(spool->file), 0);
    if (address == MAP_FAILED) {
        return fail_errno(ctx);
    }
    spool->address = address;
    *data = address;
    return LB_OK;
}

void lb_spool_close(struct lb_spool *spool)
{
    if (spool->address != NULL) {
        munmap(spool->address, spool->bytes);
    }
    if (spool->file != NULL) {
        fclose(spool->file);
    }
    *spool = (struct lb_spool){0};
}
