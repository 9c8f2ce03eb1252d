/* Temporary storage that may exceed memory: an unnamed temporary file, mapped once it is
 * written. */
#ifndef LB_BASE_SPOOL_H
#define LB_BASE_SPOOL_H

#include <stddef.h>
#include <stdio.h>

#include "base/context.h"

/** Initialise with {0}; the caller closes it, also on failure. */
struct lb_spool {
    FILE *file;
    void *address; ///< NULL: not mapped
    size_t bytes;
};

/** Created in TMPDIR, else /tmp. LB_ERR_IO, LB_ERR_MEMORY. */
enum lb_status lb_spool_open(struct lb_spool *spool, struct lb_context *ctx);
enum lb_status lb_spool_add(struct lb_spool *spool, struct lb_context *ctx, const void *data,
                            size_t bytes);
/** *data: everything written, valid until the spool is closed. No more can be added. */
enum lb_status lb_spool_map(struct lb_spool *spool, struct lb_context *ctx, const void **data);
void lb_spool_close(struct lb_spool *spool);

#endif
