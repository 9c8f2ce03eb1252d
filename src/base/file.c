#include "base/posix.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/text.h"

static enum lb_status fail_errno(struct lb_context *ctx, const char *path, const char *action)
{
    return lb_fail(ctx, LB_ERR_IO, "%s: cannot %s: %s (check the path, permissions and free space)",
                   path, action, lb_errno_text(errno).text);
}

enum lb_status lb_file_read(struct lb_context *ctx, const char *path, char **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    struct stat info;
    if (stat(path, &info) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return lb_fail(ctx, LB_ERR_NOT_FOUND, "%s: no such file (check the path)", path);
        }
        return fail_errno(ctx, path, "read");
    }
    if (S_ISDIR(info.st_mode)) {
        return lb_fail(ctx, LB_ERR_IO, "%s: is a folder (give a file)", path);
    }
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return fail_errno(ctx, path, "read");
    }
    /* The size is a hint only: pipes report 0, and a file can grow. */
    size_t capacity = info.st_size > 0 ? (size_t)info.st_size + 1 : 65536;
    size_t length = 0;
    char *bytes = malloc(capacity);
    while (bytes != NULL) {
        length += fread(bytes + length, 1, capacity - 1 - length, file);
        const int next = feof(file) || ferror(file) ? EOF : fgetc(file);
        if (next == EOF) {
            break;
        }
        const size_t doubled = capacity * 2;
        char *larger = doubled > capacity ? realloc(bytes, doubled) : NULL;
        if (larger == NULL) {
            free(bytes);
            bytes = NULL;
            break;
        }
        bytes = larger;
        capacity = doubled;
        bytes[length++] = (char)next;
    }
    const bool broken = ferror(file) != 0;
    const int reason = errno;
    fclose(file);
    if (bytes == NULL) {
        return lb_fail_memory(ctx, path);
    }
    if (broken) {
        free(bytes);
        errno = reason;
        return fail_errno(ctx, path, "read");
    }
    bytes[length] = '\0';
    *data = bytes;
    *size = length;
    return LB_OK;
}

enum lb_status lb_file_writer_open(struct lb_file_writer *writer, struct lb_context *ctx,
                                   const char *path)
{
    *writer = (struct lb_file_writer){0};
    struct lb_text temporary = {0};
    lb_text_addf(&temporary, "%s" LB_FILE_PARTIAL, path);
    writer->path = lb_string_copy(path);
    writer->temporary = temporary.data;
    if (temporary.failed || writer->path == NULL) {
        lb_file_writer_abandon(writer);
        return lb_fail_memory(ctx, path);
    }
    writer->file = fopen(writer->temporary, "wb");
    if (writer->file == NULL) {
        const enum lb_status status = fail_errno(ctx, path, "write");
        lb_file_writer_abandon(writer);
        return status;
    }
    return LB_OK;
}

enum lb_status lb_file_writer_commit(struct lb_file_writer *writer, struct lb_context *ctx)
{
    const bool written = ferror(writer->file) == 0 && lb_file_sync(writer->file);
    const int reason = errno;
    const bool closed = fclose(writer->file) == 0;
    writer->file = NULL;
    if (!written) {
        errno = reason;
    }
    enum lb_status status = LB_OK;
    if (!written || !closed || !lb_file_replace(writer->temporary, writer->path)) {
        status = fail_errno(ctx, writer->path, "write");
    }
    lb_file_writer_abandon(writer);
    return status;
}

void lb_file_writer_abandon(struct lb_file_writer *writer)
{
    if (writer->file != NULL) {
        fclose(writer->file);
    }
    if (writer->temporary != NULL) {
        (void)lb_file_remove(writer->temporary); // gone already after a commit
    }
    free(writer->temporary);
    free(writer->path);
    *writer = (struct lb_file_writer){0};
}

enum lb_status lb_file_write(struct lb_context *ctx, const char *path, const void *data,
                             size_t size)
{
    struct lb_file_writer writer;
    LB_TRY(lb_file_writer_open(&writer, ctx, path));
    fwrite(data, 1, size, writer.file); // errors are sticky; the commit detects them
    return lb_file_writer_commit(&writer, ctx);
}

/* ---- open files ------------------------------------------------------------------------------ */

bool lb_file_sync(FILE *file)
{
    return fflush(file) == 0 && fsync(fileno(file)) == 0;
}

bool lb_file_truncate(FILE *file, long bytes)
{
    return ftruncate(fileno(file), (off_t)bytes) == 0;
}

/* ---- files by name --------------------------------------------------------------------------- */

int lb_file_remove(const char *path)
{
    return unlink(path) == 0 || errno == ENOENT ? 0 : errno;
}

bool lb_file_replace(const char *from, const char *to)
{
    return rename(from, to) == 0;
}

void lb_file_touch(const char *path)
{
    utimensat(AT_FDCWD, path, NULL, 0);
}
