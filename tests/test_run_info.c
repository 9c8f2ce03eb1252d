/*
 * Summary of a RUN: that of a RUN written by lowbend 0.1.0, and of the same RUN with each of its
 * files truncated at many places, missing, or replaced.
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lowbend/run_info.h>

#include "base/text.h"

enum { CUTS = 150 };

static const enum lb_run_file files[] = {
    LB_RUN_CONFIG,  LB_RUN_METRICS,    LB_RUN_ENCODER,
    LB_RUN_DECODER, LB_RUN_CHECKPOINT, LB_RUN_EVALUATION,
};

struct fixture {
    struct device_fixture base; ///< only a context
    char *folder;               ///< a copy of the old RUN
    char *data[LB_COUNT(files)];
    size_t sizes[LB_COUNT(files)];
};

static void put(const struct fixture *f, size_t i, const char *data, size_t size)
{
    char *path = lb_path_join(f->folder, lb_run_file_name(files[i]));
    FILE *file = fopen(path, "wb"); // lb_file_write() would wait for the disk
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    fclose(file);
    free(path);
}

static int set_up(void **state)
{
    static struct fixture f;
    *state = &f;
    assert_int_equal(lb_context_create(&f.base.ctx, NULL), LB_OK);
    char *old = lb_path_join(getenv("LB_TEST_OLD_RUNS"), "0.1.0/finished");
    f.folder = make_folder();
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        f.data[i] = read_file(&f.base, old, lb_run_file_name(files[i]), &f.sizes[i]);
        put(&f, i, f.data[i], f.sizes[i]);
    }
    free(old);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        free(f->data[i]);
    }
    remove_folder(f->folder);
    lb_context_destroy(&f->base.ctx);
    return 0;
}

static double number_named(const struct lb_named_number *numbers, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            return numbers[i].value;
        }
    }
    return (double)NAN;
}

static void test_facts(void **state)
{
    const struct fixture *f = *state;
    struct lb_run_info *info;
    require_ok(&f->base, lb_run_info_read(&info, f->base.ctx, f->folder));
    assert_string_equal(info->path, f->folder);
    assert_string_equal(info->version, "0.1.0");
    assert_int_equal(info->format, 1);
    assert_string_equal(info->params.dataset, "arcs");
    assert_string_equal(info->dataset.manifold, "torus");
    assert_int_equal(info->dataset.dimension, 2);
    assert_int_equal(info->dataset.height, 8);
    check_near("E*", 0, info->minimum, 0.0223748416156684, 1e-12);
    assert_true(info->finished);
    assert_int_equal(info->phase, LB_PHASE_DECODER);
    assert_int_equal(info->step, 100);
    assert_int_equal(info->steps, 100);
    assert_string_equal(info->encoder->layers, "8,3");
    assert_int_equal(info->encoder->inputs, 64);
    assert_int_equal(info->encoder->parameters, 64 * 8 + 8 + 8 * 3 + 3);
    assert_string_equal(info->decoder->layers, "8,64");
    assert_false(info->encoder->normalises);
    assert_int_equal(info->result_count, 2);
    assert_int_equal(info->results[0].step, 300);
    check_near("bending", 0,
               number_named(info->results[0].numbers, info->results[0].number_count, "bending"),
               16.6194072, 1e-6);
    assert_true(
        isnan(number_named(info->results[1].numbers, info->results[1].number_count, "distortion")));
    check_near("E", 0, number_named(info->evaluation, info->evaluation_count, "E"),
               1.81550163377782, 1e-12);
    assert_int_equal(info->file_count, LB_COUNT(files));
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        size_t k = 0;
        while (info->files[k].file != files[i]) {
            k++;
            assert_true(k < info->file_count);
        }
        assert_int_equal(info->files[k].bytes, f->sizes[i]);
    }
    char *text = lb_run_info_json(info);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "steps")), 100);
    json_decref(root);
    free(text);
    lb_run_info_free(&info);
    assert_null(info);
    lb_run_info_free(&info);
}

/* Reading either succeeds or fails with a message that names the file, and leaks nothing. */
static void check_damaged(const struct fixture *f, size_t i)
{
    struct lb_run_info *info;
    const enum lb_status status = lb_run_info_read(&info, f->base.ctx, f->folder);
    if (status == LB_OK) {
        char *text = lb_run_info_json(info);
        assert_non_null(text);
        free(text);
    } else {
        assert_null(info);
        require_error(&f->base, status, LB_ERR_FORMAT, lb_run_file_name(files[i]));
    }
    lb_run_info_free(&info);
}

static void test_damaged_files(void **state)
{
    const struct fixture *f = *state;
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        char *data = allocate(f->sizes[i] + 1, 1);
        memcpy(data, f->data[i], f->sizes[i]);
        const size_t stride = f->sizes[i] / CUTS + 1;
        for (size_t at = 0; at < f->sizes[i]; at += stride) {
            put(f, i, data, at);
            check_damaged(f, i);
            data[at] = (char)(data[at] ^ 0x04); // stays text
            put(f, i, data, f->sizes[i]);
            check_damaged(f, i);
            data[at] = f->data[i][at];
        }
        free(data);
        put(f, i, f->data[i], f->sizes[i]);
    }
}

static void test_missing_files(void **state)
{
    const struct fixture *f = *state;
    for (size_t i = 0; i < LB_COUNT(files); i++) {
        struct lb_run_info *info;
        char *path = lb_path_join(f->folder, lb_run_file_name(files[i]));
        unlink(path);
        const enum lb_status status = lb_run_info_read(&info, f->base.ctx, f->folder);
        if (files[i] == LB_RUN_CONFIG) {
            require_error(&f->base, status, LB_ERR_NOT_FOUND, "is not a run");
            assert_null(info);
        } else {
            require_ok(&f->base, status);
            assert_int_equal(info->file_count, LB_COUNT(files) - 1);
            assert_true(info->finished); // according to metrics.csv if there is no checkpoint
            assert_int_equal(info->encoder == NULL, files[i] == LB_RUN_ENCODER);
            assert_int_equal(info->evaluation == NULL, files[i] == LB_RUN_EVALUATION);
        }
        lb_run_info_free(&info);
        free(path);
        put(f, i, f->data[i], f->sizes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_damaged_files),
        cmocka_unit_test(test_missing_files),
    };
    return cmocka_run_group_tests_name("run_info", tests, set_up, tear_down);
}
