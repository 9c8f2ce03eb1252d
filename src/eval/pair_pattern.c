#include "eval/pair_pattern.h"

static const struct lb_pair_pattern pair = {
    .points = 3,
    .first_count = 1,
    .second_count = 1,
    .first = {{0, 2}},
    .second = {{0, 2}},
};

/* As in cl/loss/chain.cl. */
static const struct lb_pair_pattern chain = {
    .points = 5,
    .first_count = 10,
    .second_count = 4,
    .first = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 2}, {1, 3}, {2, 4}, {0, 3}, {1, 4}, {0, 4}},
    .second = {{0, 2}, {1, 3}, {2, 4}, {0, 4}},
};

const struct lb_pair_pattern *lb_pair_pattern_of(enum lb_pair_strategy strategy)
{
    return strategy == LB_PAIRS_CHAIN ? &chain : &pair;
}

double lb_pattern_share(const struct lb_pair_pattern *pattern, struct lb_pattern_span span)
{
    return (double)(span.to - span.from) / (pattern->points - 1);
}
