/* safetensors files: every tensor that is accepted can be read to its last byte. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_tensors(lb_safetensors_read, "file.safetensors", data, size);
    return 0;
}
