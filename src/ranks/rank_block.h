/*
 * Memory shared by all ranks on one machine, with a part for each rank. A rank writes only its own
 * part and reads the others' in place, so sums send no data in messages. Sums are bitwise identical
 * to those of ranks.h.
 */
#ifndef LB_RANKS_RANK_BLOCK_H
#define LB_RANKS_RANK_BLOCK_H

#include "base/shared_memory.h"
#include "ranks/ranks.h"

/** Starts as {0}. */
struct lb_rank_block {
    struct lb_shared_memory memory;
    float **part; ///< (ranks): the numbers of rank r, page-aligned; NULL: there is no block
};

/**
 * Creates a block with `floats` numbers for each rank. Collective. The block exists only if all
 * ranks want it, run on one machine and can allocate and map it; otherwise block->part is NULL and
 * the status LB_OK. LOWBEND_SHARED_MEMORY=off disables it.
 *
 * @return LB_OK, LB_ERR_ARGUMENT (the variable), LB_ERR_IO (another rank is gone)
 */
enum lb_status lb_rank_block_open(struct lb_rank_block *block, struct lb_ranks *ranks,
                                  size_t floats, bool wanted);
void lb_rank_block_close(struct lb_rank_block *block);

/** Barrier: returns once all ranks have called it. What they wrote before can be read
 * afterwards. */
enum lb_status lb_ranks_wait(struct lb_ranks *ranks);

/**
 * Replaces the n numbers of this rank's part by the sum over ranks r of weights[r] times theirs;
 * unless `whole`, only in this rank's share, and the rest is undefined. The other ranks must
 * leave their parts unchanged until the next synchronisation of all ranks: lb_rank_block_gather()
 * if `whole` is false, else any exchange.
 */
enum lb_status lb_rank_block_sum(struct lb_rank_block *block, struct lb_ranks *ranks, size_t n,
                                 const float *weights, bool whole);

/** Completes this rank's part: copies the other shares of the n numbers from the parts of the ranks
 * that own them. */
enum lb_status lb_rank_block_gather(struct lb_rank_block *block, struct lb_ranks *ranks, size_t n);

#endif
