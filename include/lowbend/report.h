/* HTML reports about RUN folders. */
#ifndef LOWBEND_REPORT_H
#define LOWBEND_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include <lowbend/device.h>
#include <lowbend/evaluate.h>
#include <lowbend/run.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LB_REPORT_RUNS 12 /* maximum per report */

struct lb_report_params {
    size_t points; ///< points in the latent view and in measurements made for the report; 64 to
                   ///< 4096, 0 (default): 800
    uint64_t seed; ///< seed of those measurements; default 0
    lb_evaluate_fn progress; ///< called for each part, may stop; may be NULL
    void *user;
    struct lb_run_files
        files; ///< current location of missing files of the RUNs; {NULL} (default): none
    /** Reserved for later versions: zero (see lowbend.h). */
    uint64_t reserved[12];
};

/**
 * Writes one HTML file about n RUN folders, side by side: settings, loss curves, a rotatable view
 * of the latent manifold, interactive latent paths, errors and metrics. The file is self-contained
 * and smaller than 5 MB.
 *
 * The metrics come from eval.json; if it is missing, a small evaluation is computed for the report.
 * A RUN still in training is shown up to its present state. A RUN whose mesh, dataset or user pairs
 * are missing is shown without images.
 *
 * @param runs   n paths, 1 <= n <= LB_REPORT_RUNS
 * @param params NULL: the defaults
 *
 * @return LB_OK, LB_ERR_ARGUMENT (n or the number of points out of range), LB_ERR_INTERRUPTED
 *         (progress returned false; nothing is written), LB_ERR_NOT_FOUND (no such RUN),
 *         LB_ERR_FORMAT (damaged files), LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY, or any error of
 *         lb_run_open() and lb_run_evaluate()
 */
LB_API enum lb_status lb_report_write(struct lb_device *device, const char *const *runs, size_t n,
                                      const struct lb_report_params *params, const char *path);

#ifdef __cplusplus
}
#endif

#endif
