/* Files of user pairs: reading valid ones, and rejection of invalid ones with a reason. */
#include "support.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lowbend/tensor.h>

#include "base/text.h"
#include "batch/pair_file.h"

enum { N = 12, H = 2, W = 3, C = 1, D = H * W * C, TENSORS = 4 };

/* A folder with one file, which every case writes anew. */
struct fixture {
    struct device_fixture base; ///< without a device
    char *folder;
    char *path;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (f == NULL || lb_context_create(&f->base.ctx, NULL) != LB_OK) {
        return -1;
    }
    f->folder = make_folder();
    f->path = lb_path_join(f->folder, "pairs.safetensors");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->path);
    remove_folder(f->folder);
    lb_context_destroy(&f->base.ctx);
    free(f);
    return 0;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* Numbers of a good file: x, y, average (N, D) and distances. */
struct numbers {
    float images[LB_PAIR_ROLES][N * D];
    unsigned char bytes[LB_PAIR_ROLES][N * D];
    float distance[N];
    double wide_distance[N];
};

static struct numbers make_numbers(void)
{
    struct numbers v;
    for (size_t role = 0; role < LB_PAIR_ROLES; role++) {
        for (size_t i = 0; i < N * D; i++) {
            v.images[role][i] = 3.0f * draw((uint32_t)role, i); // not limited to [0,1]
            v.bytes[role][i] = (unsigned char)(255.0f * fabsf(draw((uint32_t)role, i)));
        }
    }
    for (size_t i = 0; i < N; i++) {
        v.wide_distance[i] = 0.05 * (double)(i + 1);
        v.distance[i] = (float)v.wide_distance[i];
    }
    return v;
}

/* x, y, average and distance of a good file, as float32 or bytes, in this order. */
static void make_tensors(const struct numbers *v, bool bytes, struct lb_tensor tensors[TENSORS])
{
    static const char *const names[] = {"x", "y", "average"};
    for (size_t role = 0; role < LB_PAIR_ROLES; role++) {
        tensors[role] =
            (struct lb_tensor){.name = names[role],
                               .dtype = bytes ? LB_U8 : LB_F32,
                               .rank = 4,
                               .shape = {N, H, W, C},
                               .data = bytes ? (const void *)v->bytes[role] : v->images[role]};
    }
    tensors[LB_PAIR_ROLES] = (struct lb_tensor){
        .name = "distance", .dtype = LB_F32, .rank = 1, .shape = {N}, .data = v->distance};
}

static void write_tensors(const struct fixture *f, const struct lb_tensor *tensors, size_t n)
{
    require_ok(&f->base, lb_tensor_file_write(f->base.ctx, f->path, tensors, n, NULL, 0));
}

static struct lb_pair_file *open_good(const struct fixture *f)
{
    struct lb_pair_file *file;
    require_ok(&f->base, lb_pair_file_open(&file, f->base.ctx, f->path));
    return file;
}

static void refused(const struct fixture *f, enum lb_status wanted, const char *text)
{
    struct lb_pair_file *file;
    require_error(&f->base, lb_pair_file_open(&file, f->base.ctx, f->path), wanted, text);
    assert_null(file);
}

static void scan_refused(const struct fixture *f, double min_distance, const char *text)
{
    struct lb_pair_file *file = open_good(f);
    require_error(&f->base, lb_pair_file_scan(file, min_distance), LB_ERR_FORMAT, text);
    lb_pair_file_close(&file);
}

/* ---- good files ------------------------------------------------------------------------------ */

static void check_contents(const struct fixture *f, const struct numbers *v, bool bytes)
{
    struct lb_pair_file *file = open_good(f);
    assert_int_equal(file->count, N);
    assert_int_equal(file->image_size, D);
    assert_int_equal(file->info.dimension, 0);
    require_ok(&f->base, lb_pair_file_scan(file, 0.0));
    check_near("smallest", 0, file->smallest, (double)v->distance[0], 0.0);
    check_near("largest", 0, file->largest, (double)v->distance[N - 1], 0.0);
    for (size_t i = 0; i < N; i++) {
        check_near("distance", i, (double)lb_pair_file_distance(file, i), (double)v->distance[i],
                   0.0);
        for (int role = 0; role < LB_PAIR_ROLES; role++) {
            float values[D];
            lb_pair_file_values(file, (enum lb_pair_role)role, i, values);
            for (size_t k = 0; k < D; k++) {
                const double want =
                    bytes ? v->bytes[role][i * D + k] / 255.0 : (double)v->images[role][i * D + k];
                check_near("image", k, (double)values[k], want, bytes ? UNIT : 0.0);
            }
        }
    }
    lb_pair_file_close(&file);
}

