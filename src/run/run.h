/* An open RUN folder: settings, dataset and networks. */
#ifndef LB_RUN_RUN_H
#define LB_RUN_RUN_H

#include <lowbend/run.h>

#include "base/context.h"

struct lb_pair_file;

/** Progress and cancellation of long work on a run. */
struct lb_cancellation {
    const char *work; ///< "evaluation": for the message
    /** Returns false to stop. NULL: cannot be stopped. */
    bool (*progress)(void *user, const char *part, int done, int total);
    void *user;
    const char *part; ///< the present part; `done` of `total` parts are finished
    int done;
    int total;
};

struct lb_run {
    struct lb_context *ctx;
    char *path;
    struct lb_train_params params;
    struct lb_dataset *dataset;
    bool networks_only; ///< only the image shape of the dataset is known
    struct lb_network *encoder;
    struct lb_network *decoder;          ///< NULL: there is none
    struct lb_pair_file *pairs;          ///< user pairs, opened at first use
    size_t point_size;                   ///< p; 0 for user pairs
    size_t image_size;                   ///< D
    size_t latent;                       ///< l
    struct lb_cancellation cancellation; ///< set during such work
};

/** lb_run_open_networks() for reading parameters only: the device does not adopt RUN's GEMM
 * settings, since another run may be training on it. */
enum lb_status lb_run_open_weights(struct lb_run **out, struct lb_device *device, const char *path);

/** Call it in every batch of long work: LB_ERR_INTERRUPTED if it should stop. */
enum lb_status lb_run_check_cancelled(const struct lb_run *run);

#endif
