/* The built-in datasets: the files of cl/dataset/. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/errno_text.h"
#include "base/folder.h"
#include "base/text.h"
#include "geometry/dataset.h"

static const char suffix[] = ".cl";

/* Keeps the names of datasets, without their suffix. */
static void keep_datasets(struct lb_folder_names *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        char *name = list->names[i];
        if (name[0] != '.' && lb_string_ends_with(name, suffix)) {
            name[strlen(name) - strlen(suffix)] = '\0';
            list->names[kept++] = name;
        } else {
            free(name);
        }
    }
    list->count = kept;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum lb_status lb_dataset_names(struct lb_device *device, char ***names, size_t *count)
{
    struct lb_folder_names list = {0};
    *names = NULL;
    *count = 0;
    char *path = lb_path_join(device->cl_dir, "dataset");
    const int code = path != NULL ? lb_folder_list(&list, path) : ENOMEM;
    enum lb_status status = LB_OK;
    if (code == ENOMEM) {
        status = lb_fail_memory(device->ctx, "dataset list");
    } else if (code != 0) {
        status = lb_fail(device->ctx, LB_ERR_NOT_FOUND, "%s: cannot list: %s (check --cl-dir)",
                         path, lb_errno_text(code).text);
    }
    free(path);
    if (status == LB_OK && list.count > 0) {
        keep_datasets(&list);
        qsort(list.names, list.count, sizeof *list.names, compare_names); // now without suffixes
        *names = list.names;
        *count = list.count;
    }
    return status;
}

void lb_dataset_names_free(char ***names, size_t count)
{
    for (size_t i = 0; *names != NULL && i < count; i++) {
        free((*names)[i]);
    }
    free(*names);
    *names = NULL;
}
