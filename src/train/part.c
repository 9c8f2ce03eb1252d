#include "train/part.h"

#include "geometry/sampling.h"

static int most_items(const struct lb_ranks *ranks, int n)
{
    const size_t count = lb_ranks_share(ranks, lb_ranks_rank(ranks), (size_t)n).count;
    return count > 0 ? (int)count : 1;
}

int lb_most_part_rows(const struct lb_ranks *ranks, const struct lb_train_params *params)
{
    return most_items(ranks, params->pairs);
}

int lb_most_part_images(const struct lb_ranks *ranks, const struct lb_train_params *params)
{
    const int pairs = LB_PAIR_IMAGES * most_items(ranks, params->pairs);
    const int chains = LB_CHAIN_IMAGES * most_items(ranks, lb_batch_chains(params->pairs));
    return params->strategy == LB_STRATEGY_CHAIN && chains > pairs ? chains : pairs;
}

int lb_most_part_decoded(const struct lb_ranks *ranks, const struct lb_train_params *params)
{
    const int chains = 2 * most_items(ranks, lb_batch_chains(params->pairs));
    const int rows = lb_most_part_rows(ranks, params);
    return lb_ranks_size(ranks) > 1 && params->strategy == LB_STRATEGY_CHAIN && chains > rows
               ? chains
               : rows;
}
