/* How fast a training step is on a device, and what of it costs how much. */
#ifndef LOWBEND_BENCH_H
#define LOWBEND_BENCH_H

#include <stdint.h>

#include <lowbend/train.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_BENCH_MAX_KERNELS 48

struct lb_bench_params {
    int warm_up;  ///< steps before any is timed, default 3, at least 1
    int repeats;  ///< timings whose median counts, each of as many steps as fill 0.1 s; default 9
    bool profile; ///< time every kernel too, default false
    bool decoder; ///< time a step of the decoder's own phase instead, default false
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[6];
};

/** All launches of one kernel, as a mean over steps. */
struct lb_bench_kernel {
    char name[64];   ///< the last one, "between kernels", is what is left of the step
    double launches; ///< a step
    double ms;       ///< a step, by the device's clock
    double share;    ///< of the profiled step; all of them sum to 1
    double gflops;   ///< while it runs; NAN: not known
    double gb_per_s; ///< the same, each buffer counted once; NAN: not known
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[4];
};

struct lb_bench {
    double step_ms;          ///< median over repeats: sampling, rendering, all passes, Adam
    double best_ms;          ///< the fastest repeat
    double first_step_ms;    ///< from the call to the end of the first step, compiling included
    double pairs_per_s;      ///< from the median
    double gflops;           ///< of the step's matrix products alone, over the whole step
    double gemm_peak_gflops; ///< best product of two 1024 x 1024 matrices by the same back end
    double fraction_of_peak; ///< gflops / gemm_peak_gflops
    enum lb_gemm_kind gemm;  ///< the back end
    double copy_gb_per_s;    ///< bytes read and written by copies of 64 MiB; NAN without profile
    double profile_step_ms;  ///< of the steps that were profiled; NAN without profile
    struct lb_bench_kernel kernels[LB_BENCH_MAX_KERNELS]; ///< slowest first; the rest comes last
    int kernel_count;                                     ///< 0 without profile
    double forward_ms;     ///< the encoder's forward pass over the images of a step, median
    double forward_gflops; ///< of its matrix products, over that time
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[14];
};

/**
 * Times the encoder's training step for these settings; `joint` and `plain` settings time those.
 * Writes nothing.
 *
 * @param bench NULL for the defaults
 * @return LB_OK, LB_ERR_ARGUMENT (a setting out of range, or no decoder phase to time), or what
 *         training returns
 */
LB_API enum lb_status lb_bench_run(struct lb_device *device, const struct lb_train_params *params,
                                   const struct lb_bench_params *bench, struct lb_bench *out);

#ifdef __cplusplus
}
#endif

#endif
