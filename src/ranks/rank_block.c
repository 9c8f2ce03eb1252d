#include "ranks/rank_block.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "ranks/rank_state.h"

enum { PAGE_BYTES = 4096 };

static enum lb_status read_variable(struct lb_context *ctx, bool *off)
{
    const char *text = getenv("LOWBEND_SHARED_MEMORY");
    *off = text != NULL && strcmp(text, "off") == 0;
    if (text == NULL || text[0] == '\0' || strcmp(text, "on") == 0 || *off) {
        return LB_OK;
    }
    return lb_fail(ctx, LB_ERR_ARGUMENT, "LOWBEND_SHARED_MEMORY: \"%s\": must be on or off", text);
}

static bool all_on_one_machine(const struct lb_ranks *ranks)
{
    return ranks->place.local_size == ranks->place.size;
}

/* Rank 0 creates the memory and the others open it; false on all ranks if one fails. */
static enum lb_status map_together(struct lb_rank_block *block, struct lb_ranks *ranks,
                                   size_t bytes, bool *mapped)
{
    struct lb_shared_memory *memory = &block->memory;
    char name[sizeof memory->name] = "";
    const bool first = ranks->place.rank == 0;
    if (first && lb_shared_memory_create(memory, bytes)) {
        memcpy(name, memory->name, sizeof name);
    }
    LB_TRY(lb_ranks_broadcast(ranks, name, sizeof name));
    if (!first && name[0] != '\0') {
        lb_shared_memory_open(memory, name, bytes);
    }
    bool failed = memory->data == NULL;
    LB_TRY(lb_ranks_any(ranks, &failed));
    lb_shared_memory_unlink(memory); // all have opened it
    *mapped = !failed;
    return LB_OK;
}

enum lb_status lb_rank_block_open(struct lb_rank_block *block, struct lb_ranks *ranks,
                                  size_t floats, bool wanted)
{
    const size_t size = (size_t)lb_ranks_size(ranks);
    const size_t bytes = (floats * sizeof(float) + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    *block = (struct lb_rank_block){0};
    if (size == 1) {
        return LB_OK;
    }
    bool off;
    LB_TRY(lb_ranks_agree(ranks, ranks->ctx, read_variable(ranks->ctx, &off)));
    float **part = malloc(size * sizeof *part);
    bool unwanted = !wanted || off || !all_on_one_machine(ranks) || part == NULL;
    bool mapped = false;
    enum lb_status status = lb_ranks_any(ranks, &unwanted);
    if (status == LB_OK && !unwanted) {
        status = map_together(block, ranks, size * bytes, &mapped);
    }
    if (!mapped || part == NULL) {
        free(part);
        lb_rank_block_close(block);
        return status;
    }
    float *first = block->memory.data;
    for (size_t r = 0; r < size; r++) {
        part[r] = first + r * (bytes / sizeof *first);
    }
    block->part = part;
    return LB_OK;
}

void lb_rank_block_close(struct lb_rank_block *block)
{
    free(block->part);
    lb_shared_memory_close(&block->memory);
    *block = (struct lb_rank_block){0};
}

enum lb_status lb_ranks_wait(struct lb_ranks *ranks)
{
    const char here = 'h';
    atomic_thread_fence(memory_order_seq_cst);
    const enum lb_status status = lb_ranks_gather(ranks, &here, 1, ranks->states);
    atomic_thread_fence(memory_order_seq_cst);
    return status;
}

/* Copies the shares that other ranks own from their parts. */
static void copy_shares(struct lb_rank_block *block, const struct lb_ranks *ranks, size_t n)
{
    const int own = ranks->place.rank;
    for (int i = 1; i < ranks->place.size; i++) { // each rank starts with a different part
        const int r = (own + i) % ranks->place.size;
        const struct lb_share share = lb_ranks_share(ranks, r, n);
        memcpy(block->part[own] + share.first, block->part[r] + share.first,
               share.count * sizeof(float));
    }
}

enum lb_status lb_rank_block_gather(struct lb_rank_block *block, struct lb_ranks *ranks, size_t n)
{
    LB_TRY(lb_ranks_wait(ranks));
    copy_shares(block, ranks, n);
    return LB_OK;
}

enum lb_status lb_rank_block_sum(struct lb_rank_block *block, struct lb_ranks *ranks, size_t n,
                                 const float *weights, bool whole)
{
    const int own = ranks->place.rank;
    const struct lb_share share = lb_ranks_share(ranks, own, n);
    const float **parts = ranks->parts;
    for (int r = 0; r < ranks->place.size; r++) {
        parts[r] = block->part[r] + share.first;
    }
    LB_TRY(lb_ranks_wait(ranks));
    lb_ranks_add_parts(ranks, block->part[own] + share.first, parts, share.count, weights);
    return whole ? lb_rank_block_gather(block, ranks, n) : LB_OK;
}
