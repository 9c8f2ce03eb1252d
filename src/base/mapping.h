/* A memory-mapped file, which must not change while mapped. */
#ifndef LB_BASE_MAPPING_H
#define LB_BASE_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/context.h"

struct lb_mapping {
    char *path;
    int descriptor; ///< -1: none
    void *address;  ///< NULL: the file is empty
    size_t bytes;
    struct timespec changed;
};

/** LB_ERR_NOT_FOUND, LB_ERR_IO (also if it is not a regular file), LB_ERR_MEMORY. */
enum lb_status lb_mapping_create(struct lb_mapping **out, struct lb_context *ctx, const char *path);
void lb_mapping_destroy(struct lb_mapping **mapping);

/** LB_ERR_IO if the file has been modified since it was mapped. */
enum lb_status lb_mapping_check(const struct lb_mapping *mapping, struct lb_context *ctx);

/** Hint: the bytes will be read in order, or at random. */
void lb_mapping_advise(const struct lb_mapping *mapping, bool in_order);

#endif
