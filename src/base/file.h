/* Whole files: reading, and writing so that no half file is ever seen. */
#ifndef LB_BASE_FILE_H
#define LB_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/context.h"

/**
 * Reads a whole file into malloc'ed memory, one NUL byte behind it (not counted in *size).
 * LB_ERR_NOT_FOUND, LB_ERR_IO (a folder, or no permission), LB_ERR_MEMORY.
 */
enum lb_status lb_file_read(struct lb_context *ctx, const char *path, char **data, size_t *size);

/** Writes beside the target, syncs, renames. LB_ERR_IO names the path and the reason. */
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
/** Flushes, syncs and renames; on failure the temporary file is gone. Frees the writer either way.
 */
enum lb_status lb_file_writer_commit(struct lb_file_writer *writer, struct lb_context *ctx);
void lb_file_writer_abandon(struct lb_file_writer *writer);

/** What the name of a file gets at its end while it is written. */
#define LB_FILE_PARTIAL ".partial"

/** Whether both exist and are the same file or folder, by whatever links. */
bool lb_file_same(const char *a, const char *b);
/** A malloc'ed path of the folder that a file is in, or NULL when out of memory. */
char *lb_path_parent(const char *path);

bool lb_file_exists(const char *path);
/** Surely no file: false also where it cannot be examined, so that reading it reports why. */
bool lb_file_missing(const char *path);
/** No folder, pipe or device: it can be mapped. */
bool lb_file_is_plain(const char *path);
bool lb_folder_exists(const char *path);
/** True for a missing or an empty folder. */
bool lb_folder_empty(const char *path);
/** Creates one folder, also its missing parents; fine if it is there already. */
enum lb_status lb_folder_create(struct lb_context *ctx, const char *path);

#endif
