/* The built-in datasets: the files of cl/dataset/. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "geometry/dataset.h"

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum lb_status lb_dataset_names(struct lb_device *device, char ***names, size_t *count)
{
    *names = NULL;
    *count = 0;
    char *path = lb_path_join(device->cl_dir, "dataset");
    if (path == NULL) {
        return lb_fail_memory(device->ctx, "dataset list");
    }
    DIR *folder = opendir(path);
    if (folder == NULL) {
        const enum lb_status status =
            lb_fail(device->ctx, LB_ERR_NOT_FOUND, "%s: cannot list: %s (check --cl-dir)", path,
                    lb_errno_text(errno).text);
        free(path);
        return status;
    }
    free(path);
    bool memory = true;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): safe for a private directory stream
    for (struct dirent *entry = readdir(folder); entry != NULL && memory; entry = readdir(folder)) {
        if (entry->d_name[0] == '.' || !lb_string_ends_with(entry->d_name, ".cl")) {
            continue;
        }
        char **longer = realloc(*names, (*count + 1) * sizeof **names);
        memory = longer != NULL;
        if (memory) {
            *names = longer;
            entry->d_name[strlen(entry->d_name) - 3] = '\0';
            (*names)[*count] = lb_string_copy(entry->d_name);
            memory = (*names)[*count] != NULL;
            *count += memory;
        }
    }
    closedir(folder);
    if (!memory) {
        lb_dataset_names_free(names, *count);
        *count = 0;
        return lb_fail_memory(device->ctx, "dataset list");
    }
    if (*count > 0) {
        qsort(*names, *count, sizeof **names, compare_names);
    }
    return LB_OK;
}

void lb_dataset_names_free(char ***names, size_t count)
{
    for (size_t i = 0; *names != NULL && i < count; i++) {
        free((*names)[i]);
    }
    free(*names);
    *names = NULL;
}
