#include "base/posix.h"

#include "base/parallel.h"

#include <pthread.h>
#include <stdbool.h>

#include "base/machine.h"

enum { MAX_THREADS = 16 };

struct range {
    lb_range_fn work;
    void *user;
    size_t first;
    size_t last;
    pthread_t thread;
    bool started;
};

static void *run(void *argument)
{
    const struct range *range = argument;
    range->work(range->user, range->first, range->last);
    return NULL;
}

static size_t count_ranges(size_t n, size_t least)
{
    const size_t cores = lb_machine_cores();
    const size_t most = cores < MAX_THREADS ? cores : MAX_THREADS;
    const size_t fitting = n / least;
    return fitting < 1 ? 1 : fitting < most ? fitting : most;
}

void lb_parallel_for(size_t n, size_t least, lb_range_fn work, void *user)
{
    struct range ranges[MAX_THREADS];
    const size_t count = count_ranges(n, least);
    for (size_t i = 0; i < count; i++) {
        ranges[i] = (struct range){
            .work = work, .user = user, .first = n * i / count, .last = n * (i + 1) / count};
        ranges[i].started = i > 0 && pthread_create(&ranges[i].thread, NULL, run, &ranges[i]) == 0;
    }
    for (size_t i = 0; i < count;
         i++) { // the first range on this thread, the others on new threads
        if (!ranges[i].started) {
            run(&ranges[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].started) {
            pthread_join(ranges[i].thread, NULL);
        }
    }
}
