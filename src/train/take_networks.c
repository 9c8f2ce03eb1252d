/* Initialises the networks from another RUN (train --init). */
#include <stdlib.h>

#include "run/run.h"
#include "train/trainer.h"

static enum lb_status check_normalisation(const struct lb_network *to,
                                          const struct lb_network *from, const char *path)
{
    const bool normalises = to->normalisation.channels > 0;
    if (normalises == (from->normalisation.channels > 0)) {
        return LB_OK;
    }
    return lb_fail(to->device->ctx, LB_ERR_ARGUMENT,
                   "--init %s: its encoder %s images, but this run's %s (use another RUN)", path,
                   normalises ? "does not normalise" : "normalises",
                   normalises ? "does" : "does not");
}

/* Copies the output mean, or its absence. */
static enum lb_status copy_output_mean(struct lb_network *to, const struct lb_network *from)
{
    struct lb_device *device = to->device;
    const size_t bytes = (size_t)lb_network_outputs(from) * sizeof(float);
    if (from->output_mean == NULL) {
        return lb_network_set_output_mean(to, NULL);
    }
    float *mean = malloc(bytes);
    if (mean == NULL) {
        return lb_fail_memory(device->ctx, "mean image");
    }
    enum lb_status status = lb_buffer_read(device, from->output_mean, 0, mean, bytes);
    if (status == LB_OK) {
        status = lb_network_set_output_mean(to, mean);
    }
    free(mean);
    return status;
}

/* Copies weights, normalisation and output mean of a network with the same layers. */
static enum lb_status copy_network(struct lb_network *to, const struct lb_network *from,
                                   const char *path, const char *name)
{
    struct lb_device *device = to->device;
    const struct lb_normalisation *normalisation = &from->normalisation;
    if (!lb_network_same_layers(to, from)) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT,
                       "--init %s: the layers of its %s differ from those of the new run (give the "
                       "same --hidden, --decoder-hidden, --latent, activations and dataset size)",
                       path, name);
    }
    if (normalisation->channels > 0) {
        LB_TRY(lb_normalisation_set(&to->normalisation, device, lb_network_inputs(to),
                                    normalisation->channels, normalisation->mean,
                                    normalisation->scale));
    }
    LB_TRY(copy_output_mean(to, from));
    return lb_buffer_copy(device, from->parameters, 0, to->parameters, 0,
                          from->layers.block_size * sizeof(float));
}

enum lb_status lb_trainer_take_networks(struct lb_trainer *trainer, const char *path)
{
    struct lb_network *encoder = trainer->encoder.network;
    struct lb_network *decoder = trainer->decoder.network;
    struct lb_run *run = NULL;
    LB_TRY(lb_run_open_weights(&run, trainer->device, path));
    enum lb_status status = LB_OK;
    LB_CHECK(check_normalisation(encoder, run->encoder, path));
    LB_CHECK(copy_network(encoder, run->encoder, path, "encoder"));
    if (decoder != NULL && run->decoder != NULL) {
        LB_CHECK(copy_network(decoder, run->decoder, path, "decoder"));
    }
    LB_CHECK(lb_device_finish(trainer->device)); // the copies are made before the RUN is closed
fail:
    lb_run_close(&run);
    return status;
}
