/* Memory shared by processes on one machine. */
#ifndef LB_BASE_SHARED_MEMORY_H
#define LB_BASE_SHARED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/** Starts as {0}. */
struct lb_shared_memory {
    void *data; ///< page-aligned; NULL: not mapped
    size_t bytes;
    char name[64]; ///< other processes open it by this name; empty once it is unlinked
};

/** Creates, reserves and maps zeroed memory. False if the system cannot provide it. */
bool lb_shared_memory_create(struct lb_shared_memory *memory, size_t bytes);

/** Maps the memory that another process has created under this name. */
bool lb_shared_memory_open(struct lb_shared_memory *memory, const char *name, size_t bytes);

/** Removes the name; the memory lives until the last process has unmapped it. */
void lb_shared_memory_unlink(struct lb_shared_memory *memory);

/** Unmaps the memory, and unlinks it if its creator has not yet. */
void lb_shared_memory_close(struct lb_shared_memory *memory);

#endif
