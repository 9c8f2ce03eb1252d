/* Finding fast parameters of matrix products by trying. */
#ifndef LB_GEMM_SEARCH_H
#define LB_GEMM_SEARCH_H

#include "gemm/gemm.h"
#include "gemm/tuning.h"

struct lb_gemm_search {
    struct lb_tuning tuning; ///< the best parameters, and which back end is faster with them
    double panel_gflops;     ///< all shapes once, by the panel back end
    double default_gflops;   ///< the same by CLBlast as it was before; 0: it was left out
    double best_gflops;      ///< and with the best parameters
    int tried;               ///< sets of parameters
    int rejected;            ///< of these, those that did not build or gave wrong numbers
};

/** What a shape is measured by. */
struct lb_gemm_part {
    struct lb_gemm_shape shape; ///< over fewer rows of the batch
    double count;               ///< times that it counts
};

/** Rows of a batch are those of C, or with transpose_a those that are summed: of convolutions
 * pixels, millions, which the layers take in parts too. */
struct lb_gemm_part lb_gemm_part(struct lb_gemm_shape shape);

/** Told of each set that is faster than those before. */
typedef void (*lb_gemm_search_fn)(void *user, const struct lb_gemm_search *so_far);

/**
 * Tries sets of CLBlast's parameters on the shapes until `seconds` are over; each one's numbers are
 * compared with the panel back end's, of large products at the start and at the end. Products over
 * very many rows are measured on fewer and counted as often as it takes. At least CLBlast's present
 * parameters are measured.
 *
 * @param clblast false, or a build without it: the panel back end alone is measured
 */
enum lb_status lb_gemm_search_run(struct lb_device *device, const struct lb_gemm_shape *shapes,
                                  size_t n, bool clblast, double seconds, lb_gemm_search_fn report,
                                  void *user, struct lb_gemm_search *out);

#endif
