/* safetensors and .npy: round trips, bytes, files of other writers. */
#include "tensor_support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/file_facts.h"
#include "io/tensor_file.h"

#define OTHER "other.safetensors"

static const float f32_data[] = {1.5f, -2.25f, 0.0f, 3e38f, -0.0f, 1e-45f};
static const double f64_data[] = {1.0 / 3.0, -1e300};
static const unsigned char u8_data[] = {0, 127, 255};
static const int32_t i32_data[] = {INT32_MIN, -1, INT32_MAX};
static const int64_t i64_data[] = {INT64_MIN, INT64_MAX};

/* The three odd bytes come early, so later tensors are not aligned in the file. */
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
    static const char *const names[] = {"F32", "F64", "U8",  "I32", "I64", "F16", "BF16",
                                        "I8",  "I16", "U16", "U32", "U64", "BOOL"};
    static const size_t sizes[] = {4, 8, 1, 4, 8, 2, 2, 1, 2, 2, 4, 8, 1};
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

/** The exact bytes: nothing may depend on time, path or memory. */
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

/** Other writers may order the header differently: the order is that of the data. */
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
    assert_int_equal(lb_tensor_file_write(f->ctx, "x.npz", &good, 1, NULL, 0), LB_ERR_ARGUMENT);
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

/* Written by numpy 2.4 in the format versions 1.0, 2.0 and 3.0. */
#define SPACES_58 "                                                          "
#define SPACES_60 SPACES_58 "  "
static const char numpy_f4[] =
    "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" SPACES_58
    "\n\x00\x00\x80?\x00\x00\x00@\x00\x00@@\x00\x00\x80@\x00\x00\xa0@\x00\x00\xc0@";
static const char numpy_i8[] =
    "\x93NUMPY\x02\x00t\x00\x00\x00{'descr': '<i8', 'fortran_order': False, 'shape': (2,), "
    "}" SPACES_58 "\n\x07\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00";
static const char numpy_f8[] = "\x93NUMPY\x03\x00t\x00\x00\x00{'descr': '<f8', 'fortran_order': "
                               "False, 'shape': (), }" SPACES_60 "\n\x00\x00\x00\x00\x00\x00\x04@";
static const char numpy_fortran[] =
    "\x93NUMPY\x01\x00v\x00{'descr': '<i4', 'fortran_order': True, 'shape': (2, 2), }" SPACES_58
    " \n\x01\x00\x00\x00\x03\x00\x00\x00\x02\x00\x00\x00\x04\x00\x00\x00";
static const char numpy_u1[] =
    "\x93NUMPY\x01\x00v\x00{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }" SPACES_60
    "\n\x01\x02\xff";
static void test_npy_of_numpy(void **state)
{
    const struct fixture *f = *state;
    static const float f4[] = {1, 2, 3, 4, 5, 6};
    static const int64_t i8[] = {7, 8};
    static const double f8 = 2.5;
    static const unsigned char u1[] = {1, 2, 255};
    static const int32_t i4[] = {1, 2, 3, 4};
    const struct {
        const char *bytes;
        size_t size;
        struct lb_tensor want;
    } cases[] = {
        {numpy_f4, sizeof(numpy_f4) - 1, {"array", LB_F32, 2, {2, 3}, f4}},
        {numpy_i8, sizeof(numpy_i8) - 1, {"array", LB_I64, 1, {2}, i8}},
        {numpy_f8, sizeof(numpy_f8) - 1, {"array", LB_F64, 0, {0}, &f8}},
        {numpy_u1, sizeof(numpy_u1) - 1, {"array", LB_U8, 1, {3}, u1}},
        {numpy_fortran, sizeof(numpy_fortran) - 1, {"array", LB_I32, 2, {2, 2}, i4}},
    };
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_tensor_file *file = NULL;
        write_bytes(NPY, cases[i].bytes, cases[i].size);
        assert_int_equal(lb_tensor_file_read(&file, f->ctx, NPY), LB_OK);
        assert_same_tensor(lb_tensor_file_at(file, 0), &cases[i].want);
        lb_tensor_file_free(&file);
    }
    /* Our file for the same array equals numpy's byte by byte. */
    char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(lb_tensor_file_write(f->ctx, NPY, &cases[0].want, 1, NULL, 0), LB_OK);
    assert_int_equal(lb_file_read(f->ctx, NPY, &bytes, &size), LB_OK);
    assert_int_equal(size, sizeof(numpy_f4) - 1);
    assert_memory_equal(bytes, numpy_f4, size);
    free(bytes);
}

/* All 16-bit numbers, by the definitions of the formats in double. */
static void test_short_floats(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits <= UINT16_MAX; bits++) {
        const uint16_t half = (uint16_t)bits;
        const double sign = (bits & 0x8000u) != 0 ? -1.0 : 1.0;
        const int exponents[] = {(int)(bits >> 10 & 0x1f), (int)(bits >> 7 & 0xff)};
        const uint32_t mantissas[] = {bits & 0x3ff, bits & 0x7f};
        for (int k = 0; k < 2; k++) {
            const int width = k == 0 ? 10 : 7;
            const int bias = k == 0 ? 15 : 127;
            const bool special = exponents[k] == 2 * bias + 1;
            const double fraction = ldexp((double)mantissas[k], -width);
            const double want = exponents[k] == 0
                                    ? sign * ldexp(fraction, 1 - bias)
                                    : sign * ldexp(1.0 + fraction, exponents[k] - bias);
            float got;
            lb_elements_to_floats(k == 0 ? LB_F16 : LB_BF16, &half, 1, &got);
            if (special && mantissas[k] != 0) {
                assert_true(isnan(got));
            } else if (special) {
                assert_true(isinf(got) && (got < 0.0f) == (sign < 0.0));
            } else if ((double)got != want ||
                       (got == 0.0f && (signbit(got) != 0) != (sign < 0.0))) {
                fail_msg("%#x of format %d: %a, wanted %a", (unsigned)bits, k, (double)got, want);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dtypes),        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_no_tensors),    cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_order_of_data), cmocka_unit_test(test_refused_writes),
        cmocka_unit_test(test_missing_file),  cmocka_unit_test(test_npy_round_trip),
        cmocka_unit_test(test_npy_of_numpy),  cmocka_unit_test(test_short_floats),
    };
    return cmocka_run_group_tests_name("tensor", tests, open_fixture, close_fixture);
}
