/* safetensors files: every tensor that is accepted can be read to its last byte. */
#include "fuzz.h"
#include "io/tensor_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lb_context *ctx = fuzz_context();
    struct lb_tensor_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        abort();
    }
    file->bytes = fuzz_copy(data, size);
    const enum lb_status status = lb_safetensors_read(file, ctx, "file.safetensors", size);
    fuzz_judge(ctx, status);
    volatile unsigned char sum = 0;
    for (size_t i = 0; status == LB_OK && i < file->count; i++) {
        const unsigned char *bytes = file->tensors[i].data;
        size_t n = 0;
        if (!lb_shape_bytes(file->tensors[i].shape, file->tensors[i].rank, file->tensors[i].dtype,
                            &n)) {
            abort();
        }
        for (size_t k = 0; k < n; k++) {
            sum = (unsigned char)(sum + bytes[k]);
        }
    }
    lb_tensor_file_free(&file);
    lb_context_destroy(&ctx);
    return 0;
}
