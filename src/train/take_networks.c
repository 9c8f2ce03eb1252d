/* Starting from the weights of another RUN (train --init). */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "run/run_files.h"
#include "train/trainer.h"

/* Copies weights and normalisation of a network with the same layers. */
static enum lb_status copy_network(struct lb_network *to, struct lb_network *from, const char *path)
{
    struct lb_device *device = to->device;
    const struct lb_normalisation *normalisation = &from->normalisation;
    const size_t bytes = from->layers.block_size * sizeof(float);
    if (!lb_network_same_layers(to, from)) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT,
                       "--init %s: its layers are not those of the new run's network (give the "
                       "same --hidden, --latent, activations and dataset size)",
                       path);
    }
    lb_normalisation_destroy(&to->normalisation);
    if (normalisation->channels > 0) {
        LB_TRY(lb_normalisation_set(&to->normalisation, device, lb_network_inputs(to),
                                    normalisation->channels, normalisation->mean,
                                    normalisation->scale));
    }
    return lb_buffer_copy(device, from->parameters, 0, to->parameters, 0, bytes);
}

static enum lb_status take(struct lb_trainer *trainer, const char *run, enum lb_run_file file,
                           struct lb_network *to)
{
    struct lb_network *from = NULL;
    char *path = lb_run_file_path(run, file);
    enum lb_status status = LB_OK;
    if (path == NULL) {
        return lb_fail_memory(trainer->device->ctx, run);
    }
    if (file != LB_RUN_ENCODER && lb_file_missing(path)) {
        goto fail; // of a RUN without a decoder the encoder is taken
    }
    LB_CHECK(lb_network_load(&from, trainer->device, trainer->params.gemm, path));
    LB_CHECK(copy_network(to, from, path));
    LB_CHECK(lb_device_finish(trainer->device));
fail:
    lb_network_destroy(&from);
    free(path);
    return status;
}

enum lb_status lb_trainer_take_networks(struct lb_trainer *trainer, const char *run)
{
    LB_TRY(take(trainer, run, LB_RUN_ENCODER, trainer->encoder.network));
    return trainer->decoder.network != NULL
               ? take(trainer, run, LB_RUN_DECODER, trainer->decoder.network)
               : LB_OK;
}
