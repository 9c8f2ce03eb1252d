#include "ranks/ranks.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "ranks/rank_state.h"

/* Smaller sums (in bytes) use one exchange in which every rank gets everything; larger ones use two
 * that move less data. */
enum { ONE_EXCHANGE_BYTES = 64 << 10 };
/* Numbers per block of a sum, to stay in cache. */
enum { BLOCK = 2048 };

int lb_ranks_rank(const struct lb_ranks *ranks)
{
    return ranks != NULL ? ranks->place.rank : 0;
}

int lb_ranks_size(const struct lb_ranks *ranks)
{
    return ranks != NULL ? ranks->place.size : 1;
}

bool lb_ranks_writes(const struct lb_ranks *ranks)
{
    return lb_ranks_rank(ranks) == 0;
}

struct lb_share lb_ranks_share(const struct lb_ranks *ranks, int rank, size_t n)
{
    const size_t size = (size_t)lb_ranks_size(ranks);
    const size_t r = (size_t)rank;
    const size_t each = n / size;
    const size_t more = n % size; // the first ranks have one more
    return (struct lb_share){r * each + (r < more ? r : more), each + (r < more)};
}

/* ---- all to all ------------------------------------------------------------------------------ */

static enum lb_status exchange(struct lb_ranks *ranks, size_t n)
{
    bool done;
    return lb_ranks_exchange(ranks, ranks->messages, n, LB_RANK_TAG_DATA, 0.0, &done);
}

enum lb_status lb_ranks_gather_parts(struct lb_ranks *ranks, void *buffer, const size_t *at)
{
    const int size = lb_ranks_size(ranks);
    const int own = lb_ranks_rank(ranks);
    char *bytes = buffer;
    size_t n = 0;
    for (int i = 1; i < size; i++) { // each rank starts with a different one
        const int from = (own + size - i) % size;
        const int to = (own + i) % size;
        ranks->messages[n++] = (struct lb_rank_message){
            .rank = from, .data = bytes + at[from], .bytes = at[from + 1] - at[from]};
        ranks->messages[n++] = (struct lb_rank_message){
            .rank = to, .sent = true, .data = bytes + at[own], .bytes = at[own + 1] - at[own]};
    }
    return n > 0 ? exchange(ranks, n) : LB_OK;
}

enum lb_status lb_ranks_gather_pieces(struct lb_ranks *ranks, void *buffer,
                                      const struct lb_piece *pieces, size_t n)
{
    const int size = lb_ranks_size(ranks);
    const int own = lb_ranks_rank(ranks);
    size_t count = 0;
    bool done;
    if (size == 1 || n == 0) {
        return LB_OK;
    }
    struct lb_rank_message *messages = calloc(n * (size_t)size, sizeof *messages);
    if (messages == NULL) {
        return lb_fail_memory(ranks->ctx, "ranks");
    }
    for (size_t i = 0; i < n; i++) {
        struct lb_rank_message message = {.data = (char *)buffer + pieces[i].first,
                                          .bytes = pieces[i].bytes};
        message.sent = pieces[i].owner == own;
        message.rank = pieces[i].owner;
        if (!message.sent) {
            messages[count++] = message;
        }
        for (int to = 0; to < size && message.sent; to++) {
            message.rank = to;
            if (to != own) {
                messages[count++] = message;
            }
        }
    }
    const enum lb_status status =
        lb_ranks_exchange(ranks, messages, count, LB_RANK_TAG_DATA, 0.0, &done);
    free(messages);
    return status;
}

enum lb_status lb_ranks_gather(struct lb_ranks *ranks, const void *mine, size_t bytes, void *all)
{
    const size_t size = (size_t)lb_ranks_size(ranks);
    memcpy((char *)all + (size_t)lb_ranks_rank(ranks) * bytes, mine, bytes);
    if (size == 1) {
        return LB_OK;
    }
    size_t *at = malloc((size + 1) * sizeof *at);
    if (at == NULL) {
        return lb_fail_memory(ranks->ctx, "ranks");
    }
    for (size_t r = 0; r <= size; r++) {
        at[r] = r * bytes;
    }
    const enum lb_status status = lb_ranks_gather_parts(ranks, all, at);
    free(at);
    return status;
}

enum lb_status lb_ranks_broadcast(struct lb_ranks *ranks, void *buffer, size_t bytes)
{
    const int size = lb_ranks_size(ranks);
    if (size == 1) {
        return LB_OK;
    }
    size_t n = 0;
    if (ranks->place.rank > 0) {
        ranks->messages[n++] = (struct lb_rank_message){.rank = 0, .data = buffer, .bytes = bytes};
    }
    for (int to = 1; to < size && ranks->place.rank == 0; to++) {
        ranks->messages[n++] =
            (struct lb_rank_message){.rank = to, .sent = true, .data = buffer, .bytes = bytes};
    }
    return exchange(ranks, n);
}

