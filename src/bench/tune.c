/* Tuning on the matrix products of a network. */
#include <lowbend/tune.h>

#include <stdio.h>
#include <stdlib.h>

#include <lowbend/dataset.h>

#include "gemm/search.h"
#include "run/settings.h"

enum { MAX_SHAPES = 3 * LB_NETWORK_MAX_LAYERS };

/* Forward, dW, and dX for all layers but the first; returns their number. */
static size_t list_shapes(struct lb_gemm_shape *shapes, const struct lb_train_params *params,
                          int inputs)
{
    const int rows = 3 * params->pairs;
    size_t n = 0;
    int in = inputs;
    for (int k = 0; k <= params->hidden_count; k++) {
        const int out = k < params->hidden_count ? params->hidden[k] : params->latent;
        shapes[n++] = (struct lb_gemm_shape){false, false, rows, out, in};
        shapes[n++] = (struct lb_gemm_shape){true, false, in, out, rows};
        if (k > 0) {
            shapes[n++] = (struct lb_gemm_shape){false, true, rows, in, out};
        }
        in = out;
    }
    return n;
}

struct listener {
    lb_tune_fn progress;
    void *user;
};

static struct lb_tuned summary(const struct lb_gemm_search *search)
{
    return (struct lb_tuned){
        .panel_gflops = search->panel_gflops,
        .default_gflops = search->default_gflops,
        .best_gflops = search->best_gflops,
        .tried = search->tried,
        .rejected = search->rejected,
        .fastest = search->tuning.fastest,
    };
}

static void pass_on(void *user, const struct lb_gemm_search *so_far)
{
    const struct listener *listener = user;
    const struct lb_tuned tuned = summary(so_far);
    if (listener->progress != NULL) {
        listener->progress(listener->user, &tuned);
    }
}

enum lb_status lb_tune(struct lb_device *device, const struct lb_train_params *params,
                       double seconds, lb_tune_fn progress, void *user, struct lb_tuned *out)
{
    struct lb_gemm_shape shapes[MAX_SHAPES];
    struct listener listener = {progress, user};
    struct lb_dataset_info info;
    struct lb_gemm_search search;
    char *path = NULL;
    LB_TRY(lb_settings_check(device->ctx, params));
    LB_TRY(lb_train_dataset_info(device, params, &info));
    const size_t n = list_shapes(shapes, params, info.height * info.width * info.channels);
    LB_TRY(lb_gemm_search_run(device, shapes, n, seconds, pass_on, &listener, &search));
    LB_TRY(lb_tuning_store(device, &search.tuning, &path));
    *out = summary(&search);
    snprintf(out->file, sizeof out->file, "%s", path != NULL ? path : "");
    free(path);
    return LB_OK;
}
