/*
 * What the library needs of an MPI: one object of this type, which a plug-in exports. The library
 * knows no MPI, and a plug-in nothing of the library but this header. Sums and everything else that
 * numbers depend on are the library's (ranks.h), so that every MPI gives the same bits.
 */
#ifndef LB_RANKS_RANK_PLUGIN_H
#define LB_RANKS_RANK_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>

enum { LB_RANK_PLUGIN_VERSION = 1 };

/** Where a process stands among all, and among those of its machine. */
struct lb_rank_place {
    int rank;
    int size;
    int local_rank;
    int local_size;
};

/** Bytes on their way to or from a rank. */
struct lb_rank_message {
    int rank;
    bool sent; ///< else received
    void *data;
    size_t bytes; ///< 0: no message
};

/** Functions that return a bool write to `why` what has failed. */
struct lb_rank_plugin {
    int version;
    const char *family; ///< "Open MPI", "MPICH"
    bool (*start)(struct lb_rank_place *place, char *why, size_t size);
    /** Begins to send and receive; messages of one tag between two ranks keep their order. */
    bool (*post)(const struct lb_rank_message *messages, size_t n, int tag, void **transfer,
                 char *why, size_t size);
    /** Whether all of them have arrived; *done true frees the transfer, and so does a failure. */
    bool (*test)(void *transfer, bool *done, char *why, size_t size);
    /** Ends this process and all others. */
    void (*abort)(int exit_status);
    void (*finish)(void);
};

#define LB_RANK_PLUGIN_SYMBOL "lb_rank_plugin"

#endif
