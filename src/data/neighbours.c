#include "data/neighbours.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gemm/gemm.h"

enum {
    BLOCK_ROWS = 256,
    BLOCK_NUMBERS = 1 << 23, ///< inner products of a block, where that is fewer rows
};

#define UNIT 5.9604644775390625e-08 /* 2^-24: rounding to float32 */

struct search {
    struct lb_device *device;
    const struct lb_image_set *set;
    size_t n;
    size_t d; ///< D
    size_t k;
    float *images;   ///< (n, D): as they are
    float *centred;  ///< (n, D): without their mean, so that little cancels
    double *norms;   ///< (n): of the centred ones
    size_t rows;     ///< of a block
    float *products; ///< (rows, n): inner products of centred images
    double *upper;   ///< (k): the smallest upper bounds of squared distances, ascending
    struct lb_gemm *gemm;
    cl_mem images_mem;
    cl_mem products_mem;
};

static void search_free(struct search *s)
{
    free(s->images);
    free(s->centred);
    free(s->norms);
    free(s->products);
    free(s->upper);
    lb_gemm_destroy(&s->gemm);
    lb_buffer_release(&s->images_mem);
    lb_buffer_release(&s->products_mem);
}

/* Images less their mean, and the norms of what is left. */
static enum lb_status centre(struct search *s)
{
    double *mean = calloc(s->d, sizeof *mean);
    if (mean == NULL) {
        return lb_fail_memory(s->device->ctx, "nearest neighbours");
    }
    for (size_t i = 0; i < s->n; i++) {
        lb_image_set_values(s->set, i, s->images + i * s->d);
        for (size_t j = 0; j < s->d; j++) {
            mean[j] += (double)s->images[i * s->d + j] / (double)s->n;
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        double sum = 0.0;
        for (size_t j = 0; j < s->d; j++) {
            const float value = (float)((double)s->images[i * s->d + j] - mean[j]);
            s->centred[i * s->d + j] = value;
            sum += (double)value * (double)value;
        }
        s->norms[i] = sqrt(sum);
    }
    free(mean);
    return LB_OK;
}

static enum lb_status search_create(struct search *s, struct lb_device *device,
                                    const struct lb_image_set *set, size_t k)
{
    const size_t n = set->count;
    const size_t bytes = n * set->size * sizeof(float);
    *s = (struct search){.device = device, .set = set, .n = n, .d = set->size, .k = k};
    s->rows = BLOCK_NUMBERS / n < BLOCK_ROWS ? BLOCK_NUMBERS / n + 1 : BLOCK_ROWS;
    s->images = malloc(bytes);
    s->centred = malloc(bytes);
    s->norms = malloc(n * sizeof *s->norms);
    s->products = malloc(s->rows * n * sizeof *s->products);
    s->upper = malloc(k * sizeof *s->upper);
    if (s->images == NULL || s->centred == NULL || s->norms == NULL || s->products == NULL ||
        s->upper == NULL) {
        return lb_fail_memory(device->ctx, "nearest neighbours");
    }
    LB_TRY(centre(s));
    LB_TRY(lb_gemm_create(&s->gemm, device, LB_GEMM_AUTO));
    LB_TRY(lb_buffer_create(device, &s->images_mem, bytes, "all images"));
    LB_TRY(lb_buffer_create(device, &s->products_mem, s->rows * n * sizeof *s->products,
                            "inner products"));
    return lb_buffer_write(device, s->images_mem, 0, s->centred, bytes);
}

/* products (rows, n) = images first.. times all images. */
static enum lb_status multiply(struct search *s, size_t first, size_t rows)
{
    const struct lb_gemm_call call = {
        .transpose_b = true,
        .m = (int)rows,
        .n = (int)s->n,
        .k = (int)s->d,
        .a = {s->images_mem, first * s->d, s->d},
        .b = {s->images_mem, 0, s->d},
        .c = {s->products_mem, 0, s->n},
        .epilogue = {.kind = LB_EPILOGUE_NONE},
    };
    LB_TRY(lb_gemm_run(s->gemm, &call));
    return lb_buffer_read(s->device, s->products_mem, 0, s->products,
                          rows * s->n * sizeof *s->products);
}

/*
 * |a - b|^2 = |a|^2 + |b|^2 - 2 a b up to `error`: a sum of D products rounds by at most D u |a|
 * |b| in any order, and centring moved each image by at most u times its norm. Twice that, for
 * safety.
 */
static double square_of(const struct search *s, size_t i, size_t j, float product, double *error)
{
    const double a = s->norms[i];
    const double b = s->norms[j];
    *error = 4.0 * UNIT * ((double)s->d * a * b + (a + b) * (a + b));
    return a * a + b * b - 2.0 * (double)product;
}

/* Inserts a value into the k smallest so far, in ascending order. */
static void insert_bound(double *smallest, size_t k, double value)
{
    if (!(value < smallest[k - 1])) {
        return;
    }
    size_t at = k - 1;
    while (at > 0 && smallest[at - 1] > value) {
        smallest[at] = smallest[at - 1];
        at--;
    }
    smallest[at] = value;
}

static double distance_of(const struct search *s, size_t i, size_t j)
{
    const float *a = s->images + i * s->d;
    const float *b = s->images + j * s->d;
    double sum = 0.0;
    for (size_t k = 0; k < s->d; k++) {
        const double difference = (double)a[k] - (double)b[k];
        sum += difference * difference;
    }
    return sqrt(sum);
}

/* Inserts image j; j grows from call to call, so that of equal distances the lower number stays. */
static void insert_neighbour(struct lb_neighbour *nearest, size_t k, size_t j, double distance)
{
    if (!(distance < nearest[k - 1].distance)) {
        return;
    }
    size_t at = k - 1;
    while (at > 0 && nearest[at - 1].distance > distance) {
        nearest[at] = nearest[at - 1];
        at--;
    }
    nearest[at] = (struct lb_neighbour){(uint32_t)j, distance};
}

/* The k nearest images of image i from its row of products. */
static void choose(struct search *s, size_t i, const float *products, struct lb_neighbour *nearest)
{
    double error;
    for (size_t m = 0; m < s->k; m++) {
        s->upper[m] = INFINITY;
        nearest[m] = (struct lb_neighbour){UINT32_MAX, INFINITY};
    }
    for (size_t j = 0; j < s->n; j++) {
        if (j != i) {
            const double square = square_of(s, i, j, products[j], &error);
            insert_bound(s->upper, s->k, square + error);
        }
    }
    for (size_t j = 0; j < s->n; j++) {
        const double square = square_of(s, i, j, products[j], &error);
        if (j != i && square - error <= s->upper[s->k - 1]) {
            insert_neighbour(nearest, s->k, j, distance_of(s, i, j));
        }
    }
}

enum lb_status lb_find_neighbours(struct lb_device *device, const struct lb_image_set *set,
                                  size_t k, struct lb_neighbour *neighbours)
{
    const size_t n = set->count;
    if (n > INT_MAX || set->size > SIZE_MAX / sizeof(float) / n) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT, "%zu images: too many (take fewer)", n);
    }
    struct search s;
    enum lb_status status = LB_OK;
    LB_CHECK(search_create(&s, device, set, k));
    for (size_t first = 0; first < n; first += s.rows) {
        const size_t rows = n - first < s.rows ? n - first : s.rows;
        LB_CHECK(multiply(&s, first, rows));
        for (size_t row = 0; row < rows; row++) {
            choose(&s, first + row, s.products + row * n, neighbours + (first + row) * k);
        }
    }
fail:
    search_free(&s);
    return status;
}
