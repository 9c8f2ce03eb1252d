#include "device/pocl_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/errno_text.h"
#include "base/folder.h"

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

bool lb_pocl_cache_explain(struct lb_text *text, const char *platform)
{
    struct lb_text folder = {0};
    int error = 0;
    if (strcmp(platform, "Portable Computing Language") == 0 && find_folder(&folder)) {
        error = lb_folder_make(folder.data); // as PoCL has just tried to
        error = error != 0 ? error : lb_folder_try_write(folder.data);
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
