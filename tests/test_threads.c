/*
 * Multithreaded code without a device: ranges of items, initial weights, separate contexts, driver
 * notices. Mainly for ThreadSanitizer, which finds races that no result shows.
 */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lowbend/converge.h>
#include <lowbend/tensor.h>

#include "base/parallel.h"
#include "base/text.h"
#include "device/notice.h"
#include "io/picture_read.h"
#include "io/png.h"
#include "nn/network.h"

/* ---- simulated numbers of cores, and no device: linked by --wrap ------------------------------
 */

static long cores; ///< 0: the real number

long __real_sysconf(int name);
long __wrap_sysconf(int name);

long __wrap_sysconf(int name)
{
    return name == _SC_NPROCESSORS_ONLN && cores > 0 ? cores : __real_sysconf(name);
}

static float *drawn; ///< the last data written to the device; the test frees it

enum lb_status __wrap_lb_buffer_write(struct lb_device *device, cl_mem mem, size_t offset,
                                      const void *data, size_t bytes);

enum lb_status __wrap_lb_buffer_write(struct lb_device *device, cl_mem mem, size_t offset,
                                      const void *data, size_t bytes)
{
    (void)device;
    (void)mem;
    assert_int_equal(offset, 0);
    drawn = allocate(bytes, 1);
    memcpy(drawn, data, bytes);
    return LB_OK;
}

/* ---- ranges -----------------------------------------------------------------------------------
 */

static void count_items(void *user, size_t first, size_t last)
{
    int *counts = user;
    for (size_t i = first; i < last; i++) {
        counts[i]++;
    }
}

static void every_item_is_done_once(void **state)
{
    (void)state;
    static const long machines[] = {-1, 1, 2, 5, 16, 1000}; // -1: the system does not know
    static const size_t sizes[] = {0, 1, 2, 15, 16, 17, 1000};
    static const size_t leasts[] = {1, 3, 1000};
    for (size_t m = 0; m < LB_COUNT(machines); m++) {
        for (size_t s = 0; s < LB_COUNT(sizes); s++) {
            for (size_t l = 0; l < LB_COUNT(leasts); l++) {
                const size_t n = sizes[s];
                int *counts = allocate(n + 1, sizeof *counts);
                cores = machines[m];
                lb_parallel_for(n, leasts[l], count_items, counts);
                for (size_t i = 0; i <= n; i++) {
                    check_near("times done", i, counts[i], i < n ? 1.0 : 0.0, 0.0);
                }
                free(counts);
            }
        }
    }
    cores = 0;
}

/* ---- first weights ----------------------------------------------------------------------------
 */

/* An odd number of weights in the first layer, and enough weights for eight threads. */
static float *draw_network(long machine, size_t *count)
{
    static const int hidden[] = {399, 398};
    const struct lb_mlp mlp = {401, hidden, 2, 3, LB_ELU, LB_LINEAR};
    struct lb_network network = {0};
    assert_int_equal(lb_layer_list_mlp(&network.layers, NULL, &mlp), LB_OK);
    cores = machine;
    assert_int_equal(lb_network_initialise(&network, 7, 1), LB_OK);
    cores = 0;
    *count = network.layers.block_size;
    float *block = drawn;
    drawn = NULL;
    return block;
}

static void first_weights_do_not_depend_on_threads(void **state)
{
    (void)state;
    static const long machines[] = {2, 3, 16};
    size_t n = 0;
    float *alone = draw_network(1, &n);
    for (size_t m = 0; m < LB_COUNT(machines); m++) {
        float *together = draw_network(machines[m], &n);
        for (size_t i = 0; i < n; i++) {
            check_near("weight", i, (double)together[i], (double)alone[i], 0.0);
        }
        free(together);
    }
    free(alone);
}

/* ---- contexts ---------------------------------------------------------------------------------
 */

enum { THREADS = 4, VALUES = 1000, WIDTH = 33, HEIGHT = 21 };

/* A thread's work on its own context, and the results. */
struct job {
    const char *folder;
    int number;
    pthread_t thread;
    char error[256];
    float values[VALUES];
    unsigned char pixels[WIDTH * HEIGHT];
    double bending;
    bool done;
};

