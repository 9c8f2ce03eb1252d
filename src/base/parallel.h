/* Parallel loops on the host. */
#ifndef LB_BASE_PARALLEL_H
#define LB_BASE_PARALLEL_H

#include <stddef.h>

/** Processes items first to last - 1. */
typedef void (*lb_range_fn)(void *user, size_t first, size_t last);

/**
 * Processes items 0 to n - 1 in ranges of at least `least` items on several threads, and returns
 * when all are done. Items must be independent. Cannot fail: without further threads, the calling
 * thread does the work.
 */
void lb_parallel_for(size_t n, size_t least, lb_range_fn work, void *user);

#endif