static void good_files_are_read(void **state)
{
    const struct fixture *f = *state;
    const struct numbers v = make_numbers();
    static const unsigned char odd[] = {1, 2, 3, 4, 5};
    for (int bytes = 0; bytes <= 1; bytes++) {
        struct lb_tensor tensors[TENSORS + 1];
        make_tensors(&v, bytes, tensors);
        write_tensors(f, tensors, TENSORS);
        check_contents(f, &v, bytes);
        /* Five bytes at the start make the rest unaligned; the file has more tensors than
           needed. */
        memmove(tensors + 1, tensors, TENSORS * sizeof *tensors);
        tensors[0] = (struct lb_tensor){
            .name = "more", .dtype = LB_U8, .rank = 1, .shape = {sizeof odd}, .data = odd};
        write_tensors(f, tensors, TENSORS + 1);
        check_contents(f, &v, bytes);
        tensors[TENSORS].dtype = LB_F64;
        tensors[TENSORS].data = v.wide_distance;
        write_tensors(f, tensors, TENSORS + 1);
        check_contents(f, &v, bytes);
    }
}

static void shapes_are_understood(void **state)
{
    const struct fixture *f = *state;
    const struct numbers v = make_numbers();
    static const struct {
        int rank;
        size_t shape[4];
        int image[3];
    } cases[] = {
        {2, {N, D}, {1, 1, D}},
        {3, {N, H, W}, {H, W, 1}},
        {4, {N, 1, 2, 3}, {1, 2, 3}},
    };
    for (size_t k = 0; k < LB_COUNT(cases); k++) {
        struct lb_tensor tensors[TENSORS];
        make_tensors(&v, false, tensors);
        for (int role = 0; role < LB_PAIR_ROLES; role++) {
            tensors[role].rank = cases[k].rank;
            memcpy(tensors[role].shape, cases[k].shape, sizeof cases[k].shape);
        }
        write_tensors(f, tensors, TENSORS);
        struct lb_pair_file *file = open_good(f);
        assert_int_equal(file->info.height, cases[k].image[0]);
        assert_int_equal(file->info.width, cases[k].image[1]);
        assert_int_equal(file->info.channels, cases[k].image[2]);
        assert_string_equal(file->info.name, "pairs.safetensors");
        lb_pair_file_close(&file);
    }
}

/* The range is that of the file; values are divided by the scale, except bytes. */
static void images_are_scaled(void **state)
{
    const struct fixture *f = *state;
    struct numbers v = make_numbers();
    v.images[LB_PAIR_X][4] = -7.0f;
    v.images[LB_PAIR_AVERAGE][N * D - 1] = 9.0f;
    for (int bytes = 0; bytes <= 1; bytes++) {
        struct lb_tensor tensors[TENSORS];
        make_tensors(&v, bytes, tensors);
        write_tensors(f, tensors, TENSORS);
        struct lb_pair_file *file = open_good(f);
        file->scale = 3.0f;
        require_ok(&f->base, lb_pair_file_scan(file, 0.0));
        check_near("low", 0, (double)file->range.low, bytes ? 0.0 : -7.0, 0.0);
        check_near("high", 0, (double)file->range.high, bytes ? 1.0 : 9.0, 0.0);
        for (size_t i = 0; i < N; i++) {
            float values[D];
            unsigned char copy[D * sizeof(float)];
            lb_pair_file_copy(file, LB_PAIR_X, i, copy);
            lb_pair_file_values(file, LB_PAIR_X, i, values);
            if (bytes) {
                assert_memory_equal(copy, v.bytes[LB_PAIR_X] + i * D, D);
                continue;
            }
            assert_memory_equal(copy, values, sizeof copy);
            for (size_t k = 0; k < D; k++) {
                check_near("value", k, (double)values[k],
                           (double)(v.images[LB_PAIR_X][i * D + k] / 3.0f), 0.0);
            }
        }
        lb_pair_file_close(&file);
    }
}

