/* Memory that several processes of one machine map. */
#ifndef LB_BASE_SHARED_MEMORY_H
#define LB_BASE_SHARED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/** Starts as {0}. */
struct lb_shared_memory {
    void *data; ///< page-aligned; NULL: not mapped
    size_t bytes;
    char name[64]; ///< by which other processes open it; empty once it has been unlinked
};

/** Creates and maps zeroed memory, all of it reserved. False if the system has none to give. */
bool lb_shared_memory_create(struct lb_shared_memory *memory, size_t bytes);

/** Maps what another process has created under this name. */
bool lb_shared_memory_open(struct lb_shared_memory *memory, const char *name, size_t bytes);

/** Removes the name; the memory lives until the last process has unmapped it. */
void lb_shared_memory_unlink(struct lb_shared_memory *memory);

/** Unmaps the memory, and unlinks it if its creator has not yet. */
void lb_shared_memory_close(struct lb_shared_memory *memory);

#endif
