/* Pages about RUN folders, to look at in a browser. */
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

#define LB_REPORT_RUNS 12 /* at most, in one page */

struct lb_report_params {
    size_t points; ///< points of M in the latent view, and behind what is measured for the page;
                   ///< 64 to 4096, 0 (default): 800
    uint64_t seed; ///< of what is measured for the page, default 0
    lb_evaluate_fn progress; ///< told of each part, may stop; may be NULL
    void *user;
    struct lb_run_files files; ///< where those of RUNs are that are missing; {NULL} (default): gone
    /** Zero: room for later versions, see lowbend.h. */
    uint64_t reserved[12];
};

/**
 * Writes one HTML file about n RUN folders, side by side: settings, loss curves, the latent
 * manifold to turn, latent paths to walk, errors and numbers. It holds all it needs, below 5 MB.
 *
 * The numbers are those of eval.json; where there is none, a small evaluation is made for the page
 * alone. A RUN that is still being trained is shown as far as it goes, and one whose mesh, dataset
 * or own pairs are gone without images.
 *
 * @param runs   n paths, 1 <= n <= LB_REPORT_RUNS
 * @param params NULL: the defaults
 *
 * @return LB_OK, LB_ERR_ARGUMENT (n or the number of points out of range), LB_ERR_INTERRUPTED
 *         (progress said stop; nothing is written), LB_ERR_NOT_FOUND (no RUN there), LB_ERR_FORMAT
 *         (damaged files), LB_ERR_IO, LB_ERR_OPENCL, LB_ERR_MEMORY, or what lb_run_open() and
 *         lb_run_evaluate() return
 */
LB_API enum lb_status lb_report_write(struct lb_device *device, const char *const *runs, size_t n,
                                      const struct lb_report_params *params, const char *path);

#ifdef __cplusplus
}
#endif

#endif
