/* Picture files of a folder. */
#ifndef LB_BATCH_PICTURE_LIST_H
#define LB_BATCH_PICTURE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

/** Initialise with {0}. */
struct lb_picture_list {
    char **paths;
    size_t count;
    size_t capacity;
    bool folders; ///< there are subfolders that were not searched
};

/**
 * Appends the pictures of a folder, recognised by suffix, in natural order of their names; with
 * `recursive` also those of subfolders, at their place in that order. Skips names starting with a
 * dot and does not follow links to folders. LB_ERR_IO, LB_ERR_MEMORY.
 */
enum lb_status lb_picture_list_add(struct lb_picture_list *list, struct lb_context *ctx,
                                   const char *folder, bool recursive);
/** Appends one file. */
enum lb_status lb_picture_list_add_file(struct lb_picture_list *list, struct lb_context *ctx,
                                        const char *path);
void lb_picture_list_free(struct lb_picture_list *list);

#endif
