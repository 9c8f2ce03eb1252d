/* Bytes that may be more than memory holds: a temporary file without a name, mapped once it is
 * written. */
#ifndef LB_BASE_SPOOL_H
#define LB_BASE_SPOOL_H

#include <stddef.h>
#include <stdio.h>

#include "base/context.h"

/** Starts as {0}; the caller closes it, also on failure. */
struct lb_spool {
    FILE *file;
    void *address; ///< NULL: not mapped
    size_t bytes;
};

/** In the folder TMPDIR, else /tmp. LB_ERR_IO, LB_ERR_MEMORY. */
enum lb_status lb_spool_open(struct lb_spool *spool, struct lb_context *ctx);
enum lb_status lb_spool_add(struct lb_spool *spool, struct lb_context *ctx, const void *data,
                            size_t bytes);
/** *data: all that was added, until the spool is closed; nothing can be added any more. */
enum lb_status lb_spool_map(struct lb_spool *spool, struct lb_context *ctx, const void **data);
void lb_spool_close(struct lb_spool *spool);

#endif
