/*
 * Ranks: processes that mpirun started to train one run together, each with a device of its own.
 *
 *     mpirun -n 4 program
 *
 *     lb_context_create(&ctx, NULL);
 *     lb_ranks_join(ctx);                        // without mpirun nothing happens
 *     lb_device_open(&device, ctx, NULL);        // each rank its own, or its share of one
 *     status = lb_train(device, &params, "RUN", &control);
 *     if (lb_ranks_settle(ctx, status != LB_OK)) {
 *         puts(lb_context_error(ctx));           // one rank says what has failed
 *     }
 *     lb_ranks_leave(ctx);
 *
 * From lb_ranks_join() on, lb_train() and the trainer's functions on this context are collective:
 * all ranks call them in the same order with the same settings. Rank r takes its share of each
 * batch, and rank 0 alone writes to RUN. All other functions do the same as without ranks.
 */
#ifndef LOWBEND_RANKS_H
#define LOWBEND_RANKS_H

#include <stdbool.h>
#include <stdint.h>

#include <lowbend/context.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_ranks_info {
    int rank;       ///< of this process, from 0
    int size;       ///< processes; 1: it is alone
    int local_rank; ///< the same among those of this machine
    int local_size;
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[4];
};

/** What mpirun's variables say, which is known before the ranks are joined; `size` 1: this process
 * is alone. How many are on its machine is not known yet: local_size is 1. */
LB_API struct lb_ranks_info lb_ranks_launched(void);

/**
 * Joins the ranks that mpirun started, by the MPI that it belongs to; without mpirun, and alone
 * under it, nothing happens. Waits for the other ranks. At most once in a process.
 *
 * @return LB_OK; LB_ERR_UNSUPPORTED (the library was built without this MPI); LB_ERR_IO (MPI does
 *         not start); LB_ERR_MEMORY
 */
LB_API enum lb_status lb_ranks_join(struct lb_context *ctx);

/** Of a context that has joined none: alone. */
LB_API struct lb_ranks_info lb_ranks_get_info(const struct lb_context *ctx);

/**
 * After a call that may have failed here or elsewhere: whether this rank is the one that speaks of
 * it, so that a failure is told once. Waits for the other ranks, at most a few seconds: if they
 * do not come, because they wait for this one, it is this rank that speaks, and it must call
 * lb_ranks_abort() then, as lb_ranks_leave() does by itself.
 */
LB_API bool lb_ranks_settle(struct lb_context *ctx, bool failed);

/** Leaves the ranks, behind everything else on the context but its destruction. Waits until all
 * leave; after a failure that the others do not know of it ends them and this process, with
 * `exit_status`. */
LB_API void lb_ranks_leave(struct lb_context *ctx, int exit_status);

#ifdef __cplusplus
}
#endif

#endif
