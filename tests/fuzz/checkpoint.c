/* checkpoint.safetensors, as a resumed run reads it: positions that are accepted are possible. */
#include "fuzz.h"
#include "run/checkpoint.h"

enum { PARAMETERS = 3, STEPS = 20, LOG_EVERY = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lb_device device = {.ctx = fuzz_context()};
    struct lb_network network = {.device = &device, .layers.parameter_count = PARAMETERS};
    struct lb_trainer trainer = {
        .device = &device,
        .params = {.steps = STEPS, .decoder_steps = STEPS, .log_every = LOG_EVERY},
        .encoder = {.network = &network},
        .decoder = {.network = &network},
    };
    struct lb_position position = {0};
    fuzz_write(fuzz_folder(), "checkpoint.safetensors", data, size);
    const enum lb_status status = lb_checkpoint_read(&trainer, &position, fuzz_folder());
    fuzz_judge(device.ctx, status);
    if (status == LB_OK &&
        (position.step < 0 || position.metrics_lines < 1 || position.skipped < 0 ||
         (!position.finished && (position.phase == LB_PHASE_JOINT || position.step > STEPS)))) {
        abort();
    }
    lb_context_destroy(&device.ctx);
    return 0;
}
