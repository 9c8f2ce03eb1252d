/* .npy files: every array that is accepted can be read to its last byte. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_tensors(lb_npy_read, "file.npy", data, size);
    return 0;
}
