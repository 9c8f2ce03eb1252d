/* PoCL's cache of compiled kernels: without one it has no device, or builds nothing, and does not
 * say why. */
#ifndef LB_DEVICE_POCL_CACHE_H
#define LB_DEVICE_POCL_CACHE_H

#include <stdbool.h>

#include "base/text.h"

/**
 * Adds why PoCL cannot write to its cache, and what to do about it.
 *
 * @param platform the name of the platform that failed
 * @return false, with nothing added, if the platform is another or the cache can be written to
 */
bool lb_pocl_cache_explain(struct lb_text *text, const char *platform);

#endif