/* Every accepted pair is either held out or used for training, exactly once. */
static void pairs_are_split(void **state)
{
    const struct fixture *f = *state;
    const struct numbers v = make_numbers();
    struct lb_tensor tensors[TENSORS];
    make_tensors(&v, false, tensors);
    write_tensors(f, tensors, TENSORS);
    size_t first[2] = {0};
    for (uint64_t seed = 0; seed < 2; seed++) {
        struct lb_pair_file *file = open_good(f);
        require_ok(&f->base, lb_pair_file_scan(file, 0.15)); // rejects the first two
        check_near("smallest", 0, file->smallest, (double)v.distance[2], 0.0);
        require_ok(&f->base, lb_pair_file_split(file, seed, 0.3, 7));
        assert_int_equal(file->held_out, 3);
        assert_int_equal(file->training, 7);
        int seen[N] = {0};
        for (size_t k = 0; k < file->held_out; k++) {
            seen[lb_pair_file_held_out(file, k)]++;
        }
        for (size_t k = 0; k < file->training; k++) {
            seen[lb_pair_file_training(file, k)]++;
        }
        for (size_t i = 0; i < N; i++) {
            check_near("times in the split", i, seen[i], i < 2 ? 0.0 : 1.0, 0.0);
        }
        for (size_t k = 0; k < file->training; k++) {
            first[seed] = first[seed] * N + lb_pair_file_training(file, k);
        }
        require_error(&f->base, lb_pair_file_split(file, seed, 0.3, 8), LB_ERR_FORMAT,
                      "12 pairs, of which 2 are below the minimal distance and 3 are held out: 7 "
                      "remain, but a step needs 8");
        require_ok(&f->base, lb_pair_file_split(file, seed, 1e-6, 1));
        assert_int_equal(file->held_out, 1);
        lb_pair_file_close(&file);
    }
    assert_int_not_equal(first[0], first[1]);
}

/* Equal tensors have equal fingerprints, wherever they are in the file; others differ. */
static void fingerprints_tell_files_apart(void **state)
{
    const struct fixture *f = *state;
    struct numbers v = make_numbers();
    struct lb_tensor tensors[TENSORS];
    make_tensors(&v, true, tensors);
    enum { CASES = 2 + LB_PAIR_ROLES * D + N };
    uint64_t prints[CASES];
    for (size_t k = 0; k < CASES; k++) {
        const struct numbers good = make_numbers();
        v = good;
        if (k == 1) { // another order of the same tensors
            const struct lb_tensor last = tensors[TENSORS - 1];
            memmove(tensors + 1, tensors, (TENSORS - 1) * sizeof *tensors);
            tensors[0] = last;
        } else if (k > 1 && k < 2 + LB_PAIR_ROLES * D) {
            const size_t byte = k - 2;
            v.bytes[byte / D][N * D - 1 - byte % D] ^= (unsigned char)(1 << byte % 8);
        } else if (k > 1) {
            v.distance[k - 2 - LB_PAIR_ROLES * D] *= 1.0f + 1e-6f;
        }
        write_tensors(f, tensors, TENSORS);
        struct lb_pair_file *file = open_good(f);
        require_ok(&f->base, lb_pair_file_scan(file, 0.0));
        prints[k] = file->fingerprint;
        lb_pair_file_close(&file);
        for (size_t j = 0; j < k; j++) {
            check_near("same fingerprint", k, prints[j] == prints[k], j == 0 && k == 1, 0.0);
            j += j == 0 && k > 1; // 0 and 1 are equal
        }
    }
}

/* ---- bad files ------------------------------------------------------------------------------- */

static void missing_files_are_refused(void **state)
{
    const struct fixture *f = *state;
    struct lb_pair_file *file;
    unlink(f->path);
    refused(f, LB_ERR_NOT_FOUND, "no such file");
    require_error(&f->base, lb_pair_file_open(&file, f->base.ctx, f->folder), LB_ERR_IO,
                  "is a folder");
    /* Nobody writes to this pipe: waiting for it would hang. */
    assert_int_equal(mkfifo(f->path, 0600), 0);
    refused(f, LB_ERR_IO, "is a pipe");
    unlink(f->path);
}

