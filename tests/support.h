/* Shared by the tests: the device, reference vectors, comparisons that print both values. */
#ifndef LB_TESTS_SUPPORT_H
#define LB_TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "device/device.h"

#define UNIT   5.9604644775390625e-08 /* half an ulp of 1 in float32 */
#define CANARY (-54321.5f)

/** A context and the device of LOWBEND_DEVICE, or "auto". */
struct device_fixture {
    struct lb_context *ctx;
    struct lb_device *device;
};

/** Fails the test with the context's error text. */
void require_ok(const struct device_fixture *fixture, enum lb_status status);
/** Fails unless `status` is `wanted` and the context's error text contains `part`. */
void require_error(const struct device_fixture *fixture, enum lb_status status,
                   enum lb_status wanted, const char *part);

/** cmocka group set-up and tear-down for tests whose state is just a fixture. */
int open_device_fixture(void **state);
int close_device_fixture(void **state);
/** The same for tests without a device: the fixture has only a context. */
int open_context_fixture(void **state);
int close_context_fixture(void **state);

/** calloc that fails the test instead of returning NULL; free() the result. */
void *allocate(size_t n, size_t size);

/* ---- device memory --------------------------------------------------------------------------- */

/** A buffer with these n floats. */
cl_mem upload(const struct device_fixture *fixture, const float *values, size_t n);
/** The first n floats of a buffer; free() the result. */
float *download(const struct device_fixture *fixture, cl_mem mem, size_t n);

/* ---- reference vectors ----------------------------------------------------------------------- */

/** tests/reference/NAME; json_decref() the result. */
json_t *load_reference(const char *name);
double number_at(const json_t *object, const char *key);
/** The n numbers of a nested array, in order; free() the result. */
double *numbers_at(const json_t *object, const char *key, size_t n);
/** The same rounded to float32. */
float *floats_at(const json_t *object, const char *key, size_t n);

/* ---- comparisons ----------------------------------------------------------------------------- */

/** |got - want| <= tolerance. */
void check_near(const char *what, size_t i, double got, double want, double tolerance);
/** All |got - want| <= tolerance * max(|want|); the message shows the worst. */
void check_floats(const char *what, const float *got, const double *want, size_t n,
                  double tolerance);
/** Counts in `bins` equally likely bins. */
void check_uniform(const char *what, const int *counts, size_t bins);

/* ---- numbers --------------------------------------------------------------------------------- */

/** A number in [-1, 1) that depends only on the stream and the index. */
float draw(uint32_t stream, size_t i);

/* ---- files ----------------------------------------------------------------------------------- */

/** An empty temporary folder; remove_folder() it. */
char *make_folder(void);
/** Removes the folder and the plain files in it. */
void remove_folder(char *folder);
/** The files that put_file() wrote into a folder. */
struct put_files {
    char *folder;
    char paths[16][160];
    size_t count;
};
/** Writes or overwrites a file in the folder; returns its path, which is owned by `files`. */
const char *put_file(struct put_files *files, struct lb_context *ctx, const char *name,
                     const char *text);
char *read_file(const struct device_fixture *fixture, const char *folder, const char *name,
                size_t *size);

#endif
