/* encoder.safetensors and decoder.safetensors, as every command reads them. */
#include "fuzz.h"
#include "nn/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lb_device device = {.ctx = fuzz_context()};
    struct lb_network *network = NULL;
    char path[512];
    snprintf(path, sizeof path, "%s/encoder.safetensors", fuzz_folder());
    fuzz_write(fuzz_folder(), "encoder.safetensors", data, size);
    const enum lb_status status = lb_network_load(&network, &device, LB_GEMM_PANEL, path);
    fuzz_judge(device.ctx, status);
    if ((status == LB_OK) != (network != NULL)) {
        abort();
    }
    lb_network_destroy(&network);
    lb_context_destroy(&device.ctx);
    return 0;
}
