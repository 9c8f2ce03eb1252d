/* User pairs: a file that is accepted has finite images and distances in range, to the last one. */
#include <math.h>

#include "batch/pair_file.h"
#include "fuzz.h"

static void check(const struct lb_pair_file *file)
{
    float *values = malloc(file->image_size * sizeof *values);
    if (values == NULL || file->count == 0 || file->image_size == 0 ||
        file->kept_count > file->count) {
        abort();
    }
    for (size_t i = 0; i < file->count; i++) {
        const float d = lb_pair_file_distance(file, i);
        for (int role = 0; role < LB_PAIR_ROLES; role++) {
            lb_pair_file_values(file, (enum lb_pair_role)role, i, values);
            for (size_t k = 0; k < file->image_size; k++) {
                if (!isfinite(values[k])) {
                    abort();
                }
            }
        }
        if (!(d > 0.0f && d <= 1e6f)) {
            abort();
        }
    }
    for (size_t k = 0; k < file->held_out + file->training; k++) {
        const size_t i = k < file->held_out ? lb_pair_file_held_out(file, k)
                                            : lb_pair_file_training(file, k - file->held_out);
        if (i >= file->count) {
            abort();
        }
    }
    free(values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lb_context *ctx = fuzz_context();
    struct lb_pair_file *file = NULL;
    char path[512];
    fuzz_write(fuzz_folder(), "pairs.safetensors", data, size);
    snprintf(path, sizeof path, "%s/pairs.safetensors", fuzz_folder());
    enum lb_status status = lb_pair_file_open(&file, ctx, path);
    if (status == LB_OK) {
        status = lb_pair_file_scan(file, 0.01);
    }
    if (status == LB_OK) {
        status = lb_pair_file_split(file, 1, 0.1, 1);
    }
    fuzz_judge(ctx, status);
    if (status == LB_OK) {
        check(file);
    }
    lb_pair_file_close(&file);
    lb_context_destroy(&ctx);
    return 0;
}
