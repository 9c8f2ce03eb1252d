/* The files of pictures in a folder. */
#ifndef LB_BATCH_PICTURE_LIST_H
#define LB_BATCH_PICTURE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

/** Starts as {0}. */
struct lb_picture_list {
    char **paths;
    size_t count;
    size_t capacity;
    bool folders; ///< there are sub-folders that were not looked into
};

/**
 * Appends the pictures of a folder, by the endings of their names, in the natural order of these;
 * of sub-folders too where `recursive` says so, each in its place among the names. Names that start
 * with a dot are left out, and links to folders are not followed. LB_ERR_IO, LB_ERR_MEMORY.
 */
enum lb_status lb_picture_list_add(struct lb_picture_list *list, struct lb_context *ctx,
                                   const char *folder, bool recursive);
/** Appends one file. */
enum lb_status lb_picture_list_add_file(struct lb_picture_list *list, struct lb_context *ctx,
                                        const char *path);
void lb_picture_list_free(struct lb_picture_list *list);

#endif
