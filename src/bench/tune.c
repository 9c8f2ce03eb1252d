/* Tuning on the matrix products of a network. */
#include <lowbend/tune.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <lowbend/dataset.h>

#include "device/path.h"
#include "gemm/search.h"
#include "run/settings.h"
#include "run/settings_layers.h"

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

/* Rows of a step, limited to the range of int. */
static int rows_of(const struct lb_layer_list *layers, int pairs)
{
    int largest = lb_shape_size(layers->input);
    for (int k = 0; k < layers->count; k++) {
        const int size = lb_shape_size(layers->layer[k].out);
        largest = size > largest ? size : largest;
    }
    const int most = INT_MAX / largest;
    return 3 * pairs < most ? 3 * pairs : most;
}

/* On CPU devices `auto` never selects CLBlast, and its kernels take minutes to compile. */
bool lb_tune_tries_clblast(const struct lb_device *device, const struct lb_train_params *params)
{
    return lb_gemm_is_built(LB_GEMM_CLBLAST) &&
           (!lb_takes_cpu_path(device) || params->gemm == LB_GEMM_CLBLAST);
}

enum lb_status lb_tune(struct lb_device *device, const struct lb_train_params *params,
                       double seconds, lb_tune_fn progress, void *user, struct lb_tuned *out)
{
    struct lb_gemm_shape shapes[LB_LIST_PRODUCTS];
    struct lb_layer_list layers;
    struct listener listener = {progress, user};
    struct lb_dataset_info info;
    struct lb_gemm_search search;
    char *path = NULL;
    LB_TRY(lb_settings_check(device->ctx, params));
    LB_TRY(lb_train_dataset_info(device, params, &info));
    LB_TRY(lb_settings_encoder(&layers, device->ctx, params, lb_image_shape(&info)));
    const size_t n =
        lb_layer_list_products(&layers, rows_of(&layers, params->pairs), false, shapes);
    LB_TRY(lb_gemm_search_run(device, shapes, n, lb_tune_tries_clblast(device, params), seconds,
                              pass_on, &listener, &search));
    LB_TRY(lb_tuning_store(device, &search.tuning, &path));
    *out = summary(&search);
    snprintf(out->file, sizeof out->file, "%s", path != NULL ? path : "");
    free(path);
    return LB_OK;
}
