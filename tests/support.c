#include "support.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

void require_ok(const struct device_fixture *fixture, enum lb_status status)
{
    if (status != LB_OK) {
        fail_msg("status %d: %s", (int)status, lb_context_error(fixture->ctx));
    }
}

void require_error(const struct device_fixture *fixture, enum lb_status status,
                   enum lb_status wanted, const char *part)
{
    const char *text = lb_context_error(fixture->ctx);
    if (status != wanted || strstr(text, part) == NULL) {
        fail_msg("status %d with \"%s\", expected %d with \"%s\" in it", (int)status, text,
                 (int)wanted, part);
    }
}

int open_context_fixture(void **state)
{
    struct device_fixture *fixture = calloc(1, sizeof *fixture);
    *state = fixture;
    return fixture != NULL && lb_context_create(&fixture->ctx, NULL) == LB_OK ? 0 : -1;
}

int close_context_fixture(void **state)
{
    struct device_fixture *fixture = *state;
    lb_context_destroy(&fixture->ctx);
    free(fixture);
    return 0;
}

int open_device_fixture(void **state)
{
    struct device_fixture *fixture = NULL;
    if (open_context_fixture(state) != 0) {
        return -1;
    }
    fixture = *state;
    if (lb_device_open(&fixture->device, fixture->ctx, getenv("LOWBEND_DEVICE")) != LB_OK) {
        print_error("%s\n", lb_context_error(fixture->ctx));
        return -1;
    }
    return 0;
}

int close_device_fixture(void **state)
{
    struct device_fixture *fixture = *state;
    lb_device_close(&fixture->device);
    return close_context_fixture(state);
}

void *allocate(size_t n, size_t size)
{
    void *memory = calloc(n > 0 ? n : 1, size);
    assert_non_null(memory);
    return memory;
}

cl_mem upload(const struct device_fixture *fixture, const float *values, size_t n)
{
    cl_mem mem = NULL;
    require_ok(fixture,
               lb_buffer_create(fixture->device, &mem, n * sizeof *values, "a test buffer"));
    require_ok(fixture, lb_buffer_write(fixture->device, mem, 0, values, n * sizeof *values));
    return mem;
}

float *download(const struct device_fixture *fixture, cl_mem mem, size_t n)
{
    float *values = allocate(n, sizeof *values);
    require_ok(fixture, lb_buffer_read(fixture->device, mem, 0, values, n * sizeof *values));
    return values;
}

json_t *load_reference(const char *name)
{
    const char *folder = getenv("LB_TEST_DATA");
    json_error_t error;
    assert_non_null(folder);
    char *path = lb_path_join(folder, name);
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL) {
        fail_msg("%s: line %d: %s", path, error.line, error.text);
    }
    free(path);
    return root;
}

double number_at(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_number(value)) {
        fail_msg("\"%s\" is no number", key);
    }
    return json_number_value(value);
}

/* Appends the numbers of a nested array, at most n in all. */
static size_t flatten(const json_t *value, double *out, size_t count, size_t n)
{
    if (!json_is_array(value)) {
        assert_true(json_is_number(value));
        assert_true(count < n);
        out[count] = json_number_value(value);
        return count + 1;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        count = flatten(json_array_get(value, i), out, count, n);
    }
    return count;
}

double *numbers_at(const json_t *object, const char *key, size_t n)
{
    double *out = allocate(n, sizeof *out);
    const size_t count = flatten(json_object_get(object, key), out, 0, n);
    if (count != n) {
        fail_msg("\"%s\" has %zu numbers, expected %zu", key, count, n);
    }
    return out;
}

float *floats_at(const json_t *object, const char *key, size_t n)
{
    double *numbers = numbers_at(object, key, n);
    float *out = allocate(n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i] = (float)numbers[i];
    }
    free(numbers);
    return out;
}

void check_near(const char *what, size_t i, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance)) {
        fail_msg("%s [%zu]: %.12g, expected %.12g, tolerance %.3g", what, i, got, want, tolerance);
    }
}

void check_floats(const char *what, const float *got, const double *want, size_t n,
                  double tolerance)
{
    double size = 0.0;
    double worst = 0.0;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        const double error = fabs((double)got[i] - want[i]);
        size = fmax(size, fabs(want[i]));
        if (!(error <= worst)) { // NaN counts as the worst
            worst = error;
            at = i;
        }
    }
    if (!(worst <= tolerance * size)) {
        fail_msg("%s [%zu of %zu]: %.9g, expected %.9g: %.3g of the largest (%.6g), tolerance %.3g",
                 what, at, n, (double)got[at], want[at], worst / size, size, tolerance);
    }
}

void check_uniform(const char *what, const int *counts, size_t bins)
{
    double total = 0.0;
    double chi = 0.0;
    for (size_t i = 0; i < bins; i++) {
        total += counts[i];
    }
    const double expected = total / (double)bins;
    for (size_t i = 0; i < bins; i++) {
        chi += (counts[i] - expected) * (counts[i] - expected) / expected;
    }
    /* Mean and standard deviation of chi-square. The seeds are fixed, so a limit of 4 cannot fail
     * randomly; a value far below the mean would show numbers more regular than random ones. */
    const double freedom = (double)bins - 1.0;
    const double spread = sqrt(2.0 * freedom);
    if (!(fabs(chi - freedom) <= 4.0 * spread)) {
        fail_msg("%s: chi-square %.1f, expected %.0f +- %.1f (%zu bins, %.0f numbers)", what, chi,
                 freedom, spread, bins, total);
    }
}

float draw(uint32_t stream, size_t i)
{
    uint32_t x = (uint32_t)i * 2654435761u + stream * 40503u + 12345u;
    x ^= x >> 15;
    x *= 2246822519u;
    x ^= x >> 13;
    x *= 3266489917u;
    x ^= x >> 16;
    return (float)(x >> 8) / 8388608.0f - 1.0f;
}

char *make_folder(void)
{
    const char *parent = getenv("TMPDIR");
    char *folder = lb_path_join(parent != NULL ? parent : "/tmp", "lowbend-unit-XXXXXX");
    assert_non_null(folder);
    assert_non_null(mkdtemp(folder));
    return folder;
}

void remove_folder(char *folder)
{
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        char *path = lb_path_join(folder, entry->d_name);
        unlink(path); // fails for "." and ".."
        free(path);
    }
    closedir(list);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
}

const char *put_file(struct put_files *files, struct lb_context *ctx, const char *name,
                     const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", files->folder, name);
    if (lb_file_write(ctx, path, text, strlen(text)) != LB_OK) {
        fail_msg("%s", lb_context_error(ctx));
    }
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->paths[i], path) == 0) {
            return files->paths[i];
        }
    }
    assert_uint_in_range(files->count, 0, LB_COUNT(files->paths) - 1);
    return strcpy(files->paths[files->count++], path);
}

char *read_file(const struct device_fixture *fixture, const char *folder, const char *name,
                size_t *size)
{
    char *data = NULL;
    char *path = lb_path_join(folder, name);
    require_ok(fixture, lb_file_read(fixture->ctx, path, &data, size));
    free(path);
    return data;
}
