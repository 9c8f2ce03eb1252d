/* The MPI plug-in, built once for each installed MPI with its mpi.h. */
#include <mpi.h>

#include <stdio.h>
#include <stdlib.h>

#include "ranks/rank_plugin.h"

#if defined(OPEN_MPI)
#define FAMILY "Open MPI"
#elif defined(MPICH_VERSION) || defined(MPICH)
#define FAMILY "MPICH"
#else
#define FAMILY "MPI"
#endif

enum { PIECE_BYTES = 1 << 30 }; // MPI counts with int

struct transfer {
    int count;
    MPI_Request requests[];
};

static bool explain(const char *call, int code, char *why, size_t size)
{
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(code, text, &length);
    snprintf(why, size, "%s failed: %s", call, text);
    return false;
}

static bool start(struct lb_rank_place *place, char *why, size_t size)
{
    MPI_Comm machine;
    int provided;
    int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (code != MPI_SUCCESS) {
        return explain("MPI_Init_thread", code, why, size);
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &place->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &place->size);
    code = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, place->rank, MPI_INFO_NULL,
                               &machine);
    if (code != MPI_SUCCESS) {
        return explain("MPI_Comm_split_type", code, why, size);
    }
    MPI_Comm_rank(machine, &place->local_rank);
    MPI_Comm_size(machine, &place->local_size);
    MPI_Comm_free(&machine);
    return true;
}

static int pieces_of(const struct lb_rank_message *message)
{
    return (int)((message->bytes + PIECE_BYTES - 1) / PIECE_BYTES);
}

static int post_one(const struct lb_rank_message *message, int tag, MPI_Request *requests)
{
    char *data = message->data;
    int code = MPI_SUCCESS;
    for (int i = 0; i < pieces_of(message) && code == MPI_SUCCESS; i++) {
        const size_t at = (size_t)i * PIECE_BYTES;
        const size_t left = message->bytes - at;
        const int bytes = left < PIECE_BYTES ? (int)left : PIECE_BYTES;
        code = message->sent ? MPI_Isend(data + at, bytes, MPI_BYTE, message->rank, tag,
                                         MPI_COMM_WORLD, &requests[i])
                             : MPI_Irecv(data + at, bytes, MPI_BYTE, message->rank, tag,
                                         MPI_COMM_WORLD, &requests[i]);
    }
    return code;
}

/* test() waits for the requests, in places where the analyser cannot follow them. */
// NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker)
static bool post(const struct lb_rank_message *messages, size_t n, int tag, void **out, char *why,
                 size_t size)
{
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        count += pieces_of(&messages[i]);
    }
    struct transfer *transfer =
        malloc(sizeof *transfer + (size_t)count * sizeof transfer->requests[0]);
    *out = transfer;
    if (transfer == NULL) {
        snprintf(why, size, "out of memory on the host");
        return false;
    }
    transfer->count = count;
    int next = 0;
    for (size_t i = 0; i < n; i++) {
        const int code = post_one(&messages[i], tag, transfer->requests + next);
        if (code != MPI_SUCCESS) {
            free(transfer);
            *out = NULL;
            return explain(messages[i].sent ? "MPI_Isend" : "MPI_Irecv", code, why, size);
        }
        next += pieces_of(&messages[i]);
    }
    return true;
}

// NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker)

static bool test(void *transfer_, bool *done, char *why, size_t size)
{
    struct transfer *transfer = transfer_;
    int all = 0;
    const int code = MPI_Testall(transfer->count, transfer->requests, &all, MPI_STATUSES_IGNORE);
    *done = all != 0;
    if (all != 0 || code != MPI_SUCCESS) {
        free(transfer);
    }
    return code == MPI_SUCCESS || explain("MPI_Testall", code, why, size);
}

static void abort_all(int exit_status)
{
    MPI_Abort(MPI_COMM_WORLD, exit_status);
}

static void finish(void)
{
    MPI_Finalize();
}

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const struct lb_rank_plugin lb_rank_plugin;
const struct lb_rank_plugin lb_rank_plugin = {
    .version = LB_RANK_PLUGIN_VERSION,
    .family = FAMILY,
    .start = start,
    .post = post,
    .test = test,
    .abort = abort_all,
    .finish = finish,
};
