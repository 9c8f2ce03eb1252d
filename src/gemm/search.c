#include "gemm/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "device/path.h"
#include "gemm/timing.h"

enum {
    TIMINGS = 3,
    MAX_DRAWS = 100000,    // random sets, most of which violate a rule
    MAX_NUMBERS = 1 << 24, // numbers of a matrix
    MAX_KEPT = 1 << 24,    // numbers kept of all results together
};

static const double tolerance = 1e-3; // relative to the largest number: far above rounding

/* ---- candidates ------------------------------------------------------------------------------ */

/* A small random generator: the order of candidates is the same on every run. */
static size_t pick(uint32_t *state, const size_t *values, size_t n)
{
    *state = *state * 1664525u + 1013904223u;
    return values[(*state >> 16) % n];
}

#define PICK(...)                                                                                  \
    pick(state, (const size_t[]){__VA_ARGS__}, LB_COUNT(((const size_t[]){__VA_ARGS__})))

/* Largest work-group and local memory of the device. */
struct limits {
    size_t group;
    cl_ulong local_bytes;
};

static struct limits read_limits(const struct lb_device *device)
{
    struct limits limits = {64, lb_local_bytes(device)};
    clGetDeviceInfo(device->id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof limits.group, &limits.group,
                    NULL);
    return limits;
}

/* CLBlast's rules for dividing a tile among a work-group. */
static bool divides(size_t tile, size_t threads, size_t vector)
{
    return tile % (threads * vector) == 0;
}

static bool draw_direct(uint32_t *state, const struct limits *limits, size_t *p)
{
    const size_t tile = PICK(8, 16, 32, 64);
    const size_t kwi = PICK(2, 8, 16);
    const size_t load_m = PICK(8, 16, 32);
    const size_t threads_m = PICK(8, 16, 32);
    const size_t load_n = PICK(8, 16, 32);
    const size_t threads_n = PICK(8, 16, 32);
    const size_t pad_a = PICK(0, 1);
    const size_t pad_b = PICK(0, 1);
    const size_t vector_m = PICK(1, 2, 4, 8);
    const size_t vector_n = PICK(1, 2, 4, 8);
    const size_t group = threads_m * threads_n;
    const size_t values[LB_DIRECT_PARAMETERS] = {kwi,   load_m, threads_m, load_n,   threads_n,
                                                 pad_a, pad_b,  vector_m,  vector_n, tile};
    memcpy(p, values, sizeof values);
    return tile % kwi == 0 && divides(tile, threads_m, vector_m) &&
           divides(tile, threads_n, vector_n) && divides(tile, load_m, vector_m) &&
           divides(tile, load_n, vector_n) && group % load_m == 0 && group % load_n == 0 &&
           tile % (group / load_m) == 0 && tile % (group / load_n) == 0 && group <= limits->group &&
           lb_direct_local_bytes(p) <= limits->local_bytes;
}

static bool draw_indirect(uint32_t *state, const struct limits *limits, size_t *p)
{
    const size_t kwg = PICK(16, 32);
    const size_t kwi = PICK(2, 8);
    const size_t load_m = PICK(8, 16, 32);
    const size_t threads_m = PICK(8, 16, 32);
    const size_t tile_m = PICK(32, 64, 128);
    const size_t load_n = PICK(8, 16, 32);
    const size_t threads_n = PICK(8, 16, 32);
    const size_t tile_n = PICK(32, 64, 128);
    const size_t local_a = PICK(0, 1);
    const size_t local_b = PICK(0, 1);
    const size_t vector_m = PICK(1, 2, 4, 8);
    const size_t vector_n = PICK(1, 2, 4, 8);
    const size_t group = threads_m * threads_n;
    const size_t values[LB_INDIRECT_PARAMETERS] = {
        0,         1,      kwg,     kwi,     load_m, threads_m, tile_m,   load_n,
        threads_n, tile_n, local_a, local_b, 0,      0,         vector_m, vector_n};
    memcpy(p, values, sizeof values);
    return kwg % kwi == 0 && divides(tile_m, threads_m, vector_m) &&
           divides(tile_n, threads_n, vector_n) && divides(tile_m, load_m, vector_m) &&
           divides(tile_n, load_n, vector_n) && group % load_m == 0 && group % load_n == 0 &&
           kwg % (group / load_m) == 0 && kwg % (group / load_n) == 0 && group <= limits->group &&
           sizeof(float) * kwg * (local_a * tile_m + local_b * tile_n) <= limits->local_bytes;
}

