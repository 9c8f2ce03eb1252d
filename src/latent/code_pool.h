/* Codes of a RUN's images, from which its projection learns. */
#ifndef LB_LATENT_CODE_POOL_H
#define LB_LATENT_CODE_POOL_H

#include "run/run.h"

struct lb_code_pool {
    float *codes; ///< (count, l): of images that training drew
    size_t count;
    float *fresh; ///< (fresh_count, l): of images that it did not
    size_t fresh_count;
    float *mean;      ///< (l), of `codes`
    double spread;    ///< root of their total variance
    double curvature; ///< see struct lb_projection_info
    double spacing; ///< of own pairs, whose images are fixed: from a code to the next, for half of
                    ///< them; else 0
};

/** `count` codes, and as many others as an evaluation of the RUN takes. Starts as {0}; the caller
 * destroys it, also on failure. LB_ERR_NUMERIC if codes are not finite, or all the same. */
enum lb_status lb_code_pool_create(struct lb_code_pool *pool, struct lb_run *run, size_t count);
/** Warns where noise of deviation sigma leaves gaps between the codes. */
void lb_code_pool_check_spacing(const struct lb_code_pool *pool, const struct lb_run *run,
                                double sigma);
void lb_code_pool_destroy(struct lb_code_pool *pool);

#endif
