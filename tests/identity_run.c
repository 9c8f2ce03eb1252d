#include "identity_run.h"

#include <stdlib.h>

#include <lowbend/tensor.h>

static char nowhere[] = "a run without folder";

void open_identity(const struct device_fixture *fixture, struct lb_run *run, const char *dataset,
                   float scale)
{
    const float weight[9] = {scale, 0.0f, 0.0f, 0.0f, scale, 0.0f, 0.0f, 0.0f, scale};
    const float bias[3] = {0.0f, 0.0f, 0.0f};
    const struct lb_tensor tensors[] = {
        {"layer0.weight", LB_F32, 2, {3, 3}, weight},
        {"layer0.bias", LB_F32, 1, {3}, bias},
    };
    const struct lb_metadata metadata[] = {{"activation", "linear"},
                                           {"output_activation", "linear"}};
    char *folder = make_folder();
    char path[256];
    snprintf(path, sizeof path, "%s/identity.safetensors", folder);
    *run = (struct lb_run){
        .ctx = fixture->ctx, .path = nowhere, .point_size = 3, .image_size = 3, .latent = 3};
    lb_train_params_default(&run->params);
    require_ok(fixture, lb_tensor_file_write(fixture->ctx, path, tensors, LB_COUNT(tensors),
                                             metadata, LB_COUNT(metadata)));
    require_ok(fixture, lb_dataset_open(&run->dataset, fixture->device,
                                        &(const struct lb_dataset_params){.name = dataset}));
    require_ok(fixture, lb_network_load(&run->encoder, fixture->device, LB_GEMM_AUTO, path));
    require_ok(fixture, lb_network_load(&run->decoder, fixture->device, LB_GEMM_AUTO, path));
    remove_folder(folder);
}

void close_identity(struct lb_run *run)
{
    lb_network_destroy(&run->encoder);
    lb_network_destroy(&run->decoder);
    lb_dataset_close(&run->dataset);
}
