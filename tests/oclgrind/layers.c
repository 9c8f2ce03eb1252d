/*
 * Runs the passes of networks with every kind of image layer, on buffers that end with their
 * numbers, and compares them with loops in double:
 *
 *     layers WIDTH panel|clblast
 */
#include "conv_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "launches.h"

struct job {
    struct device_fixture *fixture;
    const char *width;
    enum lb_gemm_kind kind;
};

/* More than 32 numbers in each buffer, because smaller ones are enlarged; rows that are whole
 * vectors and rows that are not. */
static const struct conv_text texts[] = {
    {{5, 3, 3}, "conv5k5s2,conv4k1s2"},
    {{4, 6, 16}, "pool,conv7,up,conv2"},
    {{1, 1, 7}, "dense2x2x2,deconv5,deconv3"},
    {{21, 21, 1}, "conv2"}, // so many pixels that they are summed in parts
};

/* Memory for the patches of a few rows, and for all at once. */
static void every_layer(void **state)
{
    struct job *job = *state;
    struct lb_device *device = job->fixture->device;
    const uint64_t memory = device->info.memory_bytes;
    struct lb_gemm *gemm = NULL;
    require_ok(job->fixture, launches_start(device, job->width));
    require_ok(job->fixture, lb_gemm_create(&gemm, device, job->kind));
    for (size_t i = 0; i < LB_COUNT(texts); i++) {
        device->info.memory_bytes = i == 0 ? 16 * 4 * 700 : memory;
        conv_check_text(job->fixture, gemm, &texts[i], LB_ELU, 0, 128.0 * UNIT);
    }
    lb_gemm_destroy(&gemm);
    require_ok(job->fixture, launches_print(device));
}

int main(int argc, char **argv)
{
    void *fixture = NULL;
    struct job job = {0};
    if (argc != 3 || lb_gemm_kind_parse(&job.kind, argv[2]) != LB_OK ||
        open_device_fixture(&fixture) != 0) {
        return EXIT_FAILURE;
    }
    job.fixture = fixture;
    job.width = argv[1];
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(every_layer, &job)};
    const int failures = cmocka_run_group_tests_name("layers", tests, NULL, NULL);
    close_device_fixture(&fixture);
    return failures;
}
