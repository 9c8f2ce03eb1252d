/* safetensors and .npy: round trips, bytes, and files that try to break the reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <lowbend/tensor.h>

#include "base/context.h"
#include "base/file.h"

#define SAFETENSORS "test_tensor.safetensors"
#define OTHER "test_tensor_other.safetensors"
#define NPY "test_tensor.npy"

struct fixture {
    struct lb_context *ctx;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    *state = fixture;
    return lb_context_create(&fixture->ctx, NULL);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    unlink(SAFETENSORS);
    unlink(OTHER);
    unlink(NPY);
    lb_context_destroy(&fixture->ctx);
    free(fixture);
    return 0;
}

static const float f32_data[] = {1.5f, -2.25f, 0.0f, 3e38f, -0.0f, 1e-45f};
static const double f64_data[] = {1.0 / 3.0, -1e300};
static const unsigned char u8_data[] = {0, 127, 255};
static const int32_t i32_data[] = {INT32_MIN, -1, INT32_MAX};
static const int64_t i64_data[] = {INT64_MIN, INT64_MAX};

/* The three odd bytes come early, so that what follows is not aligned in the file. */
static const struct lb_tensor samples[] = {
    {"bytes", LB_U8, 1, {3}, u8_data},
    {"zeta \xc3\xa9 \"quoted\"\n", LB_F32, 2, {2, 3}, f32_data},
    {"empty", LB_F64, 3, {4, 0, 2}, NULL},
    {"alpha", LB_F64, 1, {2}, f64_data},
    {"scalar", LB_F32, 0, {0}, f32_data},
    {"int", LB_I32, 1, {3}, i32_data},
    {"long", LB_I64, 8, {1, 1, 1, 1, 1, 1, 1, 2}, i64_data},
};

static const struct lb_metadata metadata[] = {
    {"activation", "elu"},
    {"note", "a \"b\" \\ \xce\xbb"},
};

static void assert_same_tensor(const struct lb_tensor *got, const struct lb_tensor *want)
{
    assert_string_equal(got->name, want->name);
    assert_int_equal(got->dtype, want->dtype);
    assert_int_equal(got->rank, want->rank);
    for (int i = 0; i < want->rank; i++) {
        assert_int_equal(got->shape[i], want->shape[i]);
    }
    const size_t size = lb_tensor_count(want) * lb_dtype_size(want->dtype);
    if (size > 0) {
        assert_memory_equal(got->data, want->data, size);
    }
    assert_int_equal((uintptr_t)got->data % lb_dtype_size(got->dtype), 0);
}

static void test_dtypes(void **state)
{
    (void)state;
    static const char *const names[] = {"F32", "F64", "U8", "I32", "I64"};
    static const size_t sizes[] = {4, 8, 1, 4, 8};
    for (size_t i = 0; i < LB_COUNT(names); i++) {
        assert_string_equal(lb_dtype_name((enum lb_dtype)i), names[i]);
        assert_int_equal(lb_dtype_size((enum lb_dtype)i), sizes[i]);
    }
}

static void test_round_trip(void **state)
{
    const struct fixture *f = *state;
    struct lb_tensor_file *file = NULL;
    assert_int_equal(lb_tensor_file_write(f->ctx, SAFETENSORS, samples, LB_COUNT(samples), metadata,
                                          LB_COUNT(metadata)),
                     LB_OK);
    assert_int_equal(lb_tensor_file_read(&file, f->ctx, SAFETENSORS), LB_OK);
    assert_int_equal(lb_tensor_file_count(file), LB_COUNT(samples));
    for (size_t i = 0; i < LB_COUNT(samples); i++) {
        assert_same_tensor(lb_tensor_file_at(file, i), &samples[i]);
        assert_ptr_equal(lb_tensor_file_find(file, samples[i].name), lb_tensor_file_at(file, i));
    }
    assert_null(lb_tensor_file_at(file, LB_COUNT(samples)));
    assert_null(lb_tensor_file_find(file, "absent"));
    assert_null(lb_tensor_file_find(file, "__metadata__"));
    for (size_t i = 0; i < LB_COUNT(metadata); i++) {
        assert_string_equal(lb_tensor_file_metadata(file, metadata[i].key), metadata[i].value);
    }
    assert_null(lb_tensor_file_metadata(file, "absent"));
    lb_tensor_file_free(&file);
    assert_null(file);
    lb_tensor_file_free(&file);
    lb_tensor_file_free(NULL);
}

