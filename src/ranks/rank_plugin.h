/*
 * Interface to an MPI: one object of this type, exported by a plug-in. The library does not depend
 * on MPI, and a plug-in depends only on this header. Sums and everything else that affects numbers
 * are in the library (ranks.h), so every MPI gives the same bits.
 */
#ifndef LB_RANKS_RANK_PLUGIN_H
#define LB_RANKS_RANK_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>

enum { LB_RANK_PLUGIN_VERSION = 1 };

/** Position of a process among all ranks, and among those of its machine. */
struct lb_rank_place {
    int rank;
    int size;
    int local_rank;
    int local_size;
};

/** A message to or from a rank. */
struct lb_rank_message {
    int rank;
    bool sent; ///< false: received
    void *data;
    size_t bytes; ///< 0: no message
};

/** Functions that return false write the reason to `why`. */
struct lb_rank_plugin {
    int version;
    const char *family; ///< "Open MPI", "MPICH"
    bool (*start)(struct lb_rank_place *place, char *why, size_t size);
    /** Starts sending and receiving; messages with the same tag between two ranks keep their
     * order. */
    bool (*post)(const struct lb_rank_message *messages, size_t n, int tag, void **transfer,
                 char *why, size_t size);
    /** Whether all messages have arrived. The transfer is freed when *done is true or on
     * failure. */
    bool (*test)(void *transfer, bool *done, char *why, size_t size);
    /** Ends this process and all other ranks. */
    void (*abort)(int exit_status);
    void (*finish)(void);
};

#define LB_RANK_PLUGIN_SYMBOL "lb_rank_plugin"

#endif