static bool work_with_files(struct job *job, struct lb_context *ctx)
{
    char name[32];
    snprintf(name, sizeof name, "%d.safetensors", job->number);
    char *array = lb_path_join(job->folder, name);
    snprintf(name, sizeof name, "%d.png", job->number);
    char *picture = lb_path_join(job->folder, name);
    unsigned char pixels[WIDTH * HEIGHT];
    float values[VALUES];
    for (size_t i = 0; i < VALUES; i++) {
        values[i] = draw(1, i);
    }
    for (size_t i = 0; i < sizeof pixels; i++) {
        pixels[i] = (unsigned char)(i * i);
    }
    const struct lb_tensor tensor = {"values", LB_F32, 1, {VALUES}, values};
    struct lb_tensor_file *file = NULL;
    struct lb_picture_data read = {0};
    const bool done = lb_tensor_file_write(ctx, array, &tensor, 1, NULL, 0) == LB_OK &&
                      lb_tensor_file_read(&file, ctx, array) == LB_OK &&
                      lb_png_write(ctx, picture, WIDTH, HEIGHT, 1, pixels) == LB_OK &&
                      lb_picture_read(ctx, picture, false, &read) == LB_OK;
    if (done) {
        memcpy(job->values, lb_tensor_file_at(file, 0)->data, sizeof job->values);
        memcpy(job->pixels, read.pixels, sizeof job->pixels);
    }
    lb_tensor_file_free(&file);
    lb_picture_data_free(&read);
    free(array);
    free(picture);
    return done;
}

static void *work(void *argument)
{
    struct job *job = argument;
    struct lb_context *ctx = NULL;
    struct lb_convergence convergence;
    struct lb_converge_params params;
    lb_converge_params_default(&params);
    params.levels = 2;
    params.pairs = 4096;
    job->done = lb_context_create(&ctx, NULL) == LB_OK && work_with_files(job, ctx) &&
                lb_analytic_converge(ctx, "torus-points", &params, &convergence) == LB_OK;
    if (job->done) {
        job->bending = convergence.levels[1].bending.mean;
        struct lb_tensor_file *missing = NULL;
        job->done = lb_tensor_file_read(&missing, ctx, job->folder) == LB_ERR_IO;
        snprintf(job->error, sizeof job->error, "%s", lb_context_error(ctx));
    }
    lb_context_destroy(&ctx);
    return NULL;
}

static void contexts_of_their_own_are_independent(void **state)
{
    (void)state;
    char *folder = make_folder();
    struct job *jobs = allocate(THREADS + 1, sizeof *jobs);
    for (int i = 0; i <= THREADS; i++) {
        jobs[i] = (struct job){.folder = folder, .number = i};
    }
    work(&jobs[THREADS]); // the results that all threads must get
    const struct job *alone = &jobs[THREADS];
    assert_true(alone->done);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&jobs[i].thread, NULL, work, &jobs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(jobs[i].thread, NULL), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_true(jobs[i].done);
        assert_string_equal(jobs[i].error, alone->error);
        assert_memory_equal(jobs[i].values, alone->values, sizeof alone->values);
        assert_memory_equal(jobs[i].pixels, alone->pixels, sizeof alone->pixels);
        check_near("bending", i, jobs[i].bending, alone->bending, 0.0);
    }
    free(jobs);
    remove_folder(folder);
}

/* ---- notices ----------------------------------------------------------------------------------
 */

enum { NOTICES = 2000, LETTERS = LB_NOTICE_BYTES - 1 };

/* A driver thread, which sends long messages of one letter. */
struct sender {
    struct lb_notice *notice;
    pthread_t thread;
    char letter;
};

static void *send(void *argument)
{
    const struct sender *sender = argument;
    char text[LETTERS + 1];
    memset(text, sender->letter, LETTERS);
    text[LETTERS] = '\0';
    for (int i = 0; i < NOTICES; i++) {
        lb_notice_receive(text, NULL, 0, sender->notice);
    }
    return NULL;
}

static void check_notice(void *user, enum lb_log_level level, const char *text)
{
    int *count = user;
    const char *letters = strrchr(text, ' ');
    assert_int_equal(level, LB_LOG_WARNING);
    assert_non_null(letters);
    assert_int_equal(strlen(letters + 1), LETTERS);
    assert_int_equal(strspn(letters + 1, (char[]){letters[1], '\0'}), LETTERS);
    ++*count;
}

static void notices_come_whole(void **state)
{
    (void)state;
    int count = 0;
    struct lb_context *ctx = NULL;
    const struct lb_context_params params = {.log = check_notice, .log_user = &count};
    assert_int_equal(lb_context_create(&ctx, &params), LB_OK);
    struct lb_notice *notice = allocate(1, sizeof *notice);
    struct sender senders[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        senders[i] = (struct sender){.notice = notice, .letter = "abcd"[i]};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send, &senders[i]), 0);
    }
    for (int i = 0; i < NOTICES; i++) {
        lb_notice_flush(notice, ctx);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(senders[i].thread, NULL), 0);
    }
    lb_notice_flush(notice, ctx); // the senders have ended: pending notices are complete
    assert_uint_in_range(count, 1, THREADS * NOTICES);
    free(notice);
    lb_context_destroy(&ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_done_once),
        cmocka_unit_test(first_weights_do_not_depend_on_threads),
        cmocka_unit_test(contexts_of_their_own_are_independent),
        cmocka_unit_test(notices_come_whole),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