static void test_no_tensors(void **state)
{
    const struct fixture *f = *state;
    struct lb_tensor_file *file = NULL;
    assert_int_equal(lb_tensor_file_write(f->ctx, SAFETENSORS, NULL, 0, NULL, 0), LB_OK);
    assert_int_equal(lb_tensor_file_read(&file, f->ctx, SAFETENSORS), LB_OK);
    assert_int_equal(lb_tensor_file_count(file), 0);
    assert_null(lb_tensor_file_metadata(file, "activation"));
    lb_tensor_file_free(&file);
}

/** The exact file: nothing in it may depend on time, path or memory. */
static void test_bytes(void **state)
{
    const struct fixture *f = *state;
    static const char header[] =
        "{\"__metadata__\":{\"k\":\"v\"},\"b\":{\"dtype\":\"U8\",\"shape\":[3],"
        "\"data_offsets\":[0,3]},\"a\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[3,7]}}";
    const int32_t number = 0x04030201;
    const struct lb_tensor tensors[] = {
        {"b", LB_U8, 1, {3}, u8_data},
        {"a", LB_I32, 1, {1}, &number},
    };
    const struct lb_metadata pair = {"k", "v"};
    assert_int_equal(lb_tensor_file_write(f->ctx, SAFETENSORS, tensors, 2, &pair, 1), LB_OK);
    assert_int_equal(lb_tensor_file_write(f->ctx, OTHER, tensors, 2, &pair, 1), LB_OK);
    char *bytes = NULL;
    char *others = NULL;
    size_t size = 0;
    size_t other_size = 0;
    assert_int_equal(lb_file_read(f->ctx, SAFETENSORS, &bytes, &size), LB_OK);
    assert_int_equal(lb_file_read(f->ctx, OTHER, &others, &other_size), LB_OK);
    assert_int_equal(size, other_size);
    assert_memory_equal(bytes, others, size);
    const size_t padded = (sizeof(header) - 1 + 7) / 8 * 8;
    assert_int_equal(size, 8 + padded + 7);
    uint64_t length = 0;
    memcpy(&length, bytes, 8);
    assert_int_equal(length, padded);
    assert_memory_equal(bytes + 8, header, sizeof(header) - 1);
    for (size_t i = sizeof(header) - 1; i < padded; i++) {
        assert_int_equal(bytes[8 + i], ' ');
    }
    assert_memory_equal(bytes + 8 + padded, "\x00\x7f\xff\x01\x02\x03\x04", 7);
    free(bytes);
    free(others);
}

