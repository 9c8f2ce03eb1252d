/*
 * Runs every kernel of cl/geometry/ for one dataset, on buffers of exactly the size that it needs:
 *
 *     geometry WIDTH DATASET [MESH]
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "batch/point_set.h"
#include "geometry/dataset_facts.h"
#include "geometry/distance_matrix.h"
#include "geometry/manifold_chart.h"
#include "geometry/sampling.h"
#include "launches.h"

enum { N = 5, SIZE = 13, FRAMES = 3, PER_LINE = 3, SET = 12, BUFFERS = 64 };

struct job {
    struct device_fixture *fixture;
    const char *width;
    struct lb_dataset_params params;
    struct lb_dataset *dataset;
    size_t p;      // floats per point
    size_t m;      // dimension
    double radius; // of pairs
    cl_mem buffers[BUFFERS];
    size_t buffer_count;
};

/* A buffer of n four-byte zeros, released at the end. Does not use lb_buffer_create(), which
 * enlarges small buffers. */
static cl_mem buffer(struct job *job, size_t n)
{
    struct lb_device *device = job->fixture->device;
    cl_int code = CL_SUCCESS;
    assert_true(job->buffer_count < BUFFERS);
    cl_mem mem = clCreateBuffer(device->context, CL_MEM_READ_WRITE, n * sizeof(float), NULL, &code);
    assert_int_equal(code, CL_SUCCESS);
    job->buffers[job->buffer_count++] = mem;
    require_ok(job->fixture, lb_buffer_zero(device, mem, 0, n * sizeof(float)));
    return mem;
}

static cl_kernel kernel_of(const struct job *job, const char *file, const char *name)
{
    cl_kernel kernel = NULL;
    require_ok(job->fixture, lb_dataset_kernel(job->dataset, &kernel, file, name));
    return kernel;
}

static void check_finite(const struct job *job, const char *what, cl_mem mem, size_t n)
{
    float *values = download(job->fixture, mem, n);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i])) {
            fail_msg("%s: number %zu is %g", what, i, (double)values[i]);
        }
    }
    free(values);
}

/* Buffers for n pairs or chains with `points` points in all. */
static struct lb_pair_buffers pair_buffers(struct job *job, size_t n, size_t points)
{
    return (struct lb_pair_buffers){buffer(job, points * job->p), buffer(job, n), buffer(job, 1)};
}

static void draw_pairs(struct job *job)
{
    const struct lb_random_counter draw = {1, LB_STREAM_USER_PAIRS, 0, 0};
    const size_t image_size = job->dataset->image_size;
    const struct lb_pair_buffers pairs = pair_buffers(job, N, 3 * N);
    cl_mem images = buffer(job, 3 * N * image_size);
    require_ok(job->fixture, lb_dataset_enqueue_pairs(job->dataset, draw, N, 0.1 * job->radius,
                                                      job->radius, &pairs));
    require_ok(job->fixture, lb_pair_buffers_check(job->dataset, &pairs));
    require_ok(job->fixture, lb_dataset_enqueue_render(job->dataset, pairs.points, 3 * N, images));
    check_finite(job, "image", images, 3 * N * image_size);
    require_ok(job->fixture,
               lb_dataset_enqueue_pair_images(job->dataset, draw, N, 0.1 * job->radius, job->radius,
                                              &pairs, images));
}

static void draw_chains(struct job *job)
{
    const struct lb_random_counter draw = {1, LB_STREAM_USER_PAIRS, 0, 0};
    const size_t numbers = 5 * N * job->dataset->image_size;
    const struct lb_pair_buffers chains = pair_buffers(job, N, 5 * N);
    cl_mem images = buffer(job, numbers);
    require_ok(job->fixture,
               lb_dataset_enqueue_chain_images(job->dataset, draw, N, 0.1 * job->radius,
                                               job->radius, &chains, images));
    require_ok(job->fixture, lb_pair_buffers_check(job->dataset, &chains));
    check_finite(job, "image of a chain", images, numbers);
}