/* The change that each case makes to a good file, and a part of the message. */
static void wrong_tensors_are_refused(void **state)
{
    const struct fixture *f = *state;
    const struct numbers v = make_numbers();
    static const struct {
        int tensor;       ///< to change
        const char *name; ///< NULL: keep
        int dtype;        ///< -1: keep
        int rank;         ///< -1: keep
        size_t shape[5];
        const char *text;
    } cases[] = {
        {0, "X", -1, -1, {0}, "no tensor `x`"},
        {1, "z", -1, -1, {0}, "no tensor `y`"},
        {2, "mean", -1, -1, {0}, "no tensor `average`"},
        {3, "d", -1, -1, {0}, "no tensor `distance`"},
        {0, NULL, LB_F64, 2, {N, D / 2}, "`y` is F32 (12,2,3,1): must have the dtype and shape"},
        {0, NULL, LB_I32, -1, {0}, "`y` is F32"},
        {0, NULL, -1, 1, {N}, "must be images"},
        {0, NULL, -1, 5, {N, 1, 1, 1, D}, "must be images"},
        {0, NULL, -1, 2, {N, 0}, "must be images"},
        {0, NULL, -1, 4, {0, H, W, C}, "is empty"},
        {1, NULL, -1, 4, {N, H, W - 1, C}, "`y` is F32 (12,2,2,1): must have the dtype and shape"},
        {2, NULL, -1, 4, {N - 1, H, W, C}, "`average` is F32 (11,2,3,1)"},
        {1, NULL, LB_U8, -1, {0}, "`y` is U8"},
        {2, NULL, -1, 2, {N, D}, "`average` is F32 (12,6)"},
        {1, NULL, -1, 4, {N, W, H, C}, "`y` is F32 (12,3,2,1)"},
        {3, NULL, -1, 2, {N, 1}, "`distance` is F32 (12,1): must be numbers (12)"},
        {3, NULL, -1, 1, {N - 1}, "`distance` is F32 (11)"},
        {3, NULL, -1, 0, {0}, "`distance` is F32 ()"},
        {3, NULL, LB_BOOL, -1, {0}, "`distance` is BOOL"},
    };
    for (size_t k = 0; k < LB_COUNT(cases); k++) {
        struct lb_tensor tensors[TENSORS];
        make_tensors(&v, false, tensors);
        struct lb_tensor *tensor = &tensors[cases[k].tensor];
        tensor->name = cases[k].name != NULL ? cases[k].name : tensor->name;
        tensor->dtype = cases[k].dtype >= 0 ? (enum lb_dtype)cases[k].dtype : tensor->dtype;
        if (cases[k].rank >= 0) {
            tensor->rank = cases[k].rank;
            memcpy(tensor->shape, cases[k].shape, sizeof cases[k].shape);
        }
        write_tensors(f, tensors, TENSORS);
        refused(f, LB_ERR_FORMAT, cases[k].text);
    }
    write_tensors(f, NULL, 0);
    refused(f, LB_ERR_FORMAT, "no tensor `x`");
}

static void wrong_numbers_are_refused(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        int tensor;
        size_t element;
        double value;
        const char *text;
    } cases[] = {
        {0, 0, NAN, "`x` of pair 0 holds NaN or infinity"},
        {0, N * D - 1, NAN, "`x` of pair 11 holds"},
        {1, 5 * D + 2, INFINITY, "`y` of pair 5 holds"},
        {2, 7 * D, -INFINITY, "`average` of pair 7 holds"},
        {3, 3, NAN, "`distance` of pair 3 is nan"},
        {3, N - 1, INFINITY, "`distance` of pair 11 is inf"},
        {3, 0, 0.0, "`distance` of pair 0 is 0: must be above 0"},
        {3, 4, -0.25, "`distance` of pair 4 is -0.25"},
        {3, 4, 1e7, "`distance` of pair 4 is 1e+07: must be above 0 and at most 1e+06"},
    };
    for (size_t k = 0; k < LB_COUNT(cases); k++) {
        for (int wide = 0; wide <= (cases[k].tensor == 3); wide++) {
            struct numbers v = make_numbers();
            struct lb_tensor tensors[TENSORS];
            make_tensors(&v, false, tensors);
            if (cases[k].tensor < LB_PAIR_ROLES) {
                v.images[cases[k].tensor][cases[k].element] = (float)cases[k].value;
            } else {
                v.distance[cases[k].element] = (float)cases[k].value;
                v.wide_distance[cases[k].element] = cases[k].value;
                tensors[3].dtype = wide ? LB_F64 : LB_F32;
                tensors[3].data = wide ? (const void *)v.wide_distance : v.distance;
            }
            write_tensors(f, tensors, TENSORS);
            scan_refused(f, 0.0, cases[k].text);
        }
    }
    /* Below the float32 range, although finite in the file. */
    struct numbers v = make_numbers();
    struct lb_tensor tensors[TENSORS];
    make_tensors(&v, false, tensors);
    tensors[3].dtype = LB_F64;
    tensors[3].data = v.wide_distance;
    v.wide_distance[2] = 1e-300;
    write_tensors(f, tensors, TENSORS);
    scan_refused(f, 0.0, "`distance` of pair 2 is");
    make_tensors(&v, false, tensors);
    write_tensors(f, tensors, TENSORS);
    scan_refused(f, 0.7, "none of its 12 pairs is at least 0.7 apart");
}