/* Draws the next set. Parameters of a kernel persist once set, so every set lists all of them. */
static bool draw_candidate(uint32_t *state, const struct lb_device *device,
                           struct lb_clblast_parameters *p)
{
    const struct limits limits = read_limits(device);
    const bool cpu = lb_takes_cpu_path(device);
    bool direct = false;
    bool indirect = cpu; // indirect kernels are slower on CPU devices with any parameters
    for (int i = 0; i < MAX_DRAWS && !(direct && indirect); i++) {
        direct = direct || draw_direct(state, &limits, p->direct);
        indirect = indirect || draw_indirect(state, &limits, p->indirect);
    }
    p->direct_set = true;
    p->indirect_set = !cpu;
    p->min_indirect = cpu ? 1 << 20 : PICK(1, 256, 512, 1 << 20);
    return direct && indirect;
}

/* ---- trying ---------------------------------------------------------------------------------- */

struct trial {
    struct lb_device *device;
    struct lb_gemm_part *products;
    size_t n;
    size_t kept; ///< most numbers kept of a result
    cl_mem a;
    cl_mem b;
    cl_mem c;
    float **wanted; ///< reference results
    float *found;   ///< buffer for one result
    double flops;
};

static size_t result_size(const struct lb_gemm_shape *shape)
{
    return (size_t)shape->m * (size_t)shape->n;
}

static size_t kept_size(const struct trial *trial, size_t i)
{
    const size_t size = result_size(&trial->products[i].shape);
    return size < trial->kept ? size : trial->kept;
}

static void end_trial(struct trial *trial)
{
    for (size_t i = 0; trial->wanted != NULL && i < trial->n; i++) {
        free(trial->wanted[i]);
    }
    free(trial->wanted);
    free(trial->found);
    free(trial->products);
    lb_buffer_release(&trial->a);
    lb_buffer_release(&trial->b);
    lb_buffer_release(&trial->c);
}

struct lb_gemm_part lb_gemm_part(struct lb_gemm_shape shape)
{
    int *rows = shape.transpose_a ? &shape.k : &shape.m;
    const int whole = *rows;
    const int across = shape.transpose_a ? shape.m : shape.k;
    const int fit = MAX_NUMBERS / (across > shape.n ? across : shape.n);
    *rows = fit < 1 ? 1 : fit < whole ? fit : whole;
    return (struct lb_gemm_part){shape, (double)whole / *rows};
}

static enum lb_status begin_trial(struct trial *trial, const struct lb_gemm_shape *shapes)
{
    size_t a = 1;
    size_t b = 1;
    size_t c = 1;
    bool memory = true;
    trial->kept = MAX_KEPT / trial->n + 1;
    trial->products = calloc(trial->n, sizeof *trial->products);
    trial->wanted = calloc(trial->n, sizeof *trial->wanted);
    if (trial->products == NULL || trial->wanted == NULL) {
        return lb_fail_memory(trial->device->ctx, "tuning");
    }
    for (size_t i = 0; i < trial->n; i++) {
        trial->products[i] = lb_gemm_part(shapes[i]);
        const struct lb_gemm_shape *shape = &trial->products[i].shape;
        const size_t size_a = (size_t)shape->m * (size_t)shape->k;
        const size_t size_b = (size_t)shape->k * (size_t)shape->n;
        a = size_a > a ? size_a : a;
        b = size_b > b ? size_b : b;
        c = result_size(shape) > c ? result_size(shape) : c;
        trial->flops += 2.0 * shapes[i].m * shapes[i].n * shapes[i].k;
        trial->wanted[i] = malloc(kept_size(trial, i) * sizeof(float));
        memory = memory && trial->wanted[i] != NULL;
    }
    trial->found = malloc(trial->kept * sizeof *trial->found);
    if (!memory || trial->found == NULL) {
        return lb_fail_memory(trial->device->ctx, "tuning");
    }
    LB_TRY(lb_gemm_fill(trial->device, &trial->a, a));
    LB_TRY(lb_gemm_fill(trial->device, &trial->b, b));
    return lb_gemm_fill(trial->device, &trial->c, c);
}

static enum lb_status multiply(struct trial *trial, struct lb_gemm *gemm,
                               const struct lb_gemm_shape *shape)
{
    const struct lb_gemm_call call = {
        .transpose_a = shape->transpose_a,
        .transpose_b = shape->transpose_b,
        .m = shape->m,
        .n = shape->n,
        .k = shape->k,
        .a = {trial->a, 0, (size_t)(shape->transpose_a ? shape->m : shape->k)},
        .b = {trial->b, 0, (size_t)(shape->transpose_b ? shape->k : shape->n)},
        .c = {trial->c, 0, (size_t)shape->n},
    };
    return lb_gemm_run(gemm, &call);
}

/* Reads the beginning and end of a result, or all of it. */
static enum lb_status read_kept(struct trial *trial, size_t i, float *to)
{
    const size_t size = result_size(&trial->products[i].shape);
    const size_t count = kept_size(trial, i);
    const size_t tail = count / 2;
    const size_t head = count - tail;
    LB_TRY(lb_buffer_read(trial->device, trial->c, 0, to, head * sizeof *to));
    return tail > 0 ? lb_buffer_read(trial->device, trial->c, (size - tail) * sizeof *to, to + head,
                                     tail * sizeof *to)
                    : LB_OK;
}

