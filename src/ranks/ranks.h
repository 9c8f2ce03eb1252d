/*
 * The ranks of a run, and what they do together: a row of collective functions, which all ranks
 * call in the same order. Sums are in rank order on every rank, so that equal ranks give equal
 * bits, whatever MPI carries the numbers. With NULL for the ranks, or one of them, nothing is sent,
 * and what would be a sum stays as it is.
 *
 * A failure of one rank that others know nothing of would leave these waiting: whoever calls
 * something that can fail on one rank alone asks lb_ranks_agree() behind it, or ends all.
 */
#ifndef LB_RANKS_RANKS_H
#define LB_RANKS_RANKS_H

#include <lowbend/ranks.h>

#include "base/context.h"
#include "ranks/rank_plugin.h"

struct lb_ranks;

/** Items of a whole that a rank has: the first of them, and how many. */
struct lb_share {
    size_t first;
    size_t count;
};

/** 0 and 1 for NULL. */
int lb_ranks_rank(const struct lb_ranks *ranks);
int lb_ranks_size(const struct lb_ranks *ranks);
/** Whether this is the rank that writes. */
bool lb_ranks_writes(const struct lb_ranks *ranks);

/** Rank r's part of n items, in the order of ranks, as equal as can be. */
struct lb_share lb_ranks_share(const struct lb_ranks *ranks, int rank, size_t n);

/** `all` (size, bytes) receives each rank's `mine` (bytes). */
enum lb_status lb_ranks_gather(struct lb_ranks *ranks, const void *mine, size_t bytes, void *all);

/** Rank r has the bytes at[r]..at[r+1]-1 of the buffer, and receives all others; at (size + 1). */
enum lb_status lb_ranks_gather_parts(struct lb_ranks *ranks, void *buffer, const size_t *at);

/** Of n items of so many bytes each rank has its share, and receives all others. */
enum lb_status lb_ranks_gather_shares(struct lb_ranks *ranks, void *values, size_t n, size_t bytes);

/** Bytes of a buffer that one rank has. */
struct lb_piece {
    int owner;
    size_t first;
    size_t bytes;
};

/** Each piece of the buffer becomes its owner's. */
enum lb_status lb_ranks_gather_pieces(struct lb_ranks *ranks, void *buffer,
                                      const struct lb_piece *pieces, size_t n);

/** The buffer becomes rank 0's. */
enum lb_status lb_ranks_broadcast(struct lb_ranks *ranks, void *buffer, size_t bytes);

/** values (n) becomes the sum over ranks r of weights[r] times theirs, weights (size) being the
 * same everywhere. A weight of 0 leaves that rank's numbers out, whatever they are. */
enum lb_status lb_ranks_sum(struct lb_ranks *ranks, float *values, size_t n, const float *weights);
/** The same of this rank's share of the n numbers alone; what becomes of the others is left open.
 */
enum lb_status lb_ranks_sum_share(struct lb_ranks *ranks, float *values, size_t n,
                                  const float *weights);

enum lb_status lb_ranks_sum_doubles(struct lb_ranks *ranks, double *values, size_t n);

/** What any rank wants: true if one has true. */
enum lb_status lb_ranks_any(struct lb_ranks *ranks, bool *value);

/** The status of the first rank that failed, with its text, on all ranks; LB_OK if none did. */
enum lb_status lb_ranks_agree(struct lb_ranks *ranks, struct lb_context *ctx,
                              enum lb_status status);

/** *same: whether the text is the same everywhere. */
enum lb_status lb_ranks_find_same(struct lb_ranks *ranks, const char *text, bool *same);

/** Fails on all ranks unless the text is the same everywhere, which is of `what`: "its settings
 * are". */
enum lb_status lb_ranks_require_same(struct lb_ranks *ranks, const char *what, const char *text);

#endif