/* Without waiting for the disk, because there are many. */
static void write_bytes(const struct fixture *f, const char *bytes, size_t n)
{
    FILE *file = fopen(f->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* Truncated at every length, and changed at every byte of the header: either rejected, or readable
   with the same size. */
static void damaged_files_are_refused(void **state)
{
    const struct fixture *f = *state;
    const struct numbers v = make_numbers();
    struct lb_tensor tensors[TENSORS];
    make_tensors(&v, true, tensors);
    write_tensors(f, tensors, TENSORS);
    size_t size;
    char *whole = read_file(&f->base, f->folder, "pairs.safetensors", &size);
    for (size_t length = 0; length < size; length++) {
        write_bytes(f, whole, length);
        refused(f, LB_ERR_FORMAT, "pairs.safetensors: ");
    }
    const size_t data = LB_PAIR_ROLES * N * D + N * sizeof(float);
    for (size_t byte = 0; byte < size - data; byte++) {
        for (int bit = 0; bit < 8; bit++) {
            struct lb_pair_file *file;
            whole[byte] ^= (char)(1 << bit);
            write_bytes(f, whole, size);
            const enum lb_status status = lb_pair_file_open(&file, f->base.ctx, f->path);
            if (status == LB_OK) {
                assert_int_equal(file->count * file->image_size, N * D);
                lb_pair_file_scan(file, 0.0); // any result, but it must return
            } else {
                require_error(&f->base, status, LB_ERR_FORMAT, "pairs.safetensors: ");
            }
            lb_pair_file_close(&file);
            whole[byte] ^= (char)(1 << bit);
        }
    }
    free(whole);
}

/* Modified or truncated while it is open. */
static void changed_files_are_noticed(void **state)
{
    const struct fixture *f = *state;
    const struct numbers v = make_numbers();
    struct lb_tensor tensors[TENSORS];
    make_tensors(&v, false, tensors);
    for (int cut = 0; cut <= 1; cut++) {
        write_tensors(f, tensors, TENSORS);
        struct lb_pair_file *file = open_good(f);
        require_ok(&f->base, lb_pair_file_check(file));
        if (cut) {
            assert_int_equal(truncate(f->path, 10), 0);
        } else {
            const struct timespec times[] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
            assert_int_equal(utimensat(AT_FDCWD, f->path, times, 0), 0);
        }
        require_error(&f->base, lb_pair_file_check(file), LB_ERR_IO, "was modified");
        require_error(&f->base, lb_pair_file_scan(file, 0.0), LB_ERR_IO, "was modified");
        lb_pair_file_close(&file);
    }
    /* A new file with the old name does not affect the open one. */
    write_tensors(f, tensors, TENSORS);
    struct lb_pair_file *file = open_good(f);
    write_tensors(f, tensors, 1);
    require_ok(&f->base, lb_pair_file_scan(file, 0.0));
    lb_pair_file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_files_are_read),
        cmocka_unit_test(shapes_are_understood),
        cmocka_unit_test(images_are_scaled),
        cmocka_unit_test(pairs_are_split),
        cmocka_unit_test(fingerprints_tell_files_apart),
        cmocka_unit_test(missing_files_are_refused),
        cmocka_unit_test(wrong_tensors_are_refused),
        cmocka_unit_test(wrong_numbers_are_refused),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(changed_files_are_noticed),
    };
    return cmocka_run_group_tests_name("pair_file", tests, setup, teardown);
}
