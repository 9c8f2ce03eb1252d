#include "base/cache.h"

#include <stdlib.h>

#include "base/text.h"

/* The variable's value if it is an absolute path; the XDG rules say to ignore others. */
static const char *absolute(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && lb_path_is_absolute(value) ? value : NULL;
}

char *lb_cache_path(const char *name, char **folder)
{
    const char *cache = absolute("XDG_CACHE_HOME");
    const char *home = absolute("HOME");
    if (folder != NULL) {
        *folder = NULL;
    }
    if (cache == NULL && home == NULL) {
        return NULL;
    }
    char *base =
        lb_path_join(cache != NULL ? cache : home, cache != NULL ? "lowbend" : ".cache/lowbend");
    char *path = base != NULL ? lb_path_join(base, name) : NULL;
    if (folder != NULL && path != NULL) {
        *folder = base;
    } else {
        free(base);
    }
    return path;
}