/* ---- sums ------------------------------------------------------------------------------------ */

static enum lb_status reserve(struct lb_ranks *ranks, size_t floats)
{
    if (floats <= ranks->scratch_floats) {
        return LB_OK;
    }
    free(ranks->scratch);
    ranks->scratch_floats = 0;
    ranks->scratch = malloc(floats * sizeof *ranks->scratch);
    if (ranks->scratch == NULL) {
        return lb_fail_memory(ranks->ctx, "sums over ranks");
    }
    ranks->scratch_floats = floats;
    return LB_OK;
}

void lb_ranks_add_parts(const struct lb_ranks *ranks, float *sum, const float *const *parts,
                        size_t n, const float *weights)
{
    float block[BLOCK];
    for (size_t at = 0; at < n; at += BLOCK) {
        const size_t count = n - at < BLOCK ? n - at : BLOCK;
        memset(block, 0, count * sizeof *block);
        for (int r = 0; r < ranks->place.size; r++) {
            const float *part = parts[r] + at;
            const float weight = weights[r];
            if (weight == 0.0f) {
                continue;
            }
            for (size_t i = 0; i < count; i++) {
                block[i] += weight * part[i];
            }
        }
        memcpy(sum + at, block, count * sizeof *block);
    }
}

/* Adds the received numbers in the scratch buffer, n per rank; this rank's are in `sum`. */
static void add_received(struct lb_ranks *ranks, float *sum, size_t n, const float *weights)
{
    for (int r = 0; r < ranks->place.size; r++) {
        ranks->parts[r] = r == ranks->place.rank ? sum : ranks->scratch + (size_t)r * n;
    }
    lb_ranks_add_parts(ranks, sum, ranks->parts, n, weights);
}

/* Each rank receives all numbers and adds them. */
static enum lb_status sum_at_once(struct lb_ranks *ranks, float *values, size_t n,
                                  const float *weights)
{
    LB_TRY(reserve(ranks, (size_t)ranks->place.size * n));
    LB_TRY(lb_ranks_gather(ranks, values, n * sizeof *values, ranks->scratch));
    add_received(ranks, values, n, weights);
    return LB_OK;
}

enum lb_status lb_ranks_sum_share(struct lb_ranks *ranks, float *values, size_t n,
                                  const float *weights)
{
    const int size = lb_ranks_size(ranks);
    const int own = lb_ranks_rank(ranks);
    const struct lb_share mine = lb_ranks_share(ranks, own, n);
    size_t messages = 0;
    if (size == 1) {
        return LB_OK;
    }
    LB_TRY(reserve(ranks, (size_t)size * mine.count));
    for (int i = 1; i < size; i++) {
        const int from = (own + size - i) % size;
        const int to = (own + i) % size;
        const struct lb_share theirs = lb_ranks_share(ranks, to, n);
        ranks->messages[messages++] = (struct lb_rank_message){
            .rank = from,
            .data = ranks->scratch + (size_t)from * mine.count,
            .bytes = mine.count * sizeof *values,
        };
        ranks->messages[messages++] = (struct lb_rank_message){
            .rank = to,
            .sent = true,
            .data = values + theirs.first,
            .bytes = theirs.count * sizeof *values,
        };
    }
    LB_TRY(exchange(ranks, messages));
    add_received(ranks, values + mine.first, mine.count, weights);
    return LB_OK;
}

enum lb_status lb_ranks_gather_shares(struct lb_ranks *ranks, void *values, size_t n, size_t bytes)
{
    const int size = lb_ranks_size(ranks);
    if (size == 1) {
        return LB_OK;
    }
    size_t *at = malloc(((size_t)size + 1) * sizeof *at);
    if (at == NULL) {
        return lb_fail_memory(ranks->ctx, "ranks");
    }
    for (int rank = 0; rank < size; rank++) {
        at[rank] = lb_ranks_share(ranks, rank, n).first * bytes;
    }
    at[size] = n * bytes;
    const enum lb_status status = lb_ranks_gather_parts(ranks, values, at);
    free(at);
    return status;
}

enum lb_status lb_ranks_sum(struct lb_ranks *ranks, float *values, size_t n, const float *weights)
{
    const size_t size = (size_t)lb_ranks_size(ranks);
    if (size == 1) {
        return LB_OK;
    }
    if (size * n * sizeof *values <= ONE_EXCHANGE_BYTES) {
        return sum_at_once(ranks, values, n, weights);
    }
    LB_TRY(lb_ranks_sum_share(ranks, values, n, weights));
    return lb_ranks_gather_shares(ranks, values, n, sizeof *values);
}

