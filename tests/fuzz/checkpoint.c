/* checkpoint.safetensors, as a resumed run reads it: positions that are accepted are possible. */
#include "fuzz.h"
#include "run/checkpoint.h"

enum { PARAMETERS = 3, STEPS = 20, LOG_EVERY = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lb_device device = {.ctx = fuzz_context()};
    struct lb_network network = {.device = &device, .layers.block_size = PARAMETERS};
    network.layers.input = lb_shape_vector(2);
    network.layers.layer[network.layers.count++].out = lb_shape_vector(1);
    struct lb_update_rule rule = {.device = &device};
    const struct lb_train_params params = {
        .steps = STEPS, .decoder_steps = STEPS, .log_every = LOG_EVERY};
    const struct lb_loss loss = {.device = &device};
    const struct lb_checkpoint checkpoint = {
        .device = &device,
        .params = &params,
        .networks = {{"encoder", &network, &rule}, {"decoder", &network, &rule}},
        .network_count = 2,
        .histories = {{"energy", &loss}, {"error", &loss}},
        .history_count = 2,
    };
    struct lb_position position = {0};
    struct lb_position alone = {0};
    fuzz_write(fuzz_folder(), "checkpoint.safetensors", data, size);
    const enum lb_status status = lb_checkpoint_read(&checkpoint, &position, fuzz_folder());
    fuzz_judge(device.ctx, status);
    const enum lb_status known =
        lb_checkpoint_read_position(device.ctx, &params, &alone, fuzz_folder());
    fuzz_judge(device.ctx, known);
    if (status == LB_OK && (known != LB_OK || alone.step != position.step)) {
        abort();
    }
    if (status == LB_OK &&
        (position.step < 0 || position.metrics_lines < 1 || position.skipped < 0 ||
         (!position.finished && (position.phase == LB_PHASE_JOINT || position.step > STEPS)))) {
        abort();
    }
    lb_context_destroy(&device.ctx);
    return 0;
}
