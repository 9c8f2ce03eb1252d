#include "fuzz.h"

const char *fuzz_folder(void)
{
    static char folder[256];
    if (folder[0] == '\0') {
        const char *parent = getenv("TMPDIR");
        snprintf(folder, sizeof folder, "%s/lowbend-fuzz-XXXXXX", parent != NULL ? parent : "/tmp");
        if (mkdtemp(folder) == NULL) {
            abort();
        }
    }
    return folder;
}

void fuzz_write(const char *folder, const char *name, const void *data, size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) {
        abort();
    }
}

void fuzz_tensors(fuzz_tensor_reader reader, const char *path, const uint8_t *data, size_t size)
{
    struct lb_context *ctx = fuzz_context();
    struct lb_tensor_file *file = calloc(1, sizeof *file);
    if (file == NULL) {
        abort();
    }
    file->bytes = fuzz_copy(data, size);
    const enum lb_status status = reader(file, ctx, path, size);
    fuzz_judge(ctx, status);
    volatile unsigned char sum = 0;
    for (size_t i = 0; status == LB_OK && i < file->count; i++) {
        const struct lb_tensor *tensor = &file->tensors[i];
        const enum lb_status loaded = lb_tensor_file_load(file, ctx, path, tensor);
        fuzz_judge(ctx, loaded);
        if (loaded != LB_OK) {
            continue;
        }
        const unsigned char *bytes = tensor->data;
        size_t n = 0;
        if (!lb_shape_bytes(tensor->shape, tensor->rank, tensor->dtype, &n)) {
            abort();
        }
        for (size_t k = 0; k < n; k++) {
            sum = (unsigned char)(sum + bytes[k]);
        }
    }
    lb_tensor_file_free(&file);
    lb_context_destroy(&ctx);
}
