#include "run/run.h"

#include <stdlib.h>

#include "base/file_facts.h"
#include "base/text.h"
#include "nn/network.h"
#include "run/config.h"
#include "run/run_files.h"
#include "run/training_data.h"

/* Purpose of opening a RUN. */
enum purpose {
    ALL,
    NETWORKS,
    WEIGHTS, ///< networks are not applied
};

/* A RUN of a program with CLBlast can be read without it. Creating a CLBlast back end would set its
 * parameters for the whole device, so none is created if only weights are read. */
static enum lb_gemm_kind gemm_of(const struct lb_run *run, enum purpose purpose)
{
    if (purpose == WEIGHTS) {
        return LB_GEMM_PANEL;
    }
    return lb_gemm_is_built(run->params.gemm) ? run->params.gemm : LB_GEMM_AUTO;
}

/* With image layers not only the size but height, width and channels must match. */
static enum lb_status check_images(const struct lb_run *run, const char *path,
                                   const struct lb_layer *layer, struct lb_shape images)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    if (layer->kind == &lb_layer_dense ||
        (images.height == info->height && images.width == info->width &&
         images.channels == info->channels)) {
        return LB_OK;
    }
    return lb_fail(run->ctx, LB_ERR_FORMAT,
                   "%s: needs images of %dx%dx%d, but this run's are %dx%dx%d (the file belongs to "
                   "another run)",
                   path, images.height, images.width, images.channels, info->height, info->width,
                   info->channels);
}

static enum lb_status check_network(const struct lb_run *run, const char *path,
                                    enum lb_run_file file, const struct lb_network *network)
{
    const struct lb_layer_list *layers = &network->layers;
    const size_t inputs = (size_t)lb_network_inputs(network);
    const size_t outputs = (size_t)lb_network_outputs(network);
    const bool encodes = file == LB_RUN_ENCODER;
    const size_t in = encodes ? run->image_size : run->latent;
    const size_t out = encodes ? run->latent : run->image_size;
    if (inputs != in || outputs != out) {
        return lb_fail(run->ctx, LB_ERR_FORMAT,
                       "%s: maps %zu numbers to %zu, but this run needs %zu to %zu (the file "
                       "belongs to another run)",
                       path, inputs, outputs, in, out);
    }
    return encodes ? check_images(run, path, &layers->layer[0], layers->input)
                   : check_images(run, path, &layers->layer[layers->count - 1],
                                  lb_layer_list_output(layers));
}

/* Loads a network of RUN and checks that it fits its images and codes. */
static enum lb_status load(struct lb_run *run, struct lb_device *device, enum lb_gemm_kind gemm,
                           enum lb_run_file file, struct lb_network **network)
{
    char *path = lb_run_file_path(run->path, file);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, lb_run_file_name(file));
    }
    enum lb_status status = lb_network_load(network, device, gemm, path);
    if (status == LB_OK) {
        status = check_network(run, path, file, *network);
    }
    free(path);
    return status;
}

static enum lb_status find_file(const struct lb_run *run, enum lb_run_file file, bool *found)
{
    char *path = lb_run_file_path(run->path, file);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, lb_run_file_name(file));
    }
    *found = !lb_file_missing(path);
    free(path);
    return LB_OK;
}

/* For user pairs only the image shape is needed, which the RUN stores. */
static enum lb_status open_dataset(struct lb_run *run, struct lb_device *device)
{
    struct lb_dataset_info info;
    const bool user_pairs = lb_is_pair_file(run->params.dataset);
    if (run->networks_only || user_pairs) {
        const enum lb_status status = lb_config_read_images(run->ctx, &info, run->path);
        if (status == LB_OK) {
            return lb_dataset_create_images(&run->dataset, device, &info);
        }
        if (status != LB_ERR_FORMAT || user_pairs) { // otherwise the dataset itself has a shape
            return status;
        }
    }
    LB_TRY(lb_train_params_find_files(run->ctx, &run->params, run->path));
    LB_TRY(lb_training_data_open_dataset(&run->dataset, device, &run->params));
    return lb_config_check_files(run->ctx, &run->params, lb_dataset_get_info(run->dataset),
                                 run->path);
}

/* Replaces a path stored in RUN by the file's present path. */
static enum lb_status move_file(struct lb_run *run, const char *option, const char *file,
                                bool same_kind)
{
    if (file == NULL) {
        return LB_OK;
    }
    if (!same_kind) {
        return lb_fail(run->ctx, LB_ERR_ARGUMENT,
                       "--%s %s: %s was not trained on such a file (leave it out)", option, file,
                       run->path);
    }
    return lb_train_params_set(run->ctx, &run->params, option, file);
}

