/* Plug-ins: code that is loaded while the program runs. */
#ifndef LB_BASE_PLUGIN_H
#define LB_BASE_PLUGIN_H

/** How the names of their files end. */
#define LB_PLUGIN_SUFFIX ".so"

/**
 * Loads a plug-in. All other libraries see its symbols, which those that it loads itself may need.
 * It is never unloaded.
 *
 * @return its handle; NULL on failure: *why says why, until the next call in this thread
 */
void *lb_plugin_open(const char *path, const char **why);

/** Address of an object or a function in it; NULL if it has none of this name. */
void *lb_plugin_find(void *plugin, const char *name);

#endif