/* Midpoints, distances and the test whether the manifold contains points. */
static void query(struct job *job, cl_mem x, cl_mem y)
{
    struct lb_device *device = job->fixture->device;
    const cl_int n = N;
    cl_mem middle = buffer(job, N * job->p);
    cl_mem distance = buffer(job, N);
    cl_mem inside = buffer(job, N);
    cl_kernel kernel = kernel_of(job, "geometry/query.cl", "query_distance");
    require_ok(job->fixture, lb_launch(device, kernel, LB_NDRANGE(N), LB_ARG(x), LB_ARG(y),
                                       LB_ARG(n), LB_ARG(distance)));
    kernel = kernel_of(job, "geometry/query.cl", "query_midpoint");
    require_ok(job->fixture, lb_launch(device, kernel, LB_NDRANGE(N), LB_ARG(x), LB_ARG(y),
                                       LB_ARG(n), LB_ARG(middle)));
    kernel = kernel_of(job, "geometry/query.cl", "query_contains");
    require_ok(job->fixture,
               lb_launch(device, kernel, LB_NDRANGE(N), LB_ARG(x), LB_ARG(n), LB_ARG(inside)));
    check_finite(job, "midpoint", middle, N * job->p);
    check_finite(job, "distance", distance, N);
    cl_mem matrix = buffer(job, (size_t)N * N);
    require_ok(job->fixture, lb_dataset_enqueue_distance_matrix(job->dataset, x, N, matrix));
    check_finite(job, "distances of all pairs", matrix, (size_t)N * N);
}

/* Steps in the frames of points, and random geodesics. */
static void geodesics(struct job *job, cl_mem x)
{
    struct lb_device *device = job->fixture->device;
    const cl_int n = N;
    const cl_int frames = FRAMES;
    const cl_ulong seed = 1;
    const cl_uint stream = LB_STREAM_USER_POINTS;
    const cl_uint zero = 0;
    const cl_float length = (cl_float)job->radius;
    float steps[N * 8];
    assert_true(job->m <= 8);
    for (size_t i = 0; i < N * job->m; i++) {
        steps[i] = 0.1f * (float)job->radius * draw(1, i);
    }
    cl_mem coordinates = buffer(job, N * job->m);
    require_ok(job->fixture,
               lb_buffer_write(device, coordinates, 0, steps, N * job->m * sizeof *steps));
    cl_mem y = buffer(job, N * job->p);
    cl_mem inside = buffer(job, N);
    cl_mem path = buffer(job, N * FRAMES * job->p);
    cl_mem failed = buffer(job, 1);
    cl_kernel kernel = kernel_of(job, "geometry/geodesic.cl", "exponential");
    require_ok(job->fixture, lb_launch(device, kernel, LB_NDRANGE(N), LB_ARG(x),
                                       LB_ARG(coordinates), LB_ARG(n), LB_ARG(y), LB_ARG(inside)));
    kernel = kernel_of(job, "geometry/geodesic.cl", "sample_paths");
    require_ok(job->fixture, lb_launch(device, kernel, LB_NDRANGE(N), LB_ARG(seed), LB_ARG(stream),
                                       LB_ARG(zero), LB_ARG(zero), LB_ARG(n), LB_ARG(length),
                                       LB_ARG(frames), LB_ARG(path), LB_ARG(failed)));
    check_finite(job, "end of a step", y, N * job->p);
    check_finite(job, "geodesic", path, N * FRAMES * job->p);
}

static void describe(struct job *job)
{
    struct lb_device *device = job->fixture->device;
    const struct lb_ndrange one = {1, {1, 1, 1}, {1, 1, 1}};
    cl_mem integers = buffer(job, LB_FACT_INTEGERS);
    cl_mem reals = buffer(job, LB_FACT_REALS);
    cl_mem names = buffer(job, sizeof((struct lb_dataset_info *)0)->manifold * 3 / sizeof(float));
    cl_mem recipe = buffer(job, LB_RECIPE_BYTES / sizeof(float));
    cl_kernel kernel = kernel_of(job, "geometry/describe.cl", "describe");
    require_ok(job->fixture, lb_launch(device, kernel, one, LB_ARG(integers), LB_ARG(reals),
                                       LB_ARG(names), LB_ARG(recipe)));
}

