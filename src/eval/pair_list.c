/* Means over pairs of one finite sample, with standard errors that account for shared points. */
#include "eval/pair_list.h"

#include <math.h>
#include <stdlib.h>

#include "eval/convergence.h"

enum { FIRST_CAPACITY = 1024 };

enum lb_status lb_pair_list_add(struct lb_pair_list *list, struct lb_context *ctx,
                                struct lb_sampled_pair pair)
{
    if (list->n == list->capacity) {
        const size_t capacity = list->capacity > 0 ? 2 * list->capacity : FIRST_CAPACITY;
        struct lb_sampled_pair *pairs = realloc(list->pairs, capacity * sizeof *pairs);
        if (pairs == NULL) {
            return lb_fail_memory(ctx, "pairs of the sample");
        }
        list->pairs = pairs;
        list->capacity = capacity;
    }
    list->pairs[list->n++] = pair;
    return LB_OK;
}

void lb_pair_list_free(struct lb_pair_list *list)
{
    free(list->pairs);
    *list = (struct lb_pair_list){0};
}

static bool belongs(const struct lb_sampled_pair *pair, const struct lb_converge_level *level)
{
    return pair->distance >= level->min_distance && pair->distance <= level->epsilon;
}

/*
 * If e is a pair's deviation from the mean, the variance of the sum of all e is the sum of e e'
 * over all ordered couples of pairs that share a point: the squared sums of e per point, which
 * count each pair with itself twice, minus one sum of e^2. The latter is also a lower bound.
 */
static double error_of(const double *point_sums, size_t points, double squares, size_t pairs)
{
    double shared = -squares;
    for (size_t i = 0; i < points; i++) {
        shared += point_sums[i] * point_sums[i];
    }
    const double n = (double)pairs;
    return pairs > 1 ? sqrt(fmax(shared, squares) / (n * (n - 1.0))) : (double)NAN;
}

enum lb_status lb_pair_list_estimate(const struct lb_pair_list *list, struct lb_context *ctx,
                                     size_t points, struct lb_converge_level *level)
{
    struct lb_running_mean distortion = {0};
    struct lb_running_mean bending = {0};
    for (size_t i = 0; i < list->n; i++) {
        if (belongs(&list->pairs[i], level)) {
            lb_running_mean_add(&distortion, list->pairs[i].distortion);
            lb_running_mean_add(&bending, list->pairs[i].bending);
        }
    }
    double *distortion_sums = calloc(points, sizeof *distortion_sums);
    double *bending_sums = calloc(points, sizeof *bending_sums);
    if (distortion_sums == NULL || bending_sums == NULL) {
        free(distortion_sums);
        free(bending_sums);
        return lb_fail_memory(ctx, "sums over the sample");
    }
    for (size_t i = 0; i < list->n; i++) {
        const struct lb_sampled_pair *pair = &list->pairs[i];
        if (belongs(pair, level)) {
            const double distortion_part = pair->distortion - distortion.mean;
            const double bending_part = pair->bending - bending.mean;
            distortion_sums[pair->first] += distortion_part;
            distortion_sums[pair->second] += distortion_part;
            bending_sums[pair->first] += bending_part;
            bending_sums[pair->second] += bending_part;
        }
    }
    level->pairs = bending.n;
    level->distortion = lb_running_mean_finish(&distortion);
    level->bending = lb_running_mean_finish(&bending);
    level->distortion.standard_error =
        error_of(distortion_sums, points, distortion.squares, distortion.n);
    level->bending.standard_error = error_of(bending_sums, points, bending.squares, bending.n);
    free(distortion_sums);
    free(bending_sums);
    return LB_OK;
}
