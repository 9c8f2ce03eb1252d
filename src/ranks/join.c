/* Joining the ranks that mpirun started, and leaving them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file_facts.h"
#include "base/machine.h"
#include "base/plugin.h"
#include "base/process.h"
#include "base/text.h"
#include "ranks/launcher.h"
#include "ranks/rank_state.h"
#include "ranks/ranks.h"

/* Seconds that ranks with the same failure may take to agree on which one reports it. */
static const double SETTLE_SECONDS = 1.5;
/* Additional seconds that each further rank waits before it reports, if the ranks do not know of
 * each other's failure; the first one to report ends the others. */
static const double NEXT_SECONDS = 0.25;
static const double LAST_SECONDS = 4.0;

/* ---- the plug-in ----------------------------------------------------------------------------- */

static enum lb_status fail_start(struct lb_context *ctx, const struct lb_launcher *launcher,
                                 const char *why)
{
    return lb_fail(ctx, LB_ERR_IO, "ranks: %s does not start: %s (try mpirun with another program)",
                   launcher->family, why);
}

/* Opens the first existing plug-in, from a build folder or installed; *out is NULL if there is
 * none. */
static enum lb_status open_library(struct lb_ranks *ranks, const struct lb_launcher *launcher)
{
    static const char *const places[] = {LB_RANKS_DIR_BUILT, LB_RANKS_DIR_INSTALLED};
    struct lb_text path = {0};
    bool there = false;
    enum lb_status status = LB_OK;
    for (size_t i = 0; i < LB_COUNT(places) && !there && !path.failed; i++) {
        path.length = 0;
        lb_text_addf(&path, "%s/%s" LB_PLUGIN_SUFFIX, places[i], launcher->plugin);
        there = !path.failed && lb_file_is_readable(path.data);
    }
    if (path.failed) {
        status = lb_fail_memory(ranks->ctx, "ranks");
    } else if (!there) {
        status =
            lb_fail(ranks->ctx, LB_ERR_UNSUPPORTED,
                    "ranks: %s started this process, and this lowbend was built without it (build "
                    "it with the development files of %s, or use the mpirun of its MPI)",
                    launcher->family, launcher->family);
    } else {
        const char *why = NULL;
        ranks->library = lb_plugin_open(path.data, &why);
        if (ranks->library == NULL) {
            status = fail_start(ranks->ctx, launcher, why);
        }
    }
    lb_text_free(&path);
    return status;
}

static enum lb_status load(struct lb_ranks *ranks, const struct lb_launcher *launcher)
{
    LB_TRY(open_library(ranks, launcher));
    ranks->plugin = lb_plugin_find(ranks->library, LB_RANK_PLUGIN_SYMBOL);
    if (ranks->plugin == NULL || ranks->plugin->version != LB_RANK_PLUGIN_VERSION) {
        ranks->plugin = NULL;
        return fail_start(ranks->ctx, launcher,
                          "its plug-in belongs to another version of lowbend");
    }
    return LB_OK;
}

/* ---- joining --------------------------------------------------------------------------------- */

static void destroy(struct lb_ranks *ranks)
{
    free(ranks->processes);
    free(ranks->messages);
    free(ranks->states);
    free(ranks->parts);
    free(ranks->scratch);
    free(ranks); // the library stays loaded: MPI libraries cannot be unloaded safely
}

static enum lb_status introduce(struct lb_ranks *ranks)
{
    const size_t size = (size_t)ranks->place.size;
    struct lb_rank_process own = {.pid = lb_process_number()};
    ranks->messages = calloc(2 * size, sizeof *ranks->messages);
    ranks->states = calloc(size, 1);
    ranks->parts = calloc(size, sizeof *ranks->parts);
    struct lb_rank_process *processes = calloc(size, sizeof *processes);
    if (ranks->messages == NULL || ranks->states == NULL || ranks->parts == NULL ||
        processes == NULL) {
        free(processes);
        ranks->lost = true;
        return lb_fail_memory(ranks->ctx, "ranks");
    }
    lb_machine_name(own.host, sizeof own.host);
    const enum lb_status status = lb_ranks_gather(ranks, &own, sizeof own, processes);
    ranks->processes = processes;
    return status;
}

