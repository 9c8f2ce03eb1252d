#include "eval/measure.h"

#include <string.h>

#include "eval/statistics.h"

const struct lb_measure *const lb_measures[] = {
    &lb_energy_measure,        &lb_attainable_measure,     &lb_differential_measure,
    &lb_distance_measure,      &lb_reconstruction_measure, &lb_neighbourhood_measure,
    &lb_interpolation_measure,
};
const size_t lb_measure_count = LB_COUNT(lb_measures);

struct lb_estimate lb_number_get(const struct lb_number_row *row, const void *from)
{
    struct lb_estimate value = lb_estimate_unknown();
    memcpy(&value, (const char *)from + row->offset,
           row->info.has_error ? sizeof value : sizeof value.mean);
    return value;
}

void lb_number_set(const struct lb_number_row *row, void *to, struct lb_estimate value)
{
    memcpy((char *)to + row->offset, &value,
           row->info.has_error ? sizeof value : sizeof value.mean);
}

const struct lb_number_row *lb_measure_row(size_t i, const struct lb_measure **measure)
{
    const struct lb_measure *const *at = lb_measures;
    while (i >= (*at)->count) {
        i -= (*at)->count;
        at++;
    }
    if (measure != NULL) {
        *measure = *at;
    }
    return &(*at)->numbers[i];
}

static struct lb_number_info describe(const struct lb_number_row *row,
                                      const struct lb_measure *measure)
{
    struct lb_number_info info = row->info;
    info.measure = measure->name;
    info.needs |= measure->needs;
    return info;
}

size_t lb_evaluation_number_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < lb_measure_count; i++) {
        count += lb_measures[i]->count;
    }
    return count;
}

struct lb_number_info lb_evaluation_number_at(size_t i)
{
    const struct lb_measure *measure;
    const struct lb_number_row *row = lb_measure_row(i, &measure);
    return describe(row, measure);
}

struct lb_estimate lb_evaluation_number(const struct lb_evaluation *evaluation, size_t i)
{
    return lb_number_get(lb_measure_row(i, NULL), evaluation);
}

size_t lb_interpolation_number_count(void)
{
    return lb_interpolation_row_count;
}

struct lb_number_info lb_interpolation_number_at(size_t i)
{
    return describe(&lb_interpolation_rows[i], &lb_interpolation_measure);
}

struct lb_estimate lb_interpolation_number(const struct lb_interpolation_errors *errors, size_t i)
{
    return lb_number_get(&lb_interpolation_rows[i], errors);
}
