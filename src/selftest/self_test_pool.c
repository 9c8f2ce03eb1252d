#include "selftest/self_test_pool.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "selftest/self_test_cache.h"

enum {
    POLL_MS = 100,     // polling interval of `stop`
    START_COST = 35,   // of a process, in units of the cases' costs
    CLBLAST_COST = 20, // how many times more CLBlast's kernels cost
};

/** A case with its result. */
struct lb_self_test_entry {
    struct lb_self_test_item item;
    struct lb_cached_check check;
    struct lb_self_test_outcome outcome;
    size_t child;    ///< index of the process that runs it
    size_t position; ///< among all requests: a process runs its cases in this order
    bool done;
};

/* ---- processes ------------------------------------------------------------------------------- */

/* Compilers in several processes of a CPU do not disturb each other. A kernel that crashes a GPU
 * may end all processes that use it, and then the others would not be at fault. */
static size_t most_children(const struct lb_device *device)
{
    const char *text = getenv("LOWBEND_SELF_TEST_PROCESSES");
    const uint32_t cores = device->info.compute_units;
    size_t most = device->info.type == LB_DEVICE_CPU ? cores : 1;
    if (text != NULL) {
        char *end;
        const double value = lb_number_read(text, &end);
        most = value >= 1.0 && *end == '\0' ? (size_t)value : most;
    }
    return most < 1 ? 1 : most < LB_SELF_TEST_CHILDREN ? most : LB_SELF_TEST_CHILDREN;
}

/* The case that a process runs; NULL if it has none. */
static struct lb_self_test_entry *present_case(const struct lb_self_test_pool *pool, size_t child)
{
    struct lb_self_test_entry *present = NULL;
    for (size_t i = 0; i < pool->count; i++) {
        struct lb_self_test_entry *entry = &pool->entries[i];
        if (!entry->done && entry->child == child &&
            (present == NULL || entry->position < present->position)) {
            present = entry;
        }
    }
    return present;
}

static bool is_busy(const struct lb_self_test_pool *pool, size_t child)
{
    return pool->children[child].process.number != 0 && present_case(pool, child) != NULL;
}

static void ask(struct lb_self_test_pool *pool, struct lb_self_test_entry *entry)
{
    entry->position = pool->requests++;
    lb_self_test_child_ask(&pool->children[entry->child], pool->suite, &entry->item);
}

/* Asks a process for all its cases, in the order of their positions. */
static void ask_all(struct lb_self_test_pool *pool, size_t child)
{
    const size_t begin = pool->requests;
    struct lb_self_test_entry *entry;
    while ((entry = present_case(pool, child)) != NULL && entry->position < begin) {
        ask(pool, entry);
    }
}

/* Ends all processes. Those amid a case are killed: nobody wants their results. */
static void end_all(struct lb_self_test_pool *pool)
{
    for (size_t k = 0; k < LB_SELF_TEST_CHILDREN; k++) {
        lb_self_test_child_dismiss(&pool->children[k]); // so that they end at the same time
    }
    for (size_t k = 0; k < LB_SELF_TEST_CHILDREN; k++) {
        lb_self_test_child_close(&pool->children[k], is_busy(pool, k));
    }
}

/* Process `child` cannot start: the first one takes its cases. If that one cannot start either,
 * they run in this process: an untested device is worse than a crash. */
static void do_without(struct lb_self_test_pool *pool, size_t child, const char *why)
{
    if (child == 0) {
        pool->unusable = true;
        end_all(pool);
        lb_log(pool->device->ctx, LB_LOG_INFO,
               "self-test: runs in this process, which a faulty driver can end: %s", why);
        return;
    }
    for (size_t i = 0; i < pool->count; i++) {
        struct lb_self_test_entry *entry = &pool->entries[i];
        if (!entry->done && entry->child == child) {
            entry->child = 0;
            if (pool->children[0].process.number != 0) {
                ask(pool, entry);
            }
        }
    }
}

/* Starts a process with all its cases. */
static void start(struct lb_self_test_pool *pool, size_t child)
{
    char why[512];
    if (!lb_self_test_child_start(&pool->children[child], pool->device, why, sizeof why)) {
        do_without(pool, child, why);
        return;
    }
    ask_all(pool, child);
}

/* ---- entries --------------------------------------------------------------------------------- */

