/* safetensors and .npy files that try to break the reader. */
#include "tensor_support.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static const unsigned char u8_data[] = {0, 127, 255};
static const float f32_data[] = {1.5f, -2.25f, 0.0f, 3e38f, -0.0f, 1e-45f};

static const struct lb_tensor samples[] = {
    {"bytes", LB_U8, 1, {3}, u8_data},
    {"zeta \xc3\xa9 \"quoted\"\n", LB_F32, 2, {2, 3}, f32_data},
};

/** Reads a file that may be damaged: it must open, or fail with a message. */
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
    /* Touches every byte for AddressSanitizer. */
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

/** Truncates a valid file at every length, which must always be detected, and changes every
    byte. */
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
    const struct lb_metadata metadata = {"activation", "elu"};
    assert_int_equal(
        lb_tensor_file_write(f->ctx, SAFETENSORS, samples, LB_COUNT(samples), &metadata, 1), LB_OK);
    damage_everywhere(f, SAFETENSORS);
}

static void test_damaged_npy(void **state)
{
    const struct fixture *f = *state;
    assert_int_equal(lb_tensor_file_write(f->ctx, NPY, &samples[1], 1, NULL, 0), LB_OK);
    damage_everywhere(f, NPY);
}

/** A header, the number of data bytes after it, and words of the expected message. */
struct hostile {
    const char *header;
    size_t data;
    const char *phrase;
};

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
    {ONE("BF16", "[2]", "[0,3]"), 3, "its shape needs 4"},
    {ONE("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "rank 9 is not supported"},
    {ONE("F32", "3", "[0,4]"), 4, "shape is missing or not an array"},
    {ONE("F32", "[-1]", "[0,4]"), 4, "negative number"},
    {ONE("F32", "[1.0]", "[0,4]"), 4, "other than an integer"},
    {ONE("F32", "[\"1\"]", "[0,4]"), 4, "other than an integer"},
    {ONE("F32", "[99999999999999999999]", "[0,4]"), 4, "not JSON"},
    {ONE("F32", "[4611686018427387904]", "[0,0]"), 0, "overflows"},
    {ONE("F32", "[4294967296,4294967296]", "[0,0]"), 0, "overflows"},
    {ONE("F32", "[0,4294967296,4294967296]", "[0,0]"), 0, "overflows"},
    {ONE("F32", "[1]", "[0]"), 4, "two integers"},
    {ONE("F32", "[1]", "[0,4,8]"), 4, "two integers"},
    {ONE("F32", "[1]", "[0.0,4.0]"), 4, "two integers"},
    {ONE("F32", "[1]", "{}"), 4, "two integers"},
    {ONE("F32", "[1]", "[-4,0]"), 4, "negative or decreasing"},
    {ONE("F32", "[1]", "[4,0]"), 4, "negative or decreasing"},
    {ONE("F32", "[1]", "[0,5]"), 5, "span 5 bytes but its shape needs 4"},
    {ONE("F32", "[2]", "[0,4]"), 4, "span 4 bytes but its shape needs 8"},
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
        {"{'descr': '<c8', 'fortran_order': False, 'shape': (2,)}", 16, "dtype <c8"},
        {"{'descr': '<f3', 'fortran_order': False, 'shape': (2,)}", 6, "astype(numpy.float32)"},
        {"{'descr': 'xf4', 'fortran_order': False, 'shape': (2,)}", 8, "dtype xf4"},
        {"{'descr': [('a', [])], 'fortran_order': False, 'shape': (2,)}", 0, "dtype a record"},
        {"{'descr': [('a', '<f4')}", 0, "descr that does not end"},
        {"{'descr': '<f4", 0, "no plain string"},
        {"{'fortran_order': 0}", 0, "neither True nor False"},
        {"{'shape': 3}", 0, "no tuple"},
        {"{'shape': (3)}", 0, "instead of a tuple"},
        {"{'shape': (-3,)}", 0, "negative number"},
        {"{'shape': (3.0,)}", 0, "instead of a tuple"},
        {"{'shape': (2, 3.0)}", 0, "does not end"},
        {"{'shape': ('a',)}", 0, "other than a number"},
        {"{'shape': (1,", 0, "other than a number"},
        {"{'shape': (99999999999999999999,)}", 0, "overflows"},
        {"{'shape': (1,1,1,1,1,1,1,1,1)}", 0, "more axes"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", 0,
         "overflows"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 7, "needs 8 bytes but 7"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 9, "needs 8 bytes but 9"},
        {"{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} 1", 8, "after its dictionary"},
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
    expect_phrase(f, NPY, "does not start like a .npy file");
    write_bytes(NPY, "\x93NUMPY\x04\x00\x00\x00", 10);
    expect_phrase(f, NPY, "version 4.0 is not supported");
    write_bytes(NPY, "\x93NUMPY\x02\x00\xff\xff\xff\xff", 12);
    expect_phrase(f, NPY, "beyond the end of the file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged_safetensors), cmocka_unit_test(test_damaged_npy),
        cmocka_unit_test(test_hostile_headers),     cmocka_unit_test(test_hostile_lengths),
        cmocka_unit_test(test_deep_header),         cmocka_unit_test(test_hostile_npy),
    };
    return cmocka_run_group_tests_name("tensor_damage", tests, open_fixture, close_fixture);
}
