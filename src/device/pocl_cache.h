/* PoCL's cache of compiled kernels. If PoCL cannot write to it, it shows no device or builds
 * nothing, without saying why. */
#ifndef LB_DEVICE_POCL_CACHE_H
#define LB_DEVICE_POCL_CACHE_H

#include <stdbool.h>

#include "base/text.h"

/**
 * Adds the reason why PoCL cannot write to its cache, and advice.
 *
 * @param platform the name of the platform that failed
 * @return false, with nothing added, if it is another platform or the cache is writable
 */
bool lb_pocl_cache_explain(struct lb_text *text, const char *platform);

#endif
