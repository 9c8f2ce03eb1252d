#include "device/pocl_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/context.h"

/* The cache folder that PoCL chooses. */
static bool find_folder(struct lb_text *folder)
{
    const char *own = getenv("POCL_CACHE_DIR");
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (own != NULL) {
        lb_text_add(folder, own);
    } else if (cache != NULL && cache[0] != '\0') {
        lb_text_addf(folder, "%s/pocl/kcache", cache);
    } else if (home != NULL) {
        lb_text_addf(folder, "%s/.cache/pocl/kcache", home);
    } else {
        lb_text_add(folder, "/tmp/pocl/kcache");
    }
    return !folder->failed && folder->length > 0;
}

/* Creates a folder and its parents, as PoCL has just tried to; returns 0 or errno. */
static int make_folder(char *path)
{
    for (char *slash = path; slash != NULL;) {
        slash = strchr(slash + 1, '/');
        if (slash != NULL) {
            *slash = '\0';
        }
        const int error = mkdir(path, 0777) == 0 ? 0 : errno;
        struct stat facts;
        const bool there = stat(path, &facts) == 0;
        if (slash != NULL) {
            *slash = '/';
        }
        if (!there) {
            return error;
        }
        if (!S_ISDIR(facts.st_mode)) {
            return ENOTDIR;
        }
    }
    return 0;
}

/* Permissions are not enough: the file system may be read-only or full. Returns 0 or errno. */
static int make_file(const char *folder)
{
    struct lb_text path = {0};
    lb_text_addf(&path, "%s/lowbend-XXXXXX", folder);
    const int file = path.failed ? -1 : mkstemp(path.data);
    const int error = file >= 0 || path.failed ? 0 : errno;
    if (file >= 0) {
        close(file);
        unlink(path.data);
    }
    lb_text_free(&path);
    return error;
}

bool lb_pocl_cache_explain(struct lb_text *text, const char *platform)
{
    struct lb_text folder = {0};
    int error = 0;
    if (strcmp(platform, "Portable Computing Language") == 0 && find_folder(&folder)) {
        error = make_folder(folder.data);
        error = error != 0 ? error : make_file(folder.data);
    }
    if (error != 0) {
        lb_text_addf(text,
                     "PoCL cannot write to its kernel cache %s: %s (set POCL_CACHE_DIR to a "
                     "writable folder, or XDG_CACHE_HOME, where lowbend also keeps its files)",
                     folder.data, lb_errno_text(error).text);
    }
    lb_text_free(&folder);
    return error != 0;
}
