/*
 * Ranks: processes started by mpirun that train one run together, each on its own device.
 *
 *     mpirun -n 4 program
 *
 *     lb_context_create(&ctx, NULL);
 *     lb_ranks_join(ctx);                        // no-op without mpirun
 *     lb_device_open(&device, ctx, NULL);        // one per rank, or a share of one
 *     status = lb_train(device, &params, "RUN", &control);
 *     if (lb_ranks_settle(ctx, status != LB_OK)) {
 *         puts(lb_context_error(ctx));           // one rank reports the error
 *     }
 *     lb_ranks_leave(ctx);
 *
 * After lb_ranks_join(), lb_train() and the trainer's functions on this context are collective: all
 * ranks call them in the same order with the same settings. Each rank takes its share of every
 * batch, and only rank 0 writes to RUN. All other functions behave as without ranks.
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
    int rank;       ///< rank of this process, from 0
    int size;       ///< number of processes; 1: no other ranks
    int local_rank; ///< the same among the ranks of this machine
    int local_size;
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[4];
};

/** What mpirun's environment variables say, available before the ranks are joined. `size` 1: no
 * other ranks. The number of ranks on this machine is not known yet: local_size is 1. */
LB_API struct lb_ranks_info lb_ranks_launched(void);

/**
 * Joins the ranks that mpirun started, through the MPI library that it belongs to. A no-op without
 * mpirun or with a single rank. Waits for the other ranks. Call it at most once per process.
 *
 * @return LB_OK; LB_ERR_UNSUPPORTED (the library was built without this MPI); LB_ERR_IO (MPI does
 *         not start); LB_ERR_MEMORY
 */
LB_API enum lb_status lb_ranks_join(struct lb_context *ctx);

/** For a context that has not joined: rank 0 of 1. */
LB_API struct lb_ranks_info lb_ranks_get_info(const struct lb_context *ctx);

/**
 * After a call that may have failed on any rank: returns whether this rank should report the error,
 * so that it is reported once. Waits a few seconds at most for the other ranks. If they do not
 * come, because they wait for this one, it returns true, and the caller must then call
 * lb_ranks_abort() or lb_ranks_leave().
 */
LB_API bool lb_ranks_settle(struct lb_context *ctx, bool failed);

/** Leaves the ranks; call it last on the context, before destroying it. Waits until all ranks
 * leave. After a failure that the other ranks do not know of, it ends them and this process with
 * `exit_status`. */
LB_API void lb_ranks_leave(struct lb_context *ctx, int exit_status);

#ifdef __cplusplus
}
#endif

#endif
