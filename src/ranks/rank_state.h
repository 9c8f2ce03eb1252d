/* What a process knows of the ranks, and messages between them. */
#ifndef LB_RANKS_RANK_STATE_H
#define LB_RANKS_RANK_STATE_H

#include <stdint.h>
#include <sys/types.h>

#include "base/context.h"
#include "ranks/rank_plugin.h"

/** A process among the ranks, told by itself. */
struct lb_rank_process {
    int64_t pid;
    char host[64];
};

struct lb_ranks {
    struct lb_context *ctx;
    void *library; ///< dlopen()'s
    const struct lb_rank_plugin *plugin;
    struct lb_rank_place place;
    struct lb_rank_process *processes; ///< (size); NULL until all have told
    struct lb_rank_message *messages;  ///< (2 size): of one exchange
    char *states;                      ///< (size): of lb_ranks_settle(): 'f' failed, 'd' done
    const float **parts;               ///< (size): what a sum is of
    float *scratch;                    ///< of sums
    size_t scratch_floats;
    bool lost; ///< others do not know that this one fails
};

enum {
    LB_RANK_TAG_DATA = 1,
    LB_RANK_TAG_SETTLE, ///< apart from data that may still be waited for
};

/** sum (n) = the sum over ranks r, in their order, of weights[r] times parts[r] (n); parts[own] may
 * be sum. */
void lb_ranks_add_parts(const struct lb_ranks *ranks, float *sum, const float *const *parts,
                        size_t n, const float *weights);

/** Sends and receives, and waits, at most `seconds` if that is above 0: *done is then false, and
 * the buffers must stay. LB_ERR_IO also where a process of this machine that is waited for has
 * ended. */
enum lb_status lb_ranks_exchange(struct lb_ranks *ranks, const struct lb_rank_message *messages,
                                 size_t n, int tag, double seconds, bool *done);

#endif
