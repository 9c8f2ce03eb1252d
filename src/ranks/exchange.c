/* Messages between ranks: sending and waiting. */
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "ranks/rank_state.h"

/* A wait first yields the processor, then sleeps: the other ranks may be computing on the same
 * cores. */
static const double YIELDING_SECONDS = 2e-3;
static const double NAP_SECONDS = 50e-6;
/* Seconds between checks that the other processes still run. */
static const double LOOK_SECONDS = 0.1;

/* Whether a process of this machine has ended and been reaped by mpirun, or is about to be. */
static bool has_gone(const struct lb_ranks *ranks, int rank)
{
    const struct lb_rank_process *own = &ranks->processes[ranks->place.rank];
    const struct lb_rank_process *other = &ranks->processes[rank];
    return rank != ranks->place.rank && strcmp(own->host, other->host) == 0 &&
           lb_process_gone((long)other->pid);
}

/* Of several waiting ranks, the first one reports. */
static enum lb_status check_processes(struct lb_ranks *ranks)
{
    for (int rank = 0; ranks->processes != NULL && rank < ranks->place.size; rank++) {
        if (has_gone(ranks, rank)) {
            ranks->lost = true;
            return lb_fail(ranks->ctx, LB_ERR_IO,
                           "rank %d of %d: its process %lld on %s has ended (find out why, then "
                           "continue from the last checkpoint with --resume)",
                           rank, ranks->place.size, (long long)ranks->processes[rank].pid,
                           ranks->processes[rank].host);
        }
    }
    return LB_OK;
}

static void rest(double waited)
{
    if (waited < YIELDING_SECONDS) {
        lb_yield();
    } else {
        lb_sleep(NAP_SECONDS);
    }
}

static enum lb_status fail(struct lb_ranks *ranks, const char *why)
{
    ranks->lost = true;
    return lb_fail(ranks->ctx, LB_ERR_IO,
                   "ranks: %s (check that all of them still run, and continue with --resume)", why);
}

enum lb_status lb_ranks_exchange(struct lb_ranks *ranks, const struct lb_rank_message *messages,
                                 size_t n, int tag, double seconds, bool *done)
{
    char why[512] = "";
    void *transfer = NULL;
    *done = false;
    if (!ranks->plugin->post(messages, n, tag, &transfer, why, sizeof why) ||
        !ranks->plugin->test(transfer, done, why, sizeof why)) {
        return fail(ranks, why);
    }
    const double start = *done ? 0.0 : lb_clock_seconds();
    double looked = start;
    while (!*done) {
        const double now = lb_clock_seconds();
        if (seconds > 0.0 && now - start > seconds) {
            return LB_OK;
        }
        if (now - looked > LOOK_SECONDS) {
            LB_TRY(check_processes(ranks));
            looked = now;
        }
        rest(now - start);
        if (!ranks->plugin->test(transfer, done, why, sizeof why)) {
            return fail(ranks, why);
        }
    }
    return LB_OK;
}