static struct lb_self_test_entry *find_entry(const struct lb_self_test_pool *pool,
                                             const struct lb_self_test_item *item)
{
    for (size_t i = 0; i < pool->count; i++) {
        struct lb_self_test_entry *entry = &pool->entries[i];
        if (entry->item.test_case == item->test_case && entry->item.gemm == item->gemm &&
            entry->item.activation == item->activation) {
            return entry;
        }
    }
    return NULL;
}

/* Adds a case, with its result if that is cached. */
static enum lb_status add_entry(struct lb_self_test_pool *pool,
                                const struct lb_self_test_item *item)
{
    struct lb_self_test_entry *entries =
        realloc(pool->entries, (pool->count + 1) * sizeof *pool->entries);
    if (entries == NULL) {
        return lb_fail_memory(pool->device->ctx, "self-test");
    }
    pool->entries = entries;
    struct lb_self_test_entry *entry = &entries[pool->count];
    *entry = (struct lb_self_test_entry){.item = *item, .position = pool->requests++};
    const enum lb_status status =
        lb_self_test_cache_find(&entry->check, pool->device, &entry->item);
    if (status != LB_OK) {
        lb_cached_check_free(&entry->check);
        return status;
    }
    entry->done =
        !pool->again && lb_self_test_cache_recall(&entry->check, pool->device, &entry->outcome);
    pool->count++;
    return LB_OK;
}

static void finish(struct lb_self_test_pool *pool, struct lb_self_test_entry *entry)
{
    entry->done = true;
    lb_self_test_cache_keep(&entry->check, pool->device, &entry->outcome);
}

/* ---- sharing --------------------------------------------------------------------------------- */

static int cost_of(const struct lb_self_test_entry *entry)
{
    return entry->item.test_case->cost *
           (entry->item.test_case->for_gemm && entry->item.gemm == LB_GEMM_CLBLAST ? CLBLAST_COST
                                                                                   : 1);
}

/* The open case without a process that is first or, if `by_cost`, the most expensive one; NULL:
 * none. */
static struct lb_self_test_entry *find_next(struct lb_self_test_pool *pool, bool by_cost)
{
    struct lb_self_test_entry *next = NULL;
    for (size_t i = 0; i < pool->count; i++) {
        struct lb_self_test_entry *entry = &pool->entries[i];
        if (!entry->done && entry->child == LB_SELF_TEST_CHILDREN &&
            (next == NULL || (by_cost && cost_of(entry) > cost_of(next)))) {
            next = entry;
        }
    }
    return next;
}

/* Each case, the most expensive ones first, goes to the process that ends it first, which also runs
 * them in this order: the small ones, most of which use the same program, find it compiled. */
static void share(struct lb_self_test_pool *pool)
{
    const size_t most = most_children(pool->device);
    int work[LB_SELF_TEST_CHILDREN] = {0};
    struct lb_self_test_entry *entry;
    for (size_t i = 0; i < pool->count; i++) {
        pool->entries[i].child = LB_SELF_TEST_CHILDREN;
    }
    while ((entry = find_next(pool, most > 1)) != NULL) {
        size_t best = 0;
        for (size_t k = 1; k < most; k++) {
            const int start_cost = work[k] == 0 ? START_COST : 0;
            best = work[k] + start_cost < work[best] ? k : best;
        }
        entry->child = best;
        entry->position = pool->requests++;
        work[best] += cost_of(entry);
    }
}

/* ---- results --------------------------------------------------------------------------------- */

static void handle(struct lb_self_test_pool *pool, size_t child, enum lb_self_test_event event,
                   const struct lb_self_test_outcome *outcome)
{
    struct lb_self_test_entry *entry = present_case(pool, child);
    if (event == LB_SELF_TEST_UNUSABLE) {
        do_without(pool, child, outcome->text);
        return;
    }
    entry->outcome = *outcome;
    finish(pool, entry);
}

/* Handles what has been received. */
static void read_all(struct lb_self_test_pool *pool)
{
    for (size_t k = 0; k < LB_SELF_TEST_CHILDREN; k++) {
        struct lb_self_test_outcome outcome;
        enum lb_self_test_event event = LB_SELF_TEST_DONE;
        while (event != LB_SELF_TEST_NOTHING && is_busy(pool, k)) {
            event = lb_self_test_child_read(&pool->children[k], &outcome);
            if (event != LB_SELF_TEST_NOTHING) {
                handle(pool, k, event, &outcome);
            }
        }
    }
}