static enum lb_status start(struct lb_ranks *ranks, const struct lb_launcher *launcher)
{
    char why[512] = "";
    const int size = lb_launcher_number(launcher->size, 1);
    if (!ranks->plugin->start(&ranks->place, why, sizeof why)) {
        ranks->plugin = NULL;
        return fail_start(ranks->ctx, launcher, why);
    }
    if (ranks->place.size != size) {
        return fail_start(
            ranks->ctx, launcher,
            "its number of ranks differs from mpirun's, which may belong to another MPI");
    }
    LB_TRY(introduce(ranks));
    return lb_ranks_require_same(ranks, "version and compiler are", LB_VERSION " " LB_COMPILER);
}

enum lb_status lb_ranks_join(struct lb_context *ctx)
{
    const struct lb_launcher *launcher = lb_launcher_find();
    if (launcher == NULL || lb_launcher_number(launcher->size, 1) == 1 || ctx->ranks != NULL) {
        return LB_OK;
    }
    struct lb_ranks *ranks = calloc(1, sizeof *ranks);
    if (ranks == NULL) {
        return lb_fail_memory(ctx, "ranks");
    }
    ranks->ctx = ctx;
    ctx->ranks = ranks;
    enum lb_status status = load(ranks, launcher);
    if (status == LB_OK) {
        status = start(ranks, launcher);
    }
    if (status != LB_OK && ranks->plugin == NULL) {
        ctx->ranks = NULL;
        destroy(ranks);
    }
    return status;
}

struct lb_ranks_info lb_ranks_get_info(const struct lb_context *ctx)
{
    if (ctx->ranks == NULL) {
        return (struct lb_ranks_info){.size = 1, .local_size = 1};
    }
    const struct lb_rank_place *place = &ctx->ranks->place;
    return (struct lb_ranks_info){
        place->rank, place->size, place->local_rank, place->local_size, {0}};
}

/* ---- leaving --------------------------------------------------------------------------------- */

static double turn_of(int rank)
{
    return fmin(rank * NEXT_SECONDS, LAST_SECONDS);
}

static void wait_turn(int rank)
{
    lb_sleep(turn_of(rank));
}

/* Tells the other ranks whether this one has failed, and receives theirs; false if some do not
 * answer. */
static bool hear_of_all(struct lb_ranks *ranks, bool failed)
{
    const int size = ranks->place.size;
    const int own = ranks->place.rank;
    const double seconds = failed ? SETTLE_SECONDS + turn_of(own) : 0.0;
    size_t n = 0;
    bool done = false;
    ranks->states[own] = failed ? 'f' : 'd';
    for (int other = 0; other < size; other++) {
        if (other != own) {
            ranks->messages[n++] =
                (struct lb_rank_message){.rank = other, .data = &ranks->states[other], .bytes = 1};
            ranks->messages[n++] = (struct lb_rank_message){
                .rank = other, .sent = true, .data = &ranks->states[own], .bytes = 1};
        }
    }
    return lb_ranks_exchange(ranks, ranks->messages, n, LB_RANK_TAG_SETTLE, seconds, &done) ==
               LB_OK &&
           done;
}

/* Prefixes the context's error text with this rank. */
static void name_rank(struct lb_ranks *ranks)
{
    char *text = lb_string_copy(lb_context_error(ranks->ctx));
    const struct lb_rank_place *place = &ranks->place;
    if (text != NULL) {
        lb_fail(ranks->ctx, LB_OK, "rank %d of %d, on %s: %s", place->rank, place->size,
                ranks->processes[place->rank].host, text);
    }
    free(text);
}

bool lb_ranks_settle(struct lb_context *ctx, bool failed)
{
    struct lb_ranks *ranks = ctx != NULL ? ctx->ranks : NULL;
    if (ranks == NULL) {
        return true;
    }
    if (ranks->lost || !hear_of_all(ranks, failed)) {
        if (ranks->lost) { // others may have found the same failure
            wait_turn(ranks->place.rank);
        } else {
            name_rank(ranks);
        }
        ranks->lost = true;
        return true;
    }
    int first = 0;
    while (first < ranks->place.size - 1 && ranks->states[first] != 'f') {
        first++;
    }
    return first == ranks->place.rank;
}

void lb_ranks_leave(struct lb_context *ctx, int exit_status)
{
    struct lb_ranks *ranks = ctx != NULL ? ctx->ranks : NULL;
    if (ranks == NULL) {
        return;
    }
    if (ranks->lost) {
        ranks->plugin->abort(exit_status);
    } else {
        ranks->plugin->finish();
    }
    ctx->ranks = NULL;
    destroy(ranks);
}
