/* Host work on all cores. */
#ifndef LB_BASE_PARALLEL_H
#define LB_BASE_PARALLEL_H

#include <stddef.h>

/** Does the items first to last - 1. */
typedef void (*lb_range_fn)(void *user, size_t first, size_t last);

/**
 * Does the items 0 to n - 1 in ranges of at least `least` of them, on several threads at once, and
 * returns when all are done. Items must not depend on each other. Cannot fail: where there are no
 * threads to be had, the caller's does the work.
 */
void lb_parallel_for(size_t n, size_t least, lb_range_fn work, void *user);

#endif
