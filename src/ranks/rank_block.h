/*
 * Memory that all ranks of one machine map, a part for each of them. A rank writes its own part and
 * reads the others' where they lie, so that sums need no messages with the numbers. Sums give the
 * same bits as those of ranks.h.
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
 * Makes a block with `floats` numbers for each rank. All ranks must call this together. There is a
 * block only if all of them want one, run on one machine and can map it; otherwise block->part is
 * NULL and the status LB_OK. LOWBEND_SHARED_MEMORY=off leaves it out.
 *
 * @return LB_OK, LB_ERR_ARGUMENT (the variable), LB_ERR_MEMORY, LB_ERR_IO (another rank is gone)
 */
enum lb_status lb_rank_block_open(struct lb_rank_block *block, struct lb_ranks *ranks,
                                  size_t floats, bool wanted);
void lb_rank_block_close(struct lb_rank_block *block);

/** Returns once all ranks have called it: what they wrote before can be read after it. */
enum lb_status lb_ranks_wait(struct lb_ranks *ranks);

/**
 * The n numbers of this rank's part become the sum over ranks r of weights[r] times theirs; unless
 * `whole`, only this rank's share of them does, and the rest is undefined. The other ranks must not
 * write their parts until all ranks have met again: with `whole` false at the next
 * lb_rank_block_gather(), else at any exchange.
 */
enum lb_status lb_rank_block_sum(struct lb_rank_block *block, struct lb_ranks *ranks, size_t n,
                                 const float *weights, bool whole);

/** Of the n numbers of a part each rank has its share, and reads the others' from their parts. */
enum lb_status lb_rank_block_gather(struct lb_rank_block *block, struct lb_ranks *ranks, size_t n);

#endif
