/* Whole files: reading, and atomic writing. */
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

/** Whether both paths exist and name the same file or folder, also through links. */
bool lb_file_same(const char *a, const char *b);
/** Allocated path of the folder that contains a file, or NULL when out of memory. */
char *lb_path_parent(const char *path);

bool lb_file_exists(const char *path);
/** Whether the file is known not to exist. False if it cannot be examined, so that reading it
 * reports why. */
bool lb_file_missing(const char *path);
/** Whether it is a regular file, which can be mapped. */
bool lb_file_is_plain(const char *path);
/** Whether this user may run it as a program. */
bool lb_file_is_program(const char *path);
bool lb_folder_exists(const char *path);
/** True for a missing or an empty folder. */
bool lb_folder_empty(const char *path);
/** Creates a folder and its missing parents; succeeds if it exists. */
enum lb_status lb_folder_create(struct lb_context *ctx, const char *path);

#endif