static void chart(struct job *job, cl_mem x)
{
    struct lb_device *device = job->fixture->device;
    const size_t n = (size_t)job->dataset->chart.lines * PER_LINE * job->p;
    const cl_int count = N;
    float *grid = allocate(n, sizeof *grid);
    require_ok(job->fixture, lb_dataset_grid(job->dataset, PER_LINE, grid));
    free(grid);
    if (job->dataset->chart.hue[0] != '\0') {
        cl_mem colors = buffer(job, 3 * N);
        cl_kernel kernel = kernel_of(job, "geometry/chart.cl", "chart_colors");
        require_ok(job->fixture, lb_launch(device, kernel, LB_NDRANGE(N), LB_ARG(x), LB_ARG(count),
                                           LB_ARG(colors)));
        check_finite(job, "colour", colors, 3 * N);
    }
}

static void point_set(struct job *job)
{
    struct lb_point_set set = {0};
    const struct lb_pair_buffers batch = pair_buffers(job, 3, 9);
    const double radius = fmin(0.99 * job->dataset->info.injectivity_radius, 100.0);
    const cl_uint choice[3] = {0, LB_POINT_SET_SWAP, 0};
    cl_mem chosen = buffer(job, 3);
    cl_mem points = buffer(job, 3 * job->p);
    require_ok(job->fixture,
               lb_buffer_write(job->fixture->device, chosen, 0, choice, sizeof choice));
    require_ok(job->fixture, lb_point_set_create(&set, job->dataset, 1, SET, 0.0, radius));
    assert_true(set.pair_count > 0);
    require_ok(job->fixture, lb_point_set_gather_pairs(&set, chosen, 3, &batch));
    const cl_uint last[3] = {SET - 1, 0, 1};
    require_ok(job->fixture, lb_buffer_write(job->fixture->device, chosen, 0, last, sizeof last));
    require_ok(job->fixture, lb_point_set_gather_points(&set, chosen, 3, points));
    check_finite(job, "chosen point", points, 3 * job->p);
    lb_point_set_destroy(&set);
}

static void every_kernel(void **state)
{
    struct job *job = *state;
    struct lb_device *device = job->fixture->device;
    struct lb_dataset_info info;
    require_ok(job->fixture, launches_start(device, job->width));
    require_ok(job->fixture, lb_dataset_describe(device, &job->params, &info));
    job->params.size = info.height > 1 ? SIZE : 0;
    require_ok(job->fixture, lb_dataset_open(&job->dataset, device, &job->params));
    job->p = (size_t)info.point_size;
    job->m = (size_t)info.dimension;
    job->radius = 0.5 * fmin(info.injectivity_radius, 0.6);
    const struct lb_random_counter draw = {1, LB_STREAM_USER_POINTS, 0, 0};
    cl_mem x = buffer(job, N * job->p);
    require_ok(job->fixture, lb_dataset_enqueue_points(job->dataset, draw, N, x));
    check_finite(job, "point", x, N * job->p);
    draw_pairs(job);
    draw_chains(job);
    query(job, x, x);
    geodesics(job, x);
    describe(job);
    chart(job, x);
    point_set(job);
    require_ok(job->fixture, launches_print(device));
}

static int tear_down(void **state)
{
    struct job *job = *state;
    void *fixture = job->fixture;
    for (size_t i = 0; i < job->buffer_count; i++) {
        lb_buffer_release(&job->buffers[i]);
    }
    lb_dataset_close(&job->dataset);
    return close_device_fixture(&fixture);
}

int main(int argc, char **argv)
{
    struct job job = {0};
    void *fixture = NULL;
    if (argc < 3 || open_device_fixture(&fixture) != 0) {
        return EXIT_FAILURE;
    }
    job.fixture = fixture;
    job.width = argv[1];
    job.params = (struct lb_dataset_params){.name = argv[2], .mesh = argc > 3 ? argv[3] : NULL};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(every_kernel, NULL, tear_down, &job),
    };
    return cmocka_run_group_tests_name(argv[2], tests, NULL, NULL);
}
