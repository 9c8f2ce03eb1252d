/* What the fuzz targets share: a context, and input as the readers get it, in memory or in files.
 */
#ifndef LB_TESTS_FUZZ_H
#define LB_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "io/tensor_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A malloc'ed copy followed by a NUL byte, like the result of lb_file_read(). */
static inline char *fuzz_copy(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size + 1);
    if (bytes == NULL) {
        abort();
    }
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    bytes[size] = '\0';
    return bytes;
}

/** Writes the input to folder/name for readers that take a path. */
void fuzz_write(const char *folder, const char *name, const void *data, size_t size);
/** A folder in TMPDIR for this process; run.py removes it. */
const char *fuzz_folder(void);

/** Reads an array file in memory; if it is accepted, every tensor must be readable. */
typedef enum lb_status (*fuzz_tensor_reader)(struct lb_tensor_file *file, struct lb_context *ctx,
                                             const char *path, size_t size);
void fuzz_tensors(fuzz_tensor_reader reader, const char *path, const uint8_t *data, size_t size);

static inline struct lb_context *fuzz_context(void)
{
    struct lb_context *ctx = NULL;
    if (lb_context_create(&ctx, NULL) != LB_OK) {
        abort();
    }
    return ctx;
}

/** Every failure must have a message. */
static inline void fuzz_judge(struct lb_context *ctx, enum lb_status status)
{
    if (status != LB_OK && lb_context_error(ctx)[0] == '\0') {
        abort();
    }
}

#endif
