#include "run/held_out.h"

#include "run/config.h"
#include "run/training_data.h"

bool lb_run_has_manifold(const struct lb_run *run)
{
    return lb_dataset_has_manifold(run->dataset);
}

/* Opens the run's user pairs at first use; its networks can be applied without them. */
static enum lb_status open_pairs(struct lb_run *run)
{
    const struct lb_train_params *params = &run->params;
    if (run->pairs != NULL) {
        return lb_pair_file_check(run->pairs);
    }
    if (run->networks_only) {
        return lb_fail(run->ctx, LB_ERR_UNSUPPORTED,
                       "%s: was opened without its data (use lb_run_open())", run->path);
    }
    if (lb_run_has_manifold(run)) {
        return lb_fail(run->ctx, LB_ERR_UNSUPPORTED,
                       "%s: was not trained on user pairs: nothing is held out (draw fresh pairs)",
                       run->path);
    }
    enum lb_status status = LB_OK;
    LB_CHECK(lb_train_params_find_files(run->ctx, params, run->path));
    LB_CHECK(lb_training_data_open_pairs(&run->pairs, run->ctx, params));
    LB_CHECK(lb_pair_file_scan(run->pairs, params->min_distance));
    LB_CHECK(lb_pair_file_split(run->pairs, params->seed, params->held_out, (size_t)params->pairs));
    LB_CHECK(lb_config_check_pairs(run->pairs, run->path));
    return LB_OK;
fail:
    lb_pair_file_close(&run->pairs);
    return status;
}

enum lb_status lb_run_user_pairs(struct lb_run *run, struct lb_pair_file **pairs)
{
    LB_TRY(open_pairs(run));
    *pairs = run->pairs;
    return LB_OK;
}

static enum lb_status check_range(struct lb_run *run, size_t first, size_t n)
{
    LB_TRY(open_pairs(run));
    const size_t count = run->pairs->held_out;
    if (first > count || n > count - first) {
        return lb_fail(run->ctx, LB_ERR_ARGUMENT,
                       "%s: held-out pairs %zu to %zu: there are only %zu (use fewer)", run->path,
                       first, first + n, count);
    }
    return LB_OK;
}

enum lb_status lb_run_held_out_count(struct lb_run *run, size_t *count)
{
    *count = 0;
    LB_TRY(open_pairs(run));
    *count = run->pairs->held_out;
    return LB_OK;
}

enum lb_status lb_run_held_out(struct lb_run *run, size_t first, size_t n,
                               const struct lb_pairs *pairs)
{
    float *const images[LB_PAIR_ROLES] = {pairs->x, pairs->y, pairs->average};
    LB_TRY(check_range(run, first, n));
    for (size_t i = 0; i < n; i++) {
        const size_t number = lb_pair_file_held_out(run->pairs, first + i);
        for (int role = LB_PAIR_X; role < LB_PAIR_ROLES; role++) {
            if (images[role] != NULL) {
                lb_pair_file_values(run->pairs, (enum lb_pair_role)role, number,
                                    images[role] + i * run->image_size);
            }
        }
        if (pairs->distance != NULL) {
            pairs->distance[i] = lb_pair_file_distance(run->pairs, number);
        }
    }
    return LB_OK;
}

enum lb_status lb_run_held_out_images(struct lb_run *run, size_t first, size_t n, int64_t *numbers,
                                      float *images)
{
    LB_TRY(check_range(run, first, n));
    for (size_t i = 0; i < n; i++) {
        const size_t number = lb_pair_file_held_out(run->pairs, first + i);
        if (numbers != NULL) {
            numbers[i] = (int64_t)number;
        }
        if (images != NULL) {
            lb_pair_file_values(run->pairs, LB_PAIR_X, number, images + i * run->image_size);
        }
    }
    return LB_OK;
}
