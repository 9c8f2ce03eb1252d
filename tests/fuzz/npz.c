/* .npz files: every array that is accepted, and asked for, can be read to its last byte. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_tensors(lb_npz_read, "file.npz", data, size);
    return 0;
}
