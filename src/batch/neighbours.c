#include "batch/neighbours.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "gemm/gemm.h"

enum {
    BLOCK_ROWS = 256,
    BLOCK_NUMBERS = 1 << 23, ///< inner products per block, if that is fewer rows
    TILE_BYTES = 1 << 28,    ///< default of the caller's choice
};

#define UNIT 5.9604644775390625e-08 /* 2^-24: rounding to float32 */

/** Images first..first + count - 1 on the host and on the device. */
struct tile {
    size_t first;
    size_t count;
    float *images;  ///< (count, D): original values
    cl_mem centred; ///< (count, D): centred at the mean of all images, to reduce cancellation
};

struct search {
    struct lb_device *device;
    const struct lb_image_set *set;
    size_t n;
    size_t d; ///< D
    size_t k;
    size_t most;          ///< images per tile
    struct tile tiles[2]; ///< rows and columns; one tile suffices if it holds all images
    double *mean;         ///< (D)
    double *norms;        ///< (n): norms of the centred images
    float *centred;       ///< (most, D): staging buffer for the device
    size_t rows;          ///< rows per block
    float *products;      ///< (rows, most): inner products of centred images
    double *upper; ///< (most, k): for each row of the tile the smallest upper bounds of squared
                   ///< distances so far, ascending
    struct lb_gemm *gemm;
    cl_mem products_mem;
};

static void search_free(struct search *s)
{
    for (size_t i = 0; i < LB_COUNT(s->tiles); i++) {
        free(s->tiles[i].images);
        lb_buffer_release(&s->tiles[i].centred);
    }
    free(s->mean);
    free(s->norms);
    free(s->centred);
    free(s->products);
    free(s->upper);
    lb_gemm_destroy(&s->gemm);
    lb_buffer_release(&s->products_mem);
}

/* Subtracts the mean; returns the norm. */
static double centre(const struct search *s, const float *image, float *centred)
{
    double sum = 0.0;
    for (size_t j = 0; j < s->d; j++) {
        centred[j] = (float)((double)image[j] - s->mean[j]);
        sum += (double)centred[j] * (double)centred[j];
    }
    return sqrt(sum);
}

