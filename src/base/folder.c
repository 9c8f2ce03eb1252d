#include "base/posix.h"

#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/errno_text.h"
#include "base/text.h"

bool lb_folder_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool lb_folder_is_real(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* ---- creating -------------------------------------------------------------------------------- */

int lb_folder_make(const char *path)
{
    char *partial = lb_string_copy(path);
    if (partial == NULL) {
        return ENOMEM;
    }
    int code = 0;
    for (char *slash = partial; code == 0 && slash != NULL;) {
        slash = strchr(slash + 1, '/');
        if (slash != NULL) {
            *slash = '\0';
        }
        if (!lb_folder_exists(partial) && mkdir(partial, 0777) != 0 && errno != EEXIST) {
            code = errno;
        }
        if (slash != NULL) {
            *slash = '/';
        }
    }
    free(partial);
    return code == 0 && !lb_folder_exists(path) ? ENOTDIR : code;
}

enum lb_status lb_folder_create(struct lb_context *ctx, const char *path)
{
    const int code = lb_folder_make(path);
    if (code == ENOMEM) {
        return lb_fail_memory(ctx, path);
    }
    return code == 0 ? LB_OK
                     : lb_fail(ctx, LB_ERR_IO,
                               "%s: cannot create the folder: %s (check the path, permissions and "
                               "free space)",
                               path, lb_errno_text(code).text);
}

int lb_folder_try_write(const char *path)
{
    char *name = lb_path_join(path, "lowbend-XXXXXX");
    const int file = name != NULL ? mkstemp(name) : -1;
    const int code = name == NULL ? ENOMEM : file < 0 ? errno : 0;
    if (file >= 0) {
        close(file);
        unlink(name);
    }
    free(name);
    return code;
}

/* ---- contents -------------------------------------------------------------------------------- */

/* The next name other than "." and ".."; NULL at the end, or on failure with *code set. */
static const char *next_name(DIR *folder, int *code)
{
    for (;;) {
        errno = 0;
        // NOLINTNEXTLINE(concurrency-mt-unsafe): safe for a private directory stream
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            *code = errno;
            return NULL;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            return entry->d_name;
        }
    }
}

bool lb_folder_empty(const char *path)
{
    int code = 0;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return errno == ENOENT;
    }
    const bool empty = next_name(folder, &code) == NULL && code == 0;
    closedir(folder);
    return empty;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Returns 0 or ENOMEM. */
static int add_name(struct lb_folder_names *list, size_t *capacity, const char *name)
{
    if (list->count == *capacity) {
        const size_t larger = *capacity > 0 ? 2 * *capacity : 64;
        char **names = realloc(list->names, larger * sizeof *names);
        if (names == NULL) {
            return ENOMEM;
        }
        list->names = names;
        *capacity = larger;
    }
    list->names[list->count] = lb_string_copy(name);
    return list->names[list->count] != NULL ? (list->count++, 0) : ENOMEM;
}

int lb_folder_list(struct lb_folder_names *list, const char *path)
{
    size_t capacity = 0;
    int code = 0;
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return errno;
    }
    for (const char *name; code == 0 && (name = next_name(folder, &code)) != NULL;) {
        code = add_name(list, &capacity, name);
    }
    closedir(folder);
    if (code != 0) {
        lb_folder_names_free(list);
    } else if (list->count > 0) {
        qsort(list->names, list->count, sizeof *list->names, compare_names);
    }
    return code;
}

void lb_folder_names_free(struct lb_folder_names *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->names[i]);
    }
    free(list->names);
    *list = (struct lb_folder_names){0};
}
