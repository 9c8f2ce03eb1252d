/* Points of a geodesic used by a sampling strategy, and the quotients computed from them
 * (method.md, section 2). */
#ifndef LB_EVAL_PAIR_PATTERN_H
#define LB_EVAL_PAIR_PATTERN_H

#include <lowbend/converge.h>

enum { LB_PATTERN_MAX_FIRST = 10, LB_PATTERN_MAX_SECOND = 4 };

/** Two of the points, which are equidistant and numbered along the geodesic. */
struct lb_pattern_span {
    int from;
    int to;
};

/** For a geodesic as long as the sampled distance. */
struct lb_pair_pattern {
    int points;
    int first_count;
    int second_count;
    struct lb_pattern_span first[LB_PATTERN_MAX_FIRST];
    struct lb_pattern_span second[LB_PATTERN_MAX_SECOND]; ///< those whose midpoint is used
};

/** The pattern of LB_PAIRS_CHAIN, else that of a pair with its midpoint. */
const struct lb_pair_pattern *lb_pair_pattern_of(enum lb_pair_strategy strategy);

/** Fraction of the geodesic's length between the two. */
double lb_pattern_share(const struct lb_pair_pattern *pattern, struct lb_pattern_span span);

#endif
