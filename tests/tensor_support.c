#include "tensor_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int open_fixture(void **state)
{
    struct fixture *fixture = allocate(1, sizeof *fixture);
    *state = fixture;
    fixture->folder = make_folder();
    assert_int_equal(chdir(fixture->folder), 0);
    return lb_context_create(&fixture->ctx, NULL);
}

int close_fixture(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(chdir("/"), 0);
    remove_folder(fixture->folder);
    lb_context_destroy(&fixture->ctx);
    free(fixture);
    return 0;
}

void write_bytes(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void write_header(uint64_t length, const char *header, size_t header_size, size_t data)
{
    char bytes[1024] = {0};
    assert_true(8 + header_size + data <= sizeof(bytes));
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, header_size);
    write_bytes(SAFETENSORS, bytes, 8 + header_size + data);
}