/* Runs every product, and stores its result in `wanted` or compares it with that. */
static enum lb_status check_products(struct trial *trial, struct lb_gemm *gemm, bool reference,
                                     bool *right)
{
    *right = true;
    for (size_t i = 0; i < trial->n && *right; i++) {
        const size_t count = kept_size(trial, i);
        float *target = reference ? trial->wanted[i] : trial->found;
        double largest = 0.0;
        double difference = 0.0;
        LB_TRY(multiply(trial, gemm, &trial->products[i].shape));
        LB_TRY(read_kept(trial, i, target));
        for (size_t j = 0; j < count; j++) {
            largest = fmax(largest, fabs((double)trial->wanted[i][j]));
            difference = fmax(difference, fabs((double)target[j] - (double)trial->wanted[i][j]));
            *right = *right && isfinite(target[j]);
        }
        *right = *right && difference <= tolerance * largest;
    }
    return LB_OK;
}

/* Best speed over all products, each run once. */
static enum lb_status time_products(struct trial *trial, struct lb_gemm *gemm, double *gflops)
{
    double sum = 0.0;
    for (size_t i = 0; i < trial->n; i++) {
        double best = INFINITY;
        for (int j = 0; j < TIMINGS; j++) {
            const double start = lb_clock_seconds();
            LB_TRY(multiply(trial, gemm, &trial->products[i].shape));
            LB_TRY(lb_device_finish(trial->device));
            best = fmin(best, lb_clock_seconds() - start);
        }
        sum += trial->products[i].count * best;
    }
    *gflops = 1e-9 * trial->flops / sum;
    return LB_OK;
}

/* Speed of one back end; 0 if its results are wrong. */
static enum lb_status try_backend(struct trial *trial, struct lb_gemm *gemm, bool reference,
                                  double *gflops)
{
    bool right = false;
    *gflops = 0.0;
    LB_TRY(check_products(trial, gemm, reference, &right));
    return right ? time_products(trial, gemm, gflops) : LB_OK;
}

static enum lb_status try_panel(struct trial *trial, double *gflops)
{
    struct lb_gemm *panel = NULL;
    enum lb_status status = lb_gemm_create(&panel, trial->device, LB_GEMM_PANEL);
    if (status == LB_OK) {
        status = try_backend(trial, panel, true, gflops);
    }
    lb_gemm_destroy(&panel);
    return status;
}

/* Sets that do not build or run are only counted. */
static bool try_candidate(struct trial *trial, struct lb_gemm *clblast,
                          const struct lb_clblast_parameters *parameters, double *gflops)
{
    return lb_gemm_set_parameters(clblast, parameters) == LB_OK &&
           try_backend(trial, clblast, false, gflops) == LB_OK && *gflops > 0.0;
}

static enum lb_status search(struct trial *trial, double end, lb_gemm_search_fn report, void *user,
                             struct lb_gemm_search *out)
{
    struct lb_gemm *clblast = NULL;
    struct lb_clblast_parameters candidate = {0};
    uint32_t state = 1;
    enum lb_status status = LB_OK;
    LB_CHECK(lb_gemm_create(&clblast, trial->device, LB_GEMM_CLBLAST));
    LB_CHECK(try_backend(trial, clblast, false, &out->default_gflops));
    out->best_gflops = out->default_gflops;
    while (lb_clock_seconds() < end && draw_candidate(&state, trial->device, &candidate)) {
        double gflops = 0.0;
        out->tried++;
        if (!try_candidate(trial, clblast, &candidate, &gflops)) {
            out->rejected++;
        } else if (gflops > out->best_gflops) {
            out->best_gflops = gflops;
            out->tuning.clblast = candidate;
            if (report != NULL) {
                report(user, out);
            }
        }
    }
    LB_CHECK(lb_gemm_set_parameters(clblast, &out->tuning.clblast));
fail:
    lb_gemm_destroy(&clblast);
    return status;
}

enum lb_status lb_gemm_search_run(struct lb_device *device, const struct lb_gemm_shape *shapes,
                                  size_t n, bool clblast, double seconds, lb_gemm_search_fn report,
                                  void *user, struct lb_gemm_search *out)
{
    const double end = lb_clock_seconds() + seconds;
    struct trial trial = {.device = device, .n = n};
    *out = (struct lb_gemm_search){.tuning = lb_tuning_load(device)};
    enum lb_status status = LB_OK;
    LB_CHECK(begin_trial(&trial, shapes));
    LB_CHECK(try_panel(&trial, &out->panel_gflops));
    if (clblast && lb_gemm_is_built(LB_GEMM_CLBLAST)) {
        LB_CHECK(search(&trial, end, report, user, out));
    }
    out->tuning.fastest = out->best_gflops > out->panel_gflops ? LB_GEMM_CLBLAST : LB_GEMM_PANEL;
fail:
    end_trial(&trial);
    return status;
}
