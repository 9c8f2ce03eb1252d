/* The user's cache folder: results about a device that need not be computed again. */
#ifndef LB_BASE_CACHE_H
#define LB_BASE_CACHE_H

/**
 * Allocated path of a file below XDG_CACHE_HOME/lowbend, else HOME/.cache/lowbend. NULL if there is
 * no such folder or memory is out; nothing is cached then. `folder`, unless NULL, receives the
 * folder, which must be created before writing.
 */
char *lb_cache_path(const char *name, char **folder);

#endif
