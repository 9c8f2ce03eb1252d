#include "optim/runs.h"

#include <stdlib.h>

#include "device/vector.h"

enum { RUN_NUMBERS = 1024 };

static size_t runs_of(const struct lb_span *span)
{
    return (span->count + RUN_NUMBERS - 1) / RUN_NUMBERS;
}

enum lb_status lb_runs_create(struct lb_runs *runs, struct lb_device *device,
                              const struct lb_span *spans, size_t n)
{
    size_t count = 0;
    *runs = (struct lb_runs){0};
    for (size_t i = 0; i < n; i++) {
        count += runs_of(&spans[i]);
        runs->numbers += (double)spans[i].count;
    }
    cl_int4 *table = calloc(count > 0 ? count : 1, sizeof *table);
    if (table == NULL) {
        return lb_fail_memory(device->ctx, "the optimiser");
    }
    cl_int4 *next = table;
    for (size_t i = 0; i < n; i++) {
        for (size_t at = 0; at < spans[i].count; at += RUN_NUMBERS) {
            const size_t left = spans[i].count - at;
            const size_t end = at + (left < RUN_NUMBERS ? left : RUN_NUMBERS);
            *next++ = (cl_int4){{(cl_int)(spans[i].first + at), (cl_int)(spans[i].first + end),
                                 (cl_int)(spans[i].other + at), spans[i].index}};
        }
    }
    enum lb_status status = LB_OK;
    runs->count = (cl_int)count;
    LB_CHECK(lb_buffer_create(device, &runs->table, count * sizeof *table, "the optimiser"));
    LB_CHECK(count > 0 ? lb_buffer_write(device, runs->table, 0, table, count * sizeof *table)
                       : LB_OK);
fail:
    free(table);
    return status;
}

void lb_runs_destroy(struct lb_runs *runs)
{
    lb_buffer_release(&runs->table);
}

struct lb_ndrange lb_runs_grid(const struct lb_device *device, const struct lb_runs *runs)
{
    const size_t count = (size_t)runs->count;
    return lb_item_width(device) > 1 ? (struct lb_ndrange){1, {count, 1, 1}, {1, 1, 1}}
                                     : LB_NDRANGE(count * LB_GROUP);
}
