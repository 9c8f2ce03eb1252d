/* The user's cache folder: what was found out about a device and need not be found out again. */
#ifndef LB_BASE_CACHE_H
#define LB_BASE_CACHE_H

/**
 * Path of a file below XDG_CACHE_HOME/lowbend, else HOME/.cache/lowbend, malloc'ed; NULL if there
 * is no such folder to name or memory is out: then nothing is kept. `folder`, unless NULL, receives
 * the folder alone, to be created before writing.
 */
char *lb_cache_path(const char *name, char **folder);

#endif
