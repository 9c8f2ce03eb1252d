#include "batch/picture_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/natural.h"
#include "base/text.h"
#include "io/picture_read.h"

/* Names starting with a dot are no pictures: macOS puts ._NAME.png beside NAME.png. */
static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_number(const struct dirent **a, const struct dirent **b)
{
    return lb_natural_compare((*a)->d_name, (*b)->d_name);
}

static bool is_folder(const char *path)
{
    struct stat facts;
    return lstat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
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
    if (is_folder(path)) {
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
    struct dirent **entries = NULL;
    const int n = scandir(folder, &entries, is_visible, by_number);
    if (n < 0) {
        return lb_fail(ctx, LB_ERR_IO, "%s: cannot list the folder: %s (check its permissions)",
                       folder, lb_errno_text(errno).text);
    }
    enum lb_status status = LB_OK;
    for (int i = 0; i < n; i++) {
        if (status == LB_OK) {
            status = add_entry(list, ctx, folder, entries[i]->d_name, recursive);
        }
        free(entries[i]);
    }
    free(entries);
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
