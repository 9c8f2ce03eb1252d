/* Files for the tests of safetensors and .npy: they lie in a temporary working folder. */
#ifndef LB_TESTS_TENSOR_SUPPORT_H
#define LB_TESTS_TENSOR_SUPPORT_H

#include "support.h"

#include <lowbend/tensor.h>

#define SAFETENSORS "test.safetensors"
#define NPY         "test.npy"

struct fixture {
    struct lb_context *ctx;
    char *folder;
};

/** cmocka group set-up and tear-down. */
int open_fixture(void **state);
int close_fixture(void **state);

/** Without the sync of lb_file_write(), because there are thousands of these. */
void write_bytes(const char *path, const void *data, size_t size);
/** SAFETENSORS: a header, whose actual length may differ from `length`, and `data` zero bytes. */
void write_header(uint64_t length, const char *header, size_t header_size, size_t data);

/* One tensor in a header. */
#define ENTRY(dtype, shape, offsets)                                                               \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

#endif
