/* What the fuzz targets share: a context, and input as the readers get it from files. */
#ifndef LB_TESTS_FUZZ_H
#define LB_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A malloc'ed copy with a NUL byte behind it, as lb_file_read() gives it. */
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

static inline struct lb_context *fuzz_context(void)
{
    struct lb_context *ctx = NULL;
    if (lb_context_create(&ctx, NULL) != LB_OK) {
        abort();
    }
    return ctx;
}

/** Whoever fails must say why. */
static inline void fuzz_judge(struct lb_context *ctx, enum lb_status status)
{
    if (status != LB_OK && lb_context_error(ctx)[0] == '\0') {
        abort();
    }
}

#endif