/* Mean of all images, and the norms of the centred images. */
static enum lb_status measure(struct search *s)
{
    float *image = s->tiles[0].images; // holds at least one
    LB_TRY(lb_image_set_check(s->set, s->device->ctx));
    for (size_t i = 0; i < s->n; i++) {
        lb_image_set_values(s->set, i, image);
        for (size_t j = 0; j < s->d; j++) {
            s->mean[j] += (double)image[j] / (double)s->n;
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        lb_image_set_values(s->set, i, image);
        s->norms[i] = centre(s, image, s->centred);
    }
    return LB_OK;
}

static enum lb_status tile_load(struct search *s, struct tile *tile, size_t first)
{
    if (tile->count > 0 && tile->first == first) {
        return LB_OK;
    }
    LB_TRY(lb_image_set_check(s->set, s->device->ctx));
    tile->first = first;
    tile->count = s->n - first < s->most ? s->n - first : s->most;
    for (size_t i = 0; i < tile->count; i++) {
        lb_image_set_values(s->set, first + i, tile->images + i * s->d);
        centre(s, tile->images + i * s->d, s->centred + i * s->d);
    }
    return lb_buffer_write(s->device, tile->centred, 0, s->centred,
                           tile->count * s->d * sizeof(float));
}

/* Images per tile: limited by the device's largest buffer, including packing overhead. */
static size_t tile_images(const struct search *s, size_t bytes)
{
    const uint64_t limit = s->device->info.max_allocation_bytes / 2;
    size_t most = bytes > 0 ? bytes : TILE_BYTES;
    most = limit > 0 && most > limit ? (size_t)limit : most;
    most /= s->d * sizeof(float);
    most = most < BLOCK_NUMBERS ? most : BLOCK_NUMBERS;
    return most < 1 ? 1 : most < s->n ? most : s->n;
}

static enum lb_status search_create(struct search *s, struct lb_device *device,
                                    const struct lb_image_set *set, size_t k, size_t tile_bytes)
{
    const size_t n = set->count;
    *s = (struct search){.device = device, .set = set, .n = n, .d = set->size, .k = k};
    s->most = tile_images(s, tile_bytes);
    s->rows = BLOCK_NUMBERS / s->most < BLOCK_ROWS ? BLOCK_NUMBERS / s->most : BLOCK_ROWS;
    const size_t bytes = s->most * s->d * sizeof(float);
    s->mean = calloc(s->d, sizeof *s->mean);
    s->norms = malloc(n * sizeof *s->norms);
    s->centred = malloc(bytes);
    s->products = malloc(s->rows * s->most * sizeof *s->products);
    s->upper = malloc(s->most * k * sizeof *s->upper);
    if (s->mean == NULL || s->norms == NULL || s->centred == NULL || s->products == NULL ||
        s->upper == NULL) {
        return lb_fail_memory(device->ctx, "nearest neighbours");
    }
    for (size_t i = 0; i < (s->most < n ? 2 : 1); i++) {
        s->tiles[i].images = malloc(bytes);
        if (s->tiles[i].images == NULL) {
            return lb_fail_memory(device->ctx, "nearest neighbours");
        }
        LB_TRY(lb_buffer_create(device, &s->tiles[i].centred, bytes, "images"));
    }
    LB_TRY(lb_gemm_create(&s->gemm, device, LB_GEMM_AUTO));
    LB_TRY(lb_buffer_create(device, &s->products_mem, s->rows * s->most * sizeof *s->products,
                            "inner products"));
    return measure(s);
}

/* products (rows, b->count) = images first.. of tile a times all images of tile b. */
static enum lb_status multiply(struct search *s, const struct tile *a, size_t first, size_t rows,
                               const struct tile *b)
{
    const struct lb_gemm_call call = {
        .transpose_b = true,
        .m = (int)rows,
        .n = (int)b->count,
        .k = (int)s->d,
        .a = {a->centred, first * s->d, s->d},
        .b = {b->centred, 0, s->d},
        .c = {s->products_mem, 0, b->count},
        .epilogue = {.kind = LB_EPILOGUE_NONE},
    };
    LB_TRY(lb_gemm_run(s->gemm, &call));
    return lb_buffer_read(s->device, s->products_mem, 0, s->products,
                          rows * b->count * sizeof *s->products);
}

/*
 * |a - b|^2 = |a|^2 + |b|^2 - 2 a b up to `error`: a sum of D products rounds by at most D u |a|
 * |b| in any order, and centring changed each image by at most u times its norm. Doubled for
 * safety.
 */
static double square_of(const struct search *s, size_t i, size_t j, float product, double *error)
{
    const double a = s->norms[i];
    const double b = s->norms[j];
    const double square = a * a + b * b - 2.0 * (double)product;
    *error = 4.0 * UNIT * ((double)s->d * a * b + (a + b) * (a + b));
    if (!isfinite(square) || !isfinite(*error)) { // beyond the range of float32: no information
        *error = INFINITY;
        return 0.0;
    }
    return square;
}

/* Inserts a value into the k smallest so far, ascending. */
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

static double distance_of(const float *a, const float *b, size_t d)
{
    double sum = 0.0;
    for (size_t k = 0; k < d; k++) {
        const double difference = (double)a[k] - (double)b[k];
        sum += difference * difference;
    }
    return sqrt(sum);
}

/* Inserts image j. j increases between calls, so that among equal distances the lower number
 * stays. */
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

/*
 * Updates the k nearest of image `row` of tile a with the images of tile b, using its row of
 * products. The bound shrinks from tile to tile: candidates accepted too early are displaced by
 * nearer ones later.
 */
static void choose(struct search *s, const struct tile *a, size_t row, const struct tile *b,
                   const float *products, struct lb_neighbour *nearest)
{
    const size_t i = a->first + row;
    double *upper = s->upper + row * s->k;
    double error;
    for (size_t m = 0; m < b->count; m++) {
        if (b->first + m != i) {
            const double square = square_of(s, i, b->first + m, products[m], &error);
            insert_bound(upper, s->k, square + error);
        }
    }
    for (size_t m = 0; m < b->count; m++) {
        const double square = square_of(s, i, b->first + m, products[m], &error);
        if (b->first + m != i && square - error <= upper[s->k - 1]) {
            const double distance = distance_of(a->images + row * s->d, b->images + m * s->d, s->d);
            insert_neighbour(nearest, s->k, b->first + m, distance);
        }
    }
}

/* Updates the nearest (a->count, k) of all images of tile a with tile b. */
static enum lb_status choose_all(struct search *s, const struct tile *a, const struct tile *b,
                                 struct lb_neighbour *nearest)
{
    for (size_t first = 0; first < a->count; first += s->rows) {
        const size_t rows = a->count - first < s->rows ? a->count - first : s->rows;
        LB_TRY(multiply(s, a, first, rows, b));
        for (size_t row = 0; row < rows; row++) {
            choose(s, a, first + row, b, s->products + row * b->count,
                   nearest + (first + row) * s->k);
        }
    }
    return LB_OK;
}

/* Finds the nearest (a->count, k) of tile a's images among all. */
static enum lb_status search_tile(struct search *s, const struct tile *a,
                                  struct lb_neighbour *nearest)
{
    for (size_t e = 0; e < a->count * s->k; e++) {
        s->upper[e] = INFINITY;
        nearest[e] = (struct lb_neighbour){UINT32_MAX, INFINITY};
    }
    for (size_t first = 0; first < s->n; first += s->most) {
        if (first == a->first) {
            LB_TRY(choose_all(s, a, a, nearest));
        } else {
            LB_TRY(tile_load(s, &s->tiles[1], first));
            LB_TRY(choose_all(s, a, &s->tiles[1], nearest));
        }
    }
    return LB_OK;
}

enum lb_status lb_find_neighbours(struct lb_device *device, const struct lb_image_set *set,
                                  size_t k, size_t tile_bytes, struct lb_neighbour *neighbours)
{
    const size_t n = set->count;
    if (n > INT_MAX) {
        return lb_fail(device->ctx, LB_ERR_ARGUMENT, "%zu images: too many (use fewer)", n);
    }
    struct search s;
    enum lb_status status = LB_OK;
    LB_CHECK(search_create(&s, device, set, k, tile_bytes));
    for (size_t first = 0; first < n; first += s.most) {
        LB_CHECK(tile_load(&s, &s.tiles[0], first));
        LB_CHECK(search_tile(&s, &s.tiles[0], neighbours + first * k));
    }
    LB_CHECK(lb_image_set_check(set, device->ctx));
fail:
    search_free(&s);
    return status;
}
