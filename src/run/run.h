/* A run folder that was opened: its settings, dataset and networks. */
#ifndef LB_RUN_RUN_H
#define LB_RUN_RUN_H

#include <lowbend/run.h>

#include "base/context.h"

struct lb_pair_file;

/** How a caller cancels long work on a run: it is told how far the work is, and answers. */
struct lb_cancellation {
    const char *work; ///< "evaluation": for the message
    /** Returns false to stop. NULL: nothing stops it. */
    bool (*progress)(void *user, const char *part, int done, int total);
    void *user;
    const char *part; ///< what is being done, `done` parts of `total` being done already
    int done;
    int total;
};

struct lb_run {
    struct lb_context *ctx;
    char *path;
    struct lb_train_params params;
    struct lb_dataset *dataset;
    bool networks_only; ///< the dataset is no more than a shape, whatever it was
    struct lb_network *encoder;
    struct lb_network *decoder;          ///< NULL: there is none
    struct lb_pair_file *pairs;          ///< own pairs, opened at their first use
    size_t point_size;                   ///< p; 0 of own pairs
    size_t image_size;                   ///< D
    size_t latent;                       ///< l
    struct lb_cancellation cancellation; ///< set while there is such work
};

/** As lb_run_open_networks(), but only for the parameters of the networks: how RUN multiplied
 * matrices is not taken over by the device, on which another run may be training. */
enum lb_status lb_run_open_weights(struct lb_run **out, struct lb_device *device, const char *path);

/** To be asked in every batch of long work: LB_ERR_INTERRUPTED if it is to stop. */
enum lb_status lb_run_check_cancelled(const struct lb_run *run);

#endif
