/* Benchmark of a training step on a device, with an optional per-kernel profile. */
#ifndef LOWBEND_BENCH_H
#define LOWBEND_BENCH_H

#include <stdint.h>

#include <lowbend/train.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_BENCH_MAX_KERNELS 48

struct lb_bench_params {
    int warm_up;  ///< untimed steps before the measurement; default 3, at least 1
    int repeats;  ///< timed repeats, each as many steps as fill 0.1 s; the median counts; default 9
    bool profile; ///< also time every kernel; default false
    bool decoder; ///< time a step of the separate decoder phase instead; default false
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[6];
};

/** All launches of one kernel, averaged over the profiled steps. */
struct lb_bench_kernel {
    char name[64];   ///< the last entry, "between kernels", is the rest of the step
    double launches; ///< launches per step
    double ms;       ///< milliseconds per step, by the device's clock
    double share;    ///< fraction of the profiled step; the shares sum to 1
    double gflops;   ///< while the kernel runs; NAN: unknown
    double gb_per_s; ///< likewise, counting each buffer once; NAN: unknown
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[4];
};

struct lb_bench {
    double step_ms;          ///< median over the repeats: sampling, rendering, all passes, Adam
    double best_ms;          ///< fastest repeat
    double first_step_ms;    ///< from the call to the end of the first step, including compilation
    double pairs_per_s;      ///< computed from the median
    double gflops;           ///< matrix products of the step divided by the time of the whole step
    double gemm_peak_gflops; ///< best 1024 x 1024 matrix product by the same back end
    double fraction_of_peak; ///< gflops / gemm_peak_gflops
    enum lb_gemm_kind gemm;  ///< the back end used
    double copy_gb_per_s;    ///< bytes read plus written when copying 64 MiB; NAN without profile
    double profile_step_ms;  ///< time of a profiled step; NAN without profile
    struct lb_bench_kernel kernels[LB_BENCH_MAX_KERNELS]; ///< slowest first; "between kernels" last
    int kernel_count;                                     ///< 0 without profile
    double forward_ms;     ///< median time of the encoder's forward pass over one step's images
    double forward_gflops; ///< matrix products of that pass divided by forward_ms
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[14];
};

/**
 * Times the encoder's training step with these settings; in joint and plain mode, a step of that
 * mode. Writes no files.
 *
 * @param bench NULL for the defaults
 * @return LB_OK, LB_ERR_ARGUMENT (a setting out of range, or no decoder phase to time), or any
 *         error of training
 */
LB_API enum lb_status lb_bench_run(struct lb_device *device, const struct lb_train_params *params,
                                   const struct lb_bench_params *bench, struct lb_bench *out);

#ifdef __cplusplus
}
#endif

#endif