static enum lb_status move_files(struct lb_run *run, const struct lb_run_files *files)
{
    const char *dataset = run->params.dataset;
    const char *mesh = run->params.mesh;
    if (files == NULL) {
        return LB_OK;
    }
    LB_TRY(move_file(run, "dataset", files->dataset,
                     files->dataset != NULL && lb_is_data_file(dataset) &&
                         lb_is_data_file(files->dataset) &&
                         lb_is_pair_file(dataset) == lb_is_pair_file(files->dataset)));
    return move_file(run, "mesh", files->mesh, mesh[0] != '\0');
}

static enum lb_status open_run(struct lb_run **out, struct lb_device *device, const char *path,
                               const struct lb_run_files *files, enum purpose purpose)
{
    *out = NULL;
    struct lb_run *run = calloc(1, sizeof *run);
    if (run == NULL) {
        return lb_fail_memory(device->ctx, "run");
    }
    bool has_encoder = false;
    bool has_decoder = false;
    run->ctx = device->ctx;
    run->networks_only = purpose != ALL;
    run->path = lb_string_copy(path);
    enum lb_status status = LB_OK;
    if (run->path == NULL) {
        status = lb_fail_memory(device->ctx, "run");
        goto fail;
    }
    LB_CHECK(lb_train_params_read(device->ctx, &run->params, path));
    LB_CHECK(move_files(run, files));
    if (purpose != WEIGHTS) {
        LB_CHECK(lb_config_pin_tuning(device, path));
    }
    LB_CHECK(find_file(run, LB_RUN_ENCODER, &has_encoder));
    LB_CHECK(find_file(run, LB_RUN_DECODER, &has_decoder));
    if (!has_encoder) {
        status =
            lb_fail(device->ctx, LB_ERR_NOT_FOUND,
                    "%s: has no encoder yet (finish it with `lowbend train --out %s --resume`)",
                    path, path);
        goto fail;
    }
    LB_CHECK(open_dataset(run, device));
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    run->point_size = (size_t)info->point_size;
    run->image_size = (size_t)info->height * (size_t)info->width * (size_t)info->channels;
    run->latent = (size_t)run->params.latent;
    const enum lb_gemm_kind gemm = gemm_of(run, purpose);
    LB_CHECK(load(run, device, gemm, LB_RUN_ENCODER, &run->encoder));
    if (run->params.decoder_steps > 0 && has_decoder) {
        LB_CHECK(load(run, device, gemm, LB_RUN_DECODER, &run->decoder));
    }
    *out = run;
    return LB_OK;
fail:
    lb_run_close(&run);
    return status;
}

enum lb_status lb_run_open(struct lb_run **out, struct lb_device *device, const char *path)
{
    return open_run(out, device, path, NULL, ALL);
}

enum lb_status lb_run_open_with(struct lb_run **out, struct lb_device *device, const char *path,
                                const struct lb_run_files *files)
{
    return open_run(out, device, path, files, ALL);
}

enum lb_status lb_run_open_networks(struct lb_run **out, struct lb_device *device, const char *path)
{
    return open_run(out, device, path, NULL, NETWORKS);
}

enum lb_status lb_run_open_weights(struct lb_run **out, struct lb_device *device, const char *path)
{
    return open_run(out, device, path, NULL, WEIGHTS);
}

void lb_run_close(struct lb_run **run)
{
    if (run == NULL || *run == NULL) {
        return;
    }
    lb_network_destroy(&(*run)->encoder);
    lb_network_destroy(&(*run)->decoder);
    lb_dataset_close(&(*run)->dataset);
    lb_pair_file_close(&(*run)->pairs);
    free((*run)->path);
    free(*run);
    *run = NULL;
}

struct lb_dataset *lb_run_dataset(struct lb_run *run)
{
    return run->dataset;
}

struct lb_network *lb_run_encoder(struct lb_run *run)
{
    return run->encoder;
}

struct lb_network *lb_run_decoder(struct lb_run *run)
{
    return run->decoder;
}

const struct lb_train_params *lb_run_params(const struct lb_run *run)
{
    return &run->params;
}

enum lb_status lb_run_check_cancelled(const struct lb_run *run)
{
    const struct lb_cancellation *c = &run->cancellation;
    return c->progress == NULL || c->progress(c->user, c->part, c->done, c->total)
               ? LB_OK
               : lb_fail(run->ctx, LB_ERR_INTERRUPTED,
                         "%s: %s stopped, nothing written (run it again)", run->path, c->work);
}
