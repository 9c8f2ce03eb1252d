/* Tuning matrix products for a device; the result is kept and used by all later runs. */
#ifndef LOWBEND_TUNE_H
#define LOWBEND_TUNE_H

#include <stdbool.h>
#include <stdint.h>

#include <lowbend/train.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lb_tuned {
    double panel_gflops;   ///< products of one encoder step by the panel back end
    double default_gflops; ///< by CLBlast with the parameters it had before; 0: not tried
    double best_gflops;    ///< by CLBlast with the best parameters found; 0: not tried
    int tried;             ///< sets of parameters
    int rejected;          ///< of these, those that did not build or gave wrong numbers
    enum lb_gemm_kind fastest;
    char file[LB_PATH_BYTES]; ///< where it is kept; empty: there is no cache folder
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[8];
};

/** Told of each set of parameters that is faster than those before. */
typedef void (*lb_tune_fn)(void *user, const struct lb_tuned *so_far);

/**
 * Whether lb_tune() tries CLBlast: where the library has it, but on CPU devices only if the
 * settings say `gemm` LB_GEMM_CLBLAST. There panel is what `auto` takes, and faster.
 */
LB_API bool lb_tune_tries_clblast(const struct lb_device *device,
                                  const struct lb_train_params *params);

/**
 * Tries parameters of CLBlast on the matrix products of these settings' encoder for about
 * `seconds` (its present parameters are measured first, and the set that is being tried is
 * finished: compiling one takes seconds, on CPU devices a minute and more), and keeps the best
 * under XDG_CACHE_HOME/lowbend, else HOME/.cache/lowbend, for this device, driver and program
 * version. Where it does not try CLBlast it measures its own kernels alone. `--gemm auto` takes the
 * faster back end on all but CPU devices.
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
