/*
 * The ranks of a run and their collective functions, which all ranks must call in the same order.
 * Sums run in rank order on every rank, so results are bitwise identical whatever MPI transports
 * the numbers. With NULL for the ranks, or a single rank, nothing is sent, and sums leave the
 * values unchanged.
 *
 * If one rank fails and the others do not know, they wait forever. After anything that can fail on
 * a single rank, call lb_ranks_agree(), or end all ranks.
 */
#ifndef LB_RANKS_RANKS_H
#define LB_RANKS_RANKS_H

#include <lowbend/ranks.h>

#include "base/context.h"
#include "ranks/rank_plugin.h"

struct lb_ranks;

/** The items that a rank owns: first and count. */
struct lb_share {
    size_t first;
    size_t count;
};

/** 0 and 1 for NULL. */
int lb_ranks_rank(const struct lb_ranks *ranks);
int lb_ranks_size(const struct lb_ranks *ranks);
/** Whether this rank writes files. */
bool lb_ranks_writes(const struct lb_ranks *ranks);

/** Rank r's share of n items, in rank order, as even as possible. */
struct lb_share lb_ranks_share(const struct lb_ranks *ranks, int rank, size_t n);

/** `all` (size, bytes) receives every rank's `mine` (bytes). */
enum lb_status lb_ranks_gather(struct lb_ranks *ranks, const void *mine, size_t bytes, void *all);

/** Rank r owns bytes at[r]..at[r+1]-1 of the buffer and receives all others; at (size + 1). */
enum lb_status lb_ranks_gather_parts(struct lb_ranks *ranks, void *buffer, const size_t *at);

/** Each rank owns its share of n items of the given size and receives all others. */
enum lb_status lb_ranks_gather_shares(struct lb_ranks *ranks, void *values, size_t n, size_t bytes);

/** A byte range of a buffer, with its owner. */
struct lb_piece {
    int owner;
    size_t first;
    size_t bytes;
};

/** Copies each piece of the buffer from its owner to all ranks. */
enum lb_status lb_ranks_gather_pieces(struct lb_ranks *ranks, void *buffer,
                                      const struct lb_piece *pieces, size_t n);

/** Copies rank 0's buffer to all ranks. */
enum lb_status lb_ranks_broadcast(struct lb_ranks *ranks, void *buffer, size_t bytes);

/** Replaces values (n) by the sum over ranks r of weights[r] times theirs; weights (size) must be
 * equal on all ranks. A weight of 0 ignores that rank's numbers, even if not finite. */
enum lb_status lb_ranks_sum(struct lb_ranks *ranks, float *values, size_t n, const float *weights);
/** The same, only for this rank's share of the n numbers; the others are undefined afterwards. */
enum lb_status lb_ranks_sum_share(struct lb_ranks *ranks, float *values, size_t n,
                                  const float *weights);

enum lb_status lb_ranks_sum_doubles(struct lb_ranks *ranks, double *values, size_t n);

/** Logical or over the ranks. */
enum lb_status lb_ranks_any(struct lb_ranks *ranks, bool *value);

/** On all ranks, the status and text of the first rank that failed; LB_OK if none did. */
enum lb_status lb_ranks_agree(struct lb_ranks *ranks, struct lb_context *ctx,
                              enum lb_status status);

/** *same: whether the text is equal on all ranks. */
enum lb_status lb_ranks_find_same(struct lb_ranks *ranks, const char *text, bool *same);

/** Fails on all ranks unless the text is equal on all; `what` starts the message: "its settings
 * are". */
enum lb_status lb_ranks_require_same(struct lb_ranks *ranks, const char *what, const char *text);

#endif
