#include "base/posix.h"

#include "base/plugin.h"

#include <dlfcn.h>
#include <stddef.h>

void *lb_plugin_open(const char *path, const char **why)
{
    void *plugin = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    *why = plugin == NULL ? dlerror() : NULL;
    return plugin;
}

void *lb_plugin_find(void *plugin, const char *name)
{
    return dlsym(plugin, name);
}