enum lb_status lb_ranks_sum_doubles(struct lb_ranks *ranks, double *values, size_t n)
{
    const size_t size = (size_t)lb_ranks_size(ranks);
    if (size == 1) {
        return LB_OK;
    }
    double *all = malloc(size * n * sizeof *all);
    if (all == NULL) {
        return lb_fail_memory(ranks->ctx, "sums over ranks");
    }
    const enum lb_status status = lb_ranks_gather(ranks, values, n * sizeof *values, all);
    for (size_t i = 0; i < n && status == LB_OK; i++) {
        values[i] = 0.0;
        for (size_t r = 0; r < size; r++) {
            values[i] += all[r * n + i];
        }
    }
    free(all);
    return status;
}

/* ---- agreement ------------------------------------------------------------------------------- */

enum lb_status lb_ranks_any(struct lb_ranks *ranks, bool *value)
{
    double count = *value ? 1.0 : 0.0;
    LB_TRY(lb_ranks_sum_doubles(ranks, &count, 1));
    *value = count > 0.0;
    return LB_OK;
}

/* A rank's outcome. */
struct outcome {
    int status;
    char text[1024];
};

/* Names the rank, unless all ranks have the same text. */
static enum lb_status first_failure(const struct lb_ranks *ranks, struct lb_context *ctx,
                                    const struct outcome *all)
{
    const int size = ranks->place.size;
    int first = 0;
    int alike = 0;
    while (first < size && all[first].status == LB_OK) {
        first++;
    }
    if (first == size) {
        return LB_OK;
    }
    for (int r = 0; r < size; r++) {
        alike += strcmp(all[r].text, all[first].text) == 0;
    }
    const enum lb_status status = (enum lb_status)all[first].status;
    return alike == size ? lb_fail(ctx, status, "%s", all[first].text)
                         : lb_fail(ctx, status, "rank %d of %d, on %s: %s", first, size,
                                   ranks->processes[first].host, all[first].text);
}

enum lb_status lb_ranks_agree(struct lb_ranks *ranks, struct lb_context *ctx, enum lb_status status)
{
    const size_t size = (size_t)lb_ranks_size(ranks);
    if (size == 1 || (status != LB_OK && ranks->lost)) { // it would wait forever
        return status;
    }
    struct outcome mine = {.status = (int)status};
    struct outcome *all = calloc(size, sizeof *all);
    if (all == NULL) {
        return lb_fail_memory(ctx, "ranks");
    }
    if (status != LB_OK) {
        const char *text = lb_context_error(ctx);
        const size_t length = strlen(text);
        memcpy(mine.text, text, length < sizeof mine.text ? length : sizeof mine.text - 1);
    }
    enum lb_status agreed = lb_ranks_gather(ranks, &mine, sizeof mine, all);
    if (agreed == LB_OK) {
        agreed = first_failure(ranks, ctx, all);
    }
    free(all);
    return agreed;
}

/* *first: the first rank whose text differs from rank 0's; the number of ranks if none. */
static enum lb_status compare(struct lb_ranks *ranks, const char *text, size_t *first)
{
    const size_t size = (size_t)lb_ranks_size(ranks);
    const uint64_t hash = lb_hash_bytes(text, strlen(text));
    uint64_t *all = calloc(size, sizeof *all);
    if (all == NULL) {
        return lb_fail_memory(ranks->ctx, "ranks");
    }
    const enum lb_status status = lb_ranks_gather(ranks, &hash, sizeof hash, all);
    *first = 1;
    while (*first < size && all[*first] == all[0]) {
        (*first)++;
    }
    free(all);
    return status;
}

enum lb_status lb_ranks_find_same(struct lb_ranks *ranks, const char *text, bool *same)
{
    size_t first = 1;
    LB_TRY(lb_ranks_size(ranks) > 1 ? compare(ranks, text, &first) : LB_OK);
    *same = first == (size_t)lb_ranks_size(ranks);
    return LB_OK;
}

enum lb_status lb_ranks_require_same(struct lb_ranks *ranks, const char *what, const char *text)
{
    const size_t size = (size_t)lb_ranks_size(ranks);
    size_t first = 1;
    LB_TRY(size > 1 ? compare(ranks, text, &first) : LB_OK);
    if (first == size) {
        return LB_OK;
    }
    return lb_fail(
        ranks->ctx, LB_ERR_ARGUMENT,
        "rank %zu of %zu, on %s: %s not those of rank 0, on %s (give all ranks the same)", first,
        size, ranks->processes[first].host, what, ranks->processes[0].host);
}