static void listen(struct lb_self_test_pool *pool)
{
    struct lb_self_test_child *busy[LB_SELF_TEST_CHILDREN];
    size_t n = 0;
    for (size_t k = 0; k < LB_SELF_TEST_CHILDREN; k++) {
        if (is_busy(pool, k)) {
            busy[n++] = &pool->children[k];
        }
    }
    lb_self_test_children_listen(busy, n, POLL_MS);
}

/* Waits until a case is done. Listens to all processes, but only the one that runs the case can be
 * late: a busy caller may not have listened to the others for long. */
static enum lb_status await(struct lb_self_test_pool *pool, size_t index)
{
    const double limit = lb_self_test_limit();
    const double begin = lb_clock_seconds();
    while (!pool->entries[index].done) {
        struct lb_self_test_entry *entry = &pool->entries[index];
        struct lb_self_test_child *child = &pool->children[entry->child];
        if (pool->stop != NULL && *pool->stop != 0) {
            end_all(pool);
            return lb_fail(pool->device->ctx, LB_ERR_INTERRUPTED,
                           "self-test of device %s: stopped (start again)",
                           pool->device->info.selector);
        }
        if (pool->unusable) {
            lb_self_test_run_here(pool->device, &entry->item, &entry->outcome);
            finish(pool, entry);
        } else if (child->process.number == 0) {
            start(pool, entry->child);
        } else if (lb_clock_seconds() - (child->heard > begin ? child->heard : begin) >= limit) {
            struct lb_self_test_outcome outcome;
            const size_t k = entry->child;
            handle(pool, k, lb_self_test_child_give_up(child, &outcome), &outcome);
        } else {
            listen(pool);
            read_all(pool);
        }
    }
    return LB_OK;
}

/* ---- interface ------------------------------------------------------------------------------- */

enum lb_status lb_self_test_pool_begin(struct lb_self_test_pool *pool,
                                       const struct lb_self_test_item *items, size_t n)
{
    bool failed = false;
    for (size_t i = 0; i < n; i++) {
        if (find_entry(pool, &items[i]) == NULL) {
            LB_TRY(add_entry(pool, &items[i]));
        }
    }
    for (size_t i = 0; i < pool->count; i++) {
        failed = failed || (pool->entries[i].done && pool->entries[i].outcome.status != LB_OK);
    }
    if (failed) { // the caller may not get as far as the others
        return LB_OK;
    }
    share(pool);
    for (size_t k = 0; k < LB_SELF_TEST_CHILDREN && !pool->unusable; k++) {
        if (present_case(pool, k) != NULL) {
            start(pool, k);
        }
    }
    return LB_OK;
}

bool lb_self_test_pool_is_running(const struct lb_self_test_pool *pool)
{
    return pool->children[0].process.number != 0;
}

enum lb_status lb_self_test_pool_find(struct lb_self_test_pool *pool,
                                      const struct lb_self_test_item *item,
                                      struct lb_self_test_outcome *outcome)
{
    struct lb_self_test_entry *entry = find_entry(pool, item);
    if (entry == NULL) {
        LB_TRY(add_entry(pool, item));
        entry = &pool->entries[pool->count - 1];
        if (!entry->done && pool->children[0].process.number != 0) {
            ask(pool, entry);
        }
    }
    LB_TRY(await(pool, (size_t)(entry - pool->entries)));
    *outcome = entry->outcome;
    return outcome->status == LB_ERR_MEMORY
               ? lb_fail(pool->device->ctx, LB_ERR_MEMORY, "%s", outcome->text)
               : LB_OK;
}

void lb_self_test_pool_dismiss(struct lb_self_test_pool *pool)
{
    for (size_t k = 0; k < LB_SELF_TEST_CHILDREN; k++) {
        lb_self_test_child_dismiss(&pool->children[k]);
    }
}

void lb_self_test_pool_close(struct lb_self_test_pool *pool)
{
    end_all(pool);
    for (size_t i = 0; i < pool->count; i++) {
        lb_cached_check_free(&pool->entries[i].check);
    }
    free(pool->entries);
    pool->entries = NULL;
    pool->count = 0;
}
