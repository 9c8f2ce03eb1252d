/* Folders: what they hold, and creating them. */
#ifndef LB_BASE_FOLDER_H
#define LB_BASE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

bool lb_folder_exists(const char *path);
/** Whether it is a folder itself, not a link to one. */
bool lb_folder_is_real(const char *path);
/** True for a missing or an empty folder. */
bool lb_folder_empty(const char *path);

/** Creates a folder and its missing parents; succeeds if it exists. */
enum lb_status lb_folder_create(struct lb_context *ctx, const char *path);
/** The same without a message: returns 0, or the errno value that says why it failed. */
int lb_folder_make(const char *path);

/**
 * Creates a file in the folder and removes it again: permissions do not tell whether the file
 * system is read-only or full. Returns 0, or the errno value that says why it failed.
 */
int lb_folder_try_write(const char *path);

/** Initialise with {0}; the caller frees it. */
struct lb_folder_names {
    char **names;
    size_t count;
};
/**
 * The names of all files and folders in a folder, other than "." and "..", in the order of their
 * bytes. Returns 0, or the errno value that says why it failed (ENOMEM: out of memory).
 */
int lb_folder_list(struct lb_folder_names *list, const char *path);
void lb_folder_names_free(struct lb_folder_names *list);

#endif
