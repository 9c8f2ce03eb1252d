/* Whole files: reading, atomic writing, renaming and removing. */
#ifndef LB_BASE_FILE_H
#define LB_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/context.h"

/**
 * Reads a whole file into allocated memory, followed by a NUL byte that *size does not count.
 * LB_ERR_NOT_FOUND, LB_ERR_IO (a folder, or no permission), LB_ERR_MEMORY.
 */
enum lb_status lb_file_read(struct lb_context *ctx, const char *path, char **data, size_t *size);

/** Writes a temporary file, syncs and renames it. LB_ERR_IO names the path and the reason. */
enum lb_status lb_file_write(struct lb_context *ctx, const char *path, const void *data,
                             size_t size);

/** The same in pieces: write to *file, then commit or abandon. */
struct lb_file_writer {
    FILE *file;
    char *path;
    char *temporary;
};
enum lb_status lb_file_writer_open(struct lb_file_writer *writer, struct lb_context *ctx,
                                   const char *path);
/** Flushes, syncs and renames; on failure removes the temporary file. Always frees the writer. */
enum lb_status lb_file_writer_commit(struct lb_file_writer *writer, struct lb_context *ctx);
void lb_file_writer_abandon(struct lb_file_writer *writer);

/** Suffix of the temporary file. */
#define LB_FILE_PARTIAL ".partial"

/** Writes what is buffered, and makes the system store it; false on failure, with errno. */
bool lb_file_sync(FILE *file);
/** Cuts a file that is open for writing to its first bytes; false on failure, with errno. */
bool lb_file_truncate(FILE *file, long bytes);

/** Removes a file. Returns 0, also if there is none, or the errno value that says why it failed. */
int lb_file_remove(const char *path);
/** Renames a file, in place of one that may have that name; false on failure, with errno. */
bool lb_file_replace(const char *from, const char *to);
/** Sets the time of its last modification to now, if it can. */
void lb_file_touch(const char *path);

#endif
