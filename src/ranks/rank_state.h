/* Private state of the ranks, and messages between them. */
#ifndef LB_RANKS_RANK_STATE_H
#define LB_RANKS_RANK_STATE_H

#include <stdint.h>

#include "base/context.h"
#include "ranks/rank_plugin.h"

/** Description of a rank's process, sent by itself. */
struct lb_rank_process {
    int64_t pid;
    char host[64];
};

struct lb_ranks {
    struct lb_context *ctx;
    void *library; ///< handle from lb_plugin_open()
    const struct lb_rank_plugin *plugin;
    struct lb_rank_place place;
    struct lb_rank_process *processes; ///< (size); NULL until all have been received
    struct lb_rank_message *messages;  ///< (2 size): messages of one exchange
    char *states;                      ///< (size): for lb_ranks_settle(): 'f' failed, 'd' done
    const float **parts;               ///< (size): operands of a sum
    float *scratch;                    ///< for sums
    size_t scratch_floats;
    bool lost; ///< this rank failed and the others do not know
};

enum {
    LB_RANK_TAG_DATA = 1,
    LB_RANK_TAG_SETTLE, ///< separate from data that may still be pending
};

/** sum (n) = sum over ranks r, in order, of weights[r] times parts[r] (n); parts[own] may alias
 * sum. */
void lb_ranks_add_parts(const struct lb_ranks *ranks, float *sum, const float *const *parts,
                        size_t n, const float *weights);

/** Sends and receives, and waits, for at most `seconds` if above 0: *done is false after that, and
 * the buffers must stay valid. LB_ERR_IO also if a local process that it waits for has ended. */
enum lb_status lb_ranks_exchange(struct lb_ranks *ranks, const struct lb_rank_message *messages,
                                 size_t n, int tag, double seconds, bool *done);

#endif
