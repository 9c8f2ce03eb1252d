/* Search for fast parameters of matrix products. */
#ifndef LB_GEMM_SEARCH_H
#define LB_GEMM_SEARCH_H

#include "gemm/gemm.h"
#include "gemm/tuning.h"

struct lb_gemm_search {
    struct lb_tuning tuning; ///< best parameters, and the faster back end with them
    double panel_gflops;     ///< all shapes once with the panel back end
    double default_gflops;   ///< with CLBlast's previous parameters; 0: not tried
    double best_gflops;      ///< with the best parameters
    int tried;               ///< number of parameter sets tried
    int rejected;            ///< number of these that did not build or gave wrong results
};

/** How a shape is measured. */
struct lb_gemm_part {
    struct lb_gemm_shape shape; ///< with fewer rows of the batch
    double count;               ///< weight of this measurement
};

/** The batch dimension is the rows of C, or with transpose_a the summed one: for convolutions
 * millions of pixels, which layers also process in parts. */
struct lb_gemm_part lb_gemm_part(struct lb_gemm_shape shape);

/** Called for each set that is faster than all before. */
typedef void (*lb_gemm_search_fn)(void *user, const struct lb_gemm_search *so_far);

/**
 * Tries CLBlast parameter sets on the shapes for `seconds`. Results are compared with the panel
 * back end's (for large products only the start and the end). Products with very many rows are
 * measured on fewer and weighted accordingly. At least CLBlast's present parameters are measured.
 *
 * @param clblast false, or a build without CLBlast: only the panel back end is measured
 */
enum lb_status lb_gemm_search_run(struct lb_device *device, const struct lb_gemm_shape *shapes,
                                  size_t n, bool clblast, double seconds, lb_gemm_search_fn report,
                                  void *user, struct lb_gemm_search *out);

#endif
