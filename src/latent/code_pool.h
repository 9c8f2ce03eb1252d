/* Codes of a RUN's images, to train its projection. */
#ifndef LB_LATENT_CODE_POOL_H
#define LB_LATENT_CODE_POOL_H

#include "run/run.h"

struct lb_code_pool {
    float *codes; ///< (count, l): of images drawn as in training
    size_t count;
    float *fresh; ///< (fresh_count, l): of other images
    size_t fresh_count;
    float *mean;      ///< (l), mean of `codes`
    double spread;    ///< square root of their total variance
    double curvature; ///< see struct lb_projection_info
    double spacing;   ///< for user pairs, whose images are fixed: median distance between
                      ///< neighbouring codes; else 0
};

/** `count` codes, and as many fresh ones as an evaluation of the RUN uses. Initialise with {0}; the
 * caller destroys it, also on failure. LB_ERR_NUMERIC if codes are not finite, or all equal. */
enum lb_status lb_code_pool_create(struct lb_code_pool *pool, struct lb_run *run, size_t count);
/** Warns if noise of deviation sigma leaves gaps between the codes. */
void lb_code_pool_check_spacing(const struct lb_code_pool *pool, const struct lb_run *run,
                                double sigma);
void lb_code_pool_destroy(struct lb_code_pool *pool);

#endif
