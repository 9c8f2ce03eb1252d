/* Tuning of matrix products for a device. Later runs use the stored result. */
#ifndef LOWBEND_TUNE_H
#define LOWBEND_TUNE_H

#include <stdbool.h>
#include <stdint.h>

#include <lowbend/train.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_tuned {
    double panel_gflops;   ///< speed of an encoder step's products with the panel back end
    double default_gflops; ///< CLBlast with its previous parameters; 0: not tried
    double best_gflops;    ///< CLBlast with the best parameters found; 0: not tried
    int tried;             ///< number of parameter sets tried
    int rejected;          ///< number of these that did not build or gave wrong results
    enum lb_gemm_kind fastest;
    char file[LB_PATH_BYTES]; ///< file with the result; empty: no cache folder
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[8];
};

/** Called for each parameter set that is faster than all before. */
typedef void (*lb_tune_fn)(void *user, const struct lb_tuned *so_far);

/**
 * Whether lb_tune() tries CLBlast: if the library includes it, but on CPU devices only if the
 * settings select LB_GEMM_CLBLAST, because there `auto` selects panel, which is faster.
 */
LB_API bool lb_tune_tries_clblast(const struct lb_device *device,
                                  const struct lb_train_params *params);

/**
 * Tries CLBlast parameters on the matrix products of these settings' encoder for about `seconds`,
 * and stores the best in XDG_CACHE_HOME/lowbend, else HOME/.cache/lowbend, for this device, driver
 * and program version. It measures the present parameters first and always finishes the set being
 * tried: compiling a set takes seconds, on CPU devices a minute or more. If it does not try
 * CLBlast, it measures lowbend's own kernels only. `--gemm auto` selects the faster back end on all
 * devices except CPUs.
 *
 * @param progress NULL: silent
 * @return LB_OK, LB_ERR_ARGUMENT (a setting out of range), LB_ERR_IO (the file cannot be written),
 *         LB_ERR_OPENCL, LB_ERR_MEMORY, ...
 */
LB_API enum lb_status lb_tune(struct lb_device *device, const struct lb_train_params *params,
                              double seconds, lb_tune_fn progress, void *user,
                              struct lb_tuned *out);

#ifdef __cplusplus
}
#endif

#endif
