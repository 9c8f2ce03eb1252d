#include "batch/picture_list.h"

#include <errno.h>
#include <stdlib.h>

#include "base/errno_text.h"
#include "base/folder.h"
#include "base/natural.h"
#include "base/text.h"
#include "io/picture_read.h"

static int by_number(const void *a, const void *b)
{
    return lb_natural_compare(*(char *const *)a, *(char *const *)b);
}

/* Takes ownership of `path`, which may be NULL. */
static enum lb_status keep(struct lb_picture_list *list, struct lb_context *ctx, char *path)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity > 0 ? 2 * list->capacity : 64;
        char **paths = realloc(list->paths, capacity * sizeof *paths);
        if (paths == NULL) {
            free(path);
            return lb_fail_memory(ctx, "list of pictures");
        }
        list->paths = paths;
        list->capacity = capacity;
    }
    if (path == NULL) {
        return lb_fail_memory(ctx, "list of pictures");
    }
    list->paths[list->count++] = path;
    return LB_OK;
}

enum lb_status lb_picture_list_add_file(struct lb_picture_list *list, struct lb_context *ctx,
                                        const char *path)
{
    return keep(list, ctx, lb_string_copy(path));
}

/* NOLINTNEXTLINE(misc-no-recursion): limited by the depth of the folders */
static enum lb_status add_entry(struct lb_picture_list *list, struct lb_context *ctx,
                                const char *folder, const char *name, bool recursive)
{
    char *path = lb_path_join(folder, name);
    if (path == NULL) {
        return lb_fail_memory(ctx, folder);
    }
    if (lb_folder_is_real(path)) {
        const enum lb_status status =
            recursive ? lb_picture_list_add(list, ctx, path, recursive) : LB_OK;
        list->folders = list->folders || !recursive;
        free(path);
        return status;
    }
    if (lb_picture_named(name)) {
        return keep(list, ctx, path);
    }
    free(path);
    return LB_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): limited by the depth of the folders */
enum lb_status lb_picture_list_add(struct lb_picture_list *list, struct lb_context *ctx,
                                   const char *folder, bool recursive)
{
    struct lb_folder_names entries = {0};
    const int code = lb_folder_list(&entries, folder);
    if (code == ENOMEM) {
        return lb_fail_memory(ctx, folder);
    }
    if (code != 0) {
        return lb_fail(ctx, LB_ERR_IO, "%s: cannot list the folder: %s (check its permissions)",
                       folder, lb_errno_text(code).text);
    }
    if (entries.count > 0) {
        qsort(entries.names, entries.count, sizeof *entries.names, by_number);
    }
    enum lb_status status = LB_OK;
    for (size_t i = 0; i < entries.count && status == LB_OK; i++) {
        /* Names starting with a dot are no pictures: macOS puts ._NAME.png beside NAME.png. */
        if (entries.names[i][0] != '.') {
            status = add_entry(list, ctx, folder, entries.names[i], recursive);
        }
    }
    lb_folder_names_free(&entries);
    return status;
}

void lb_picture_list_free(struct lb_picture_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->paths[i]);
    }
    free(list->paths);
    *list = (struct lb_picture_list){0};
}