/** Without the sync of lb_file_write: there are thousands of these. */
static void write_bytes(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/** Reads a file of unknown worth: it must open or fail with a text. */
static enum lb_status try_read(const struct fixture *f, const char *path)
{
    struct lb_tensor_file *file = NULL;
    const enum lb_status status = lb_tensor_file_read(&file, f->ctx, path);
    if (status != LB_OK) {
        assert_null(file);
        assert_int_equal(status, LB_ERR_FORMAT);
        assert_non_null(strstr(lb_context_error(f->ctx), path));
        return status;
    }
    /* Touch every byte, for the address sanitizer. */
    unsigned sum = 0;
    for (size_t i = 0; i < lb_tensor_file_count(file); i++) {
        const struct lb_tensor *tensor = lb_tensor_file_at(file, i);
        const unsigned char *data = tensor->data;
        for (size_t k = 0; k < lb_tensor_count(tensor) * lb_dtype_size(tensor->dtype); k++) {
            sum += data[k];
        }
    }
    assert_true(sum < UINT32_MAX);
    lb_tensor_file_free(&file);
    return LB_OK;
}

/** Cuts a valid file at every length, which must always be noticed, and spoils every byte. */
static void damage_everywhere(const struct fixture *f, const char *path)
{
    static const unsigned char masks[] = {0x01, 0x10, 0x80, 0xff};
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(lb_file_read(f->ctx, path, &bytes, &size), LB_OK);
    for (size_t length = 0; length < size; length++) {
        write_bytes(path, bytes, length);
        if (try_read(f, path) == LB_OK) {
            fail_msg("%s: accepted %zu of %zu bytes", path, length, size);
        }
    }
    for (size_t i = 0; i < size; i++) {
        const char before = bytes[i];
        for (size_t m = 0; m < LB_COUNT(masks); m++) {
            bytes[i] = (char)((unsigned char)before ^ masks[m]);
            write_bytes(path, bytes, size);
            try_read(f, path);
        }
        bytes[i] = before;
    }
    free(bytes);
}

static void test_damaged_safetensors(void **state)
{
    const struct fixture *f = *state;
    const struct lb_tensor tensors[] = {samples[0], samples[1]};
    assert_int_equal(lb_tensor_file_write(f->ctx, SAFETENSORS, tensors, 2, metadata, 1), LB_OK);
    damage_everywhere(f, SAFETENSORS);
}

static void test_damaged_npy(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(lb_tensor_file_write(f->ctx, NPY, &samples[1], 1, NULL, 0), LB_OK);
    damage_everywhere(f, NPY);
}

/** A header, the number of data bytes behind it, and words of the message it must give. */
struct hostile {
    const char *header;
    size_t data;
    const char *phrase;
};

#define ENTRY(dtype, shape, offsets)                                                               \
    "{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define ONE(dtype, shape, offsets) "{\"w\":" ENTRY(dtype, shape, offsets) "}"

static const struct hostile hostiles[] = {
    {"", 0, "not JSON"},
    {"{", 0, "not JSON"},
    {"hello", 0, "not JSON"},
    {"{} x", 0, "not JSON"},
    {"{\"\xff\":1}", 0, "not JSON"},
    {"{\"a\\u0000b\":1}", 0, "not JSON"},
    {"[]", 0, "not a JSON object"},
    {"{\"w\":3}", 0, "not an object"},
    {"{\"w\":null}", 0, "not an object"},
    {"{\"w\\u001b[31m\":3}", 0, "tensor 'w?[31m'"},
    {"{\"w\":{}}", 0, "dtype is missing"},
    {"{\"w\":{\"dtype\":7}}", 0, "dtype is missing"},
    {"{\"w\":{\"dtype\":\"F32\"}}", 0, "shape is missing"},
    {"{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "data_offsets are missing"},
    {ONE("F16", "[2]", "[0,4]"), 4, "convert it to F32, F64, U8, I32 or I64"},
    {ONE("BF16", "[2]", "[0,4]"), 4, "dtype BF16 is not supported"},
    {ONE("f32", "[1]", "[0,4]"), 4, "dtype 'f32' is unknown"},
    {ONE("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "rank 9 is not supported"},
    {ONE("F32", "3", "[0,4]"), 4, "shape is missing or not an array"},
    {ONE("F32", "[-1]", "[0,4]"), 4, "negative number"},
    {ONE("F32", "[1.0]", "[0,4]"), 4, "not an integer"},
    {ONE("F32", "[\"1\"]", "[0,4]"), 4, "not an integer"},
    {ONE("F32", "[99999999999999999999]", "[0,4]"), 4, "not JSON"},
    {ONE("F32", "[4611686018427387904]", "[0,0]"), 0, "overflows"},
    {ONE("F32", "[4294967296,4294967296]", "[0,0]"), 0, "overflows"},
    {ONE("F32", "[0,4294967296,4294967296]", "[0,0]"), 0, "overflows"},
    {ONE("F32", "[1]", "[0]"), 4, "two integers"},
    {ONE("F32", "[1]", "[0,4,8]"), 4, "two integers"},
    {ONE("F32", "[1]", "[0.0,4.0]"), 4, "two integers"},
    {ONE("F32", "[1]", "{}"), 4, "two integers"},
    {ONE("F32", "[1]", "[-4,0]"), 4, "negative or run backwards"},
    {ONE("F32", "[1]", "[4,0]"), 4, "negative or run backwards"},
    {ONE("F32", "[1]", "[0,5]"), 5, "hold 5 bytes but its shape needs 4"},
    {ONE("F32", "[2]", "[0,4]"), 4, "hold 4 bytes but its shape needs 8"},
    {ONE("F32", "[2]", "[0,8]"), 4, "beyond the end of the file"},
    {ONE("U8", "[9223372036854775807]", "[0,9223372036854775807]"), 4, "beyond the end"},
    {ONE("F32", "[1]", "[0,4]"), 6, "bytes 4 to 6 at the end of the data belong to no tensor"},
    {ONE("F32", "[1]", "[2,6]"), 6, "bytes 0 to 2 of the data, before tensor 'w'"},
    {"{}", 1, "belong to no tensor"},
    {"{\"a\":" ENTRY("U8", "[4]", "[0,4]") ",\"b\":" ENTRY("U8", "[4]", "[3,7]") "}", 7,
     "'a' and 'b' overlap"},
    {"{\"a\":" ENTRY("U8", "[4]", "[0,4]") ",\"b\":" ENTRY("U8", "[4]", "[0,4]") "}", 4,
     "'a' and 'b' overlap"},
    {"{\"a\":" ENTRY("U8", "[4]", "[0,4]") ",\"e\":" ENTRY("U8", "[0]", "[2,2]") "}", 4,
     "'a' and 'e' overlap"},
    {"{\"a\":" ENTRY("U8", "[1]", "[0,1]") ",\"b\":" ENTRY("U8", "[1]", "[2,3]") "}", 3,
     "bytes 1 to 2 of the data, before tensor 'b'"},
    {"{\"a\":" ENTRY("U8", "[1]", "[0,1]") ",\"a\":" ENTRY("U8", "[1]", "[1,2]") "}", 2,
     "duplicate name"},
    {"{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "duplicate name"},
    {"{\"__metadata__\":[]}", 0, "__metadata__ is not an object"},
    {"{\"__metadata__\":{\"k\":1}}", 0, "__metadata__: 'k' is not a string"},
};

static void write_header(uint64_t length, const char *header,
                         size_t header_size, size_t data)
{
    char bytes[1024] = {0};
    assert_true(8 + header_size + data <= sizeof(bytes));
    memcpy(bytes, &length, 8);
    memcpy(bytes + 8, header, header_size);
    write_bytes(SAFETENSORS, bytes, 8 + header_size + data);
}

static void expect_phrase(const struct fixture *f, const char *path, const char *phrase)
{
    const enum lb_status status = try_read(f, path);
    const char *text = lb_context_error(f->ctx);
    if (status != LB_ERR_FORMAT || strstr(text, phrase) == NULL) {
        fail_msg("wanted LB_ERR_FORMAT with \"%s\", got %d: %s", phrase, status, text);
    }
}

static void test_hostile_headers(void **state)
{
    const struct fixture *f = *state;
    for (size_t i = 0; i < LB_COUNT(hostiles); i++) {
        const size_t length = strlen(hostiles[i].header);
        write_header(length, hostiles[i].header, length, hostiles[i].data);
        expect_phrase(f, SAFETENSORS, hostiles[i].phrase);
    }
}

static void test_hostile_lengths(void **state)
{
    const struct fixture *f = *state;
    write_bytes(SAFETENSORS, "1234567", 7);
    expect_phrase(f, SAFETENSORS, "too short");
    write_header(3, "{}", 2, 0);
    expect_phrase(f, SAFETENSORS, "beyond the end of the file");
    write_header(UINT64_MAX, "{}", 2, 0);
    expect_phrase(f, SAFETENSORS, "limit of 100 MB");
    write_header(100000001, "{}", 2, 0);
    expect_phrase(f, SAFETENSORS, "limit of 100 MB");
    write_header(100000000, "{}", 2, 0);
    expect_phrase(f, SAFETENSORS, "beyond the end of the file");
}

static void test_deep_header(void **state)
{
    const struct fixture *f = *state;
    const size_t depth = 100000;
    char *bytes = malloc(8 + depth);
    assert_non_null(bytes);
    const uint64_t length = depth;
    memcpy(bytes, &length, 8);
    memset(bytes + 8, '[', depth);
    write_bytes(SAFETENSORS, bytes, 8 + depth);
    free(bytes);
    expect_phrase(f, SAFETENSORS, "too deep");
}

/** Other writers sort the header as they like: the order is that of the data. */
static void test_order_of_data(void **state)
{
    const struct fixture *f = *state;
    static const char header[] = "{\"late\":" ENTRY("U8", "[2]", "[1,3]") ",\"early\":" ENTRY(
        "U8", "[1]", "[0,1]") ",\"none\":" ENTRY("F64", "[0]", "[1,1]") "}   ";
    struct lb_tensor_file *file = NULL;
    write_header(sizeof(header) - 1, header, sizeof(header) - 1, 3);
    assert_int_equal(lb_tensor_file_read(&file, f->ctx, SAFETENSORS), LB_OK);
    assert_string_equal(lb_tensor_file_at(file, 0)->name, "early");
    assert_string_equal(lb_tensor_file_at(file, 1)->name, "none");
    assert_string_equal(lb_tensor_file_at(file, 2)->name, "late");
    lb_tensor_file_free(&file);
}

static void test_refused_writes(void **state)
{
    const struct fixture *f = *state;
    const struct lb_tensor good = samples[0];
    struct lb_tensor bad[2] = {good, good};
    unlink(OTHER);
    assert_int_equal(lb_tensor_file_write(f->ctx, OTHER, bad, 2, NULL, 0), LB_ERR_ARGUMENT);
    assert_non_null(strstr(lb_context_error(f->ctx), "two tensors are named 'bytes'"));
    bad[1].name = "__metadata__";
    assert_int_equal(lb_tensor_file_write(f->ctx, OTHER, bad, 2, NULL, 0), LB_ERR_ARGUMENT);
    bad[1].name = "\xff";
    assert_int_equal(lb_tensor_file_write(f->ctx, OTHER, bad, 2, NULL, 0), LB_ERR_ARGUMENT);
    bad[1].name = "other";
    bad[1].rank = LB_TENSOR_MAX_RANK + 1;
    assert_int_equal(lb_tensor_file_write(f->ctx, OTHER, bad, 2, NULL, 0), LB_ERR_ARGUMENT);
    bad[1].rank = 1;
    bad[1].data = NULL;
    assert_int_equal(lb_tensor_file_write(f->ctx, OTHER, bad, 2, NULL, 0), LB_ERR_ARGUMENT);
    bad[1].shape[0] = SIZE_MAX;
    assert_int_equal(lb_tensor_file_write(f->ctx, OTHER, bad, 2, NULL, 0), LB_ERR_ARGUMENT);
    const struct lb_metadata twice[] = {{"k", "1"}, {"k", "2"}};
    assert_int_equal(lb_tensor_file_write(f->ctx, OTHER, &good, 1, twice, 2), LB_ERR_ARGUMENT);
    assert_false(lb_file_exists(OTHER));
    assert_int_equal(lb_tensor_file_write(f->ctx, NPY, bad, 2, NULL, 0), LB_ERR_ARGUMENT);
    assert_int_equal(lb_tensor_file_write(f->ctx, NPY, &good, 1, twice, 1), LB_ERR_ARGUMENT);
    assert_int_equal(lb_tensor_file_write(f->ctx, "absent-folder/x.safetensors", &good, 1, NULL, 0),
                     LB_ERR_IO);
}

static void test_missing_file(void **state)
{
    const struct fixture *f = *state;
    struct lb_tensor_file *file = NULL;
    assert_int_equal(lb_tensor_file_read(&file, f->ctx, "absent.safetensors"), LB_ERR_NOT_FOUND);
    assert_null(file);
}

static void test_npy_round_trip(void **state)
{
    const struct fixture *f = *state;
    for (size_t i = 0; i < LB_COUNT(samples); i++) {
        struct lb_tensor_file *file = NULL;
        struct lb_tensor want = samples[i];
        assert_int_equal(lb_tensor_file_write(f->ctx, NPY, &want, 1, NULL, 0), LB_OK);
        assert_int_equal(lb_tensor_file_read(&file, f->ctx, NPY), LB_OK);
        assert_int_equal(lb_tensor_file_count(file), 1);
        want.name = "array";
        assert_same_tensor(lb_tensor_file_at(file, 0), &want);
        assert_null(lb_tensor_file_metadata(file, "activation"));
        lb_tensor_file_free(&file);
    }
}

/* Written by numpy 2.4, of the versions 1.0, 2.0 and 3.0 of the format. */
#define SPACES_58 "                                                          "
#define SPACES_60 SPACES_58 "  "
static const char numpy_f4[] =
    "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" SPACES_58
    "\n\x00\x00\x80?\x00\x00\x00@\x00\x00@@\x00\x00\x80@\x00\x00\xa0@\x00\x00\xc0@";
static const char numpy_i8[] =
    "\x93NUMPY\x02\x00t\x00\x00\x00{'descr': '<i8', 'fortran_order': False, 'shape': (2,), "
    "}" SPACES_58 "\n\x07\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00";
static const char numpy_f8[] =
    "\x93NUMPY\x03\x00t\x00\x00\x00{'descr': '<f8', 'fortran_order': False, 'shape': (), }"
    SPACES_60 "\n\x00\x00\x00\x00\x00\x00\x04@";
static const char numpy_u1[] =
    "\x93NUMPY\x01\x00v\x00{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }" SPACES_60
    "\n\x01\x02\xff";
static const char numpy_fortran[] =
    "\x93NUMPY\x01\x00v\x00{'descr': '<i4', 'fortran_order': True, 'shape': (2, 2), }" SPACES_58
    " \n\x01\x00\x00\x00\x03\x00\x00\x00\x02\x00\x00\x00\x04\x00\x00\x00";

static void test_npy_of_numpy(void **state)
{
    const struct fixture *f = *state;
    static const float f4[] = {1, 2, 3, 4, 5, 6};
    static const int64_t i8[] = {7, 8};
    static const double f8 = 2.5;
    static const unsigned char u1[] = {1, 2, 255};
    const struct {
        const char *bytes;
        size_t size;
        struct lb_tensor want;
    } cases[] = {
        {numpy_f4, sizeof(numpy_f4) - 1, {"array", LB_F32, 2, {2, 3}, f4}},
        {numpy_i8, sizeof(numpy_i8) - 1, {"array", LB_I64, 1, {2}, i8}},
        {numpy_f8, sizeof(numpy_f8) - 1, {"array", LB_F64, 0, {0}, &f8}},
        {numpy_u1, sizeof(numpy_u1) - 1, {"array", LB_U8, 1, {3}, u1}},
    };
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_tensor_file *file = NULL;
        write_bytes(NPY, cases[i].bytes, cases[i].size);
        assert_int_equal(lb_tensor_file_read(&file, f->ctx, NPY), LB_OK);
        assert_same_tensor(lb_tensor_file_at(file, 0), &cases[i].want);
        lb_tensor_file_free(&file);
    }
    /* Ours for the same array are numpy's bytes. */
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(lb_tensor_file_write(f->ctx, NPY, &cases[0].want, 1, NULL, 0), LB_OK);
    assert_int_equal(lb_file_read(f->ctx, NPY, &bytes, &size), LB_OK);
    assert_int_equal(size, sizeof(numpy_f4) - 1);
    assert_memory_equal(bytes, numpy_f4, size);
    free(bytes);
    write_bytes(NPY, numpy_fortran, sizeof(numpy_fortran) - 1);
    expect_phrase(f, NPY, "Fortran order");
}

static void test_hostile_npy(void **state)
{
    const struct fixture *f = *state;
    static const struct hostile cases[] = {
        {"", 0, "not a dictionary"},
        {"[]", 0, "not a dictionary"},
        {"{", 0, "three keys"},
        {"{}", 0, "lacks 'descr'"},
        {"{'descr': '<f4'}", 0, "lacks 'fortran_order'"},
        {"{'descr': '<f4', 'fortran_order': False}", 4, "lacks 'shape'"},
        {"{'descr': '<f4', 'descr': '<f4'}", 0, "duplicate key"},
        {"{'other': 1}", 0, "unknown key"},
        {"{'descr': '>f4'}", 0, "dtype '>f4' is not supported"},
        {"{'descr': '<f2'}", 0, "convert it to <f4"},
        {"{'descr': [('a', '<f4')]}", 0, "records are not supported"},
        {"{'descr': '<f4", 0, "records are not supported"},
        {"{'fortran_order': 0}", 0, "neither True nor False"},
        {"{'fortran_order': True}", 0, "numpy.ascontiguousarray"},
        {"{'shape': 3}", 0, "no tuple"},
        {"{'shape': (3)}", 0, "instead of a tuple"},
        {"{'shape': (-3,)}", 0, "negative number"},
        {"{'shape': (3.0,)}", 0, "instead of a tuple"},
        {"{'shape': (2, 3.0)}", 0, "does not end"},
        {"{'shape': ('a',)}", 0, "not a number"},
        {"{'shape': (1,", 0, "not a number"},
        {"{'shape': (99999999999999999999,)}", 0, "overflows"},
        {"{'shape': (1,1,1,1,1,1,1,1,1)}", 0, "more axes"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 0,
         "overflows"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 7, "needs 8 bytes but 7"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 9, "needs 8 bytes but 9"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} 1", 8, "behind its dictionary"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", 8, "does not end"},
    };
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        char bytes[256] = "\x93NUMPY\x01";
        const size_t length = strlen(cases[i].header);
        bytes[8] = (char)length;
        memcpy(bytes + 10, cases[i].header, length);
        write_bytes(NPY, bytes, 10 + length + cases[i].data);
        expect_phrase(f, NPY, cases[i].phrase);
    }
    write_bytes(NPY, "\x93NUMPX\x01\x00\x00\x00", 10);
    expect_phrase(f, NPY, "does not start as a .npy file");
    write_bytes(NPY, "\x93NUMPY\x04\x00\x00\x00", 10);
    expect_phrase(f, NPY, "version 4.0 is not supported");
    write_bytes(NPY, "\x93NUMPY\x02\x00\xff\xff\xff\xff", 12);
    expect_phrase(f, NPY, "beyond the end of the file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dtypes),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_no_tensors),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_damaged_safetensors),
        cmocka_unit_test(test_damaged_npy),
        cmocka_unit_test(test_hostile_headers),
        cmocka_unit_test(test_hostile_lengths),
        cmocka_unit_test(test_deep_header),
        cmocka_unit_test(test_order_of_data),
        cmocka_unit_test(test_refused_writes),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_npy_round_trip),
        cmocka_unit_test(test_npy_of_numpy),
        cmocka_unit_test(test_hostile_npy),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
