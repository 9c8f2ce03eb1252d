#include "latent/code_pool.h"

#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "batch/batch_source.h"
#include "nn/network.h"
#include "run/held_out.h"

enum {
    MOST_ROWS = 256, // pairs per batch
    CURVATURE_PAIRS = 2048,
    MOST_FRESH = 4096,
    SPACING_CODES = 256,
};

static const double CURVATURE_SHARE =
    0.9; // fraction of pairs whose curvature is at most the pool's

/* Spacing of a curve's codes, in units of sigma, from which their density under the noise visibly
 * oscillates: by 2 exp(-2 pi^2 / 2^2), 1.4 %. */
static const double SPARSE = 2.0;

/* A run's encoder with a source of batches. */
struct encoding {
    struct lb_run *run;
    struct lb_batch_source source;
    struct lb_activations *activations;
};

static enum lb_status open_encoding(struct encoding *encoding)
{
    struct lb_run *run = encoding->run;
    const struct lb_train_params *params = &run->params;
    const struct lb_layer_list *layers = &run->encoder->layers;
    struct lb_pair_file *file = NULL;
    struct lb_batch_source_params source = {
        .seed = params->seed,
        .epsilon = params->epsilon,
        .min_distance = params->min_distance,
        .rows = lb_activations_rows(layers, LB_PAIR_IMAGES * MOST_ROWS) / LB_PAIR_IMAGES,
    };
    source.rows = source.rows < 1 ? 1 : source.rows;
    if (!lb_run_has_manifold(run)) {
        LB_TRY(lb_run_user_pairs(run, &file));
    }
    LB_TRY(lb_batch_source_create(&encoding->source, run->dataset, file, &source));
    return lb_activations_create(&encoding->activations, run->encoder->device, layers,
                                 LB_PAIR_IMAGES * source.rows, false);
}

static void close_encoding(struct encoding *encoding)
{
    lb_activations_destroy(&encoding->activations);
    lb_batch_source_destroy(&encoding->source);
}

/* Codes (rows, l) of the first images in the source's buffer. */
static enum lb_status encode(struct encoding *encoding, int rows, float *codes)
{
    struct lb_run *run = encoding->run;
    const size_t count = (size_t)rows * run->latent;
    const struct lb_matrix images = {encoding->source.images, 0, run->image_size};
    LB_TRY(lb_network_forward(run->encoder, encoding->activations, images, rows));
    LB_TRY(lb_buffer_read(run->encoder->device, lb_activations_output(encoding->activations), 0,
                          codes, count * sizeof *codes));
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(codes[i])) {
            return lb_fail(run->ctx, LB_ERR_NUMERIC,
                           "%s: a latent code is %g (the weights are damaged or too large: train "
                           "again with a smaller --lr)",
                           run->path, (double)codes[i]);
        }
    }
    return LB_OK;
}

/* Codes of the images in training steps, drawn as in decoder training. */
static enum lb_status encode_training(struct encoding *encoding, struct lb_code_pool *pool)
{
    const size_t l = encoding->run->latent;
    size_t done = 0;
    float *codes = malloc((size_t)encoding->source.params.rows * l * sizeof *codes);
    enum lb_status status = LB_OK;
    if (codes == NULL) {
        return lb_fail_memory(encoding->run->ctx, "latent codes");
    }
    for (int step = 0; done < pool->count; step++) {
        const struct lb_batch_request batch = lb_training_batch(&encoding->source, false, step);
        LB_CHECK(lb_batch_source_images(&encoding->source, &batch));
        LB_CHECK(encode(encoding, batch.rows, codes));
        for (size_t i = 0; i < (size_t)batch.rows * l && done < pool->count; i++) {
            pool->codes[done * l + i % l] = codes[i];
            done += i % l == l - 1;
        }
    }
fail:
    free(codes);
    return status;
}

static enum lb_status encode_fresh(struct encoding *encoding, struct lb_code_pool *pool)
{
    const size_t l = encoding->run->latent;
    const struct lb_evaluation_batches batches = lb_plan_evaluation(&encoding->source, false);
    const size_t rows = (size_t)batches.rows;
    pool->fresh = malloc((MOST_FRESH + rows) * l * sizeof *pool->fresh);
    if (pool->fresh == NULL) {
        return lb_fail_memory(encoding->run->ctx, "latent codes");
    }
    for (int i = 0; i < batches.count && pool->fresh_count < (size_t)MOST_FRESH; i++) {
        const struct lb_batch_request batch =
            lb_evaluation_batch(&encoding->source, &batches, false, i);
        LB_TRY(lb_batch_source_images(&encoding->source, &batch));
        LB_TRY(encode(encoding, batch.rows, pool->fresh + pool->fresh_count * l));
        pool->fresh_count += (size_t)batch.rows;
    }
    return LB_OK;
}

/* 8 |(x + y) / 2 - middle| / |y - x|^2 of three codes. */
static double curvature_of(const float *x, const float *y, const float *middle, size_t l)
{
    double off = 0.0;
    double chord = 0.0;
    for (size_t j = 0; j < l; j++) {
        const double difference = (double)y[j] - (double)x[j];
        const double rise = 0.5 * ((double)x[j] + (double)y[j]) - (double)middle[j];
        off += rise * rise;
        chord += difference * difference;
    }
    return chord > 0.0 ? 8.0 * sqrt(off) / chord : 0.0;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static enum lb_status measure_curvature(struct encoding *encoding, struct lb_code_pool *pool)
{
    const size_t l = encoding->run->latent;
    const struct lb_evaluation_batches batches = lb_plan_evaluation(&encoding->source, true);
    const size_t most = (size_t)batches.rows;
    float *codes = malloc(LB_PAIR_IMAGES * most * l * sizeof *codes);
    double *found = calloc(CURVATURE_PAIRS + most, sizeof *found);
    size_t n = 0;
    enum lb_status status = LB_OK;
    if (codes == NULL || found == NULL) {
        status = lb_fail_memory(encoding->run->ctx, "curvature");
        goto fail;
    }
    for (int b = 0; b < batches.count && n < (size_t)CURVATURE_PAIRS; b++) {
        const struct lb_batch_request batch =
            lb_evaluation_batch(&encoding->source, &batches, true, b);
        const size_t rows = (size_t)batch.rows;
        LB_CHECK(lb_batch_source_pairs(&encoding->source, &batch));
        LB_CHECK(encode(encoding, lb_batch_pair_images(&batch), codes));
        for (size_t i = 0; i < rows; i++) {
            found[n++] =
                curvature_of(codes + i * l, codes + (rows + i) * l, codes + (2 * rows + i) * l, l);
        }
    }
    LB_CHECK(lb_batch_source_check(&encoding->source));
    qsort(found, n, sizeof *found, compare);
    pool->curvature = n > 0 ? found[(size_t)(CURVATURE_SHARE * (double)(n - 1))] : 0.0;
fail:
    free(codes);
    free(found);
    return status;
}

static enum lb_status find_moments(const struct lb_run *run, struct lb_code_pool *pool)
{
    const size_t l = run->latent;
    double variance = 0.0;
    for (size_t j = 0; j < l; j++) {
        double sum = 0.0;
        double squares = 0.0;
        for (size_t i = 0; i < pool->count; i++) {
            sum += (double)pool->codes[i * l + j];
        }
        const double mean = sum / (double)pool->count;
        for (size_t i = 0; i < pool->count; i++) {
            const double off = (double)pool->codes[i * l + j] - mean;
            squares += off * off;
        }
        pool->mean[j] = (float)mean;
        variance += squares / (double)pool->count;
    }
    pool->spread = sqrt(variance);
    return pool->spread > 0.0
               ? LB_OK
               : lb_fail(run->ctx, LB_ERR_NUMERIC,
                         "%s: all latent codes are equal (train with a smaller --lambda)",
                         run->path);
}

/* Distance of code `i` to the nearest code of a different image; the pool may hold copies. */
static double nearest(const struct lb_code_pool *pool, size_t i, size_t l)
{
    double least = (double)INFINITY;
    for (size_t k = 0; k < pool->count; k++) {
        float square = 0.0f;
        for (size_t j = 0; j < l; j++) {
            const float off = pool->codes[i * l + j] - pool->codes[k * l + j];
            square += off * off;
        }
        if (square > 0.0f && (double)square < least) {
            least = (double)square;
        }
    }
    return sqrt(least);
}

static void find_spacing(struct lb_code_pool *pool, size_t l)
{
    double found[SPACING_CODES] = {0.0};
    const size_t n = pool->count < (size_t)SPACING_CODES ? pool->count : (size_t)SPACING_CODES;
    for (size_t i = 0; i < n; i++) {
        found[i] = nearest(pool, i, l);
    }
    qsort(found, n, sizeof *found, compare);
    pool->spacing = found[n / 2];
}

enum lb_status lb_code_pool_create(struct lb_code_pool *pool, struct lb_run *run, size_t count)
{
    struct encoding encoding = {.run = run};
    enum lb_status status = LB_OK;
    pool->count = count;
    pool->codes = calloc(count * run->latent, sizeof *pool->codes);
    pool->mean = malloc(run->latent * sizeof *pool->mean);
    if (pool->codes == NULL || pool->mean == NULL) {
        return lb_fail_memory(run->ctx, "latent codes");
    }
    LB_CHECK(open_encoding(&encoding));
    LB_CHECK(encode_training(&encoding, pool));
    LB_CHECK(encode_fresh(&encoding, pool));
    LB_CHECK(measure_curvature(&encoding, pool));
    LB_CHECK(find_moments(run, pool));
    if (!lb_run_has_manifold(run)) {
        find_spacing(pool, run->latent);
    }
fail:
    close_encoding(&encoding);
    return status;
}

void lb_code_pool_check_spacing(const struct lb_code_pool *pool, const struct lb_run *run,
                                double sigma)
{
    char found[64];
    char wanted[64];
    if (!(pool->spacing > SPARSE * sigma)) {
        return;
    }
    lb_format(found, sizeof found, "%.3g, but sigma is %.3g", pool->spacing, sigma);
    lb_format(wanted, sizeof wanted, "%.2g", pool->spacing / SPARSE);
    lb_log(run->ctx, LB_LOG_WARNING,
           "%s: the distance between codes of neighbouring images is %s: the projection may see "
           "isolated codes instead of a manifold (use more images, or --sigma %s)",
           run->path, found, wanted);
}

void lb_code_pool_destroy(struct lb_code_pool *pool)
{
    free(pool->codes);
    free(pool->fresh);
    free(pool->mean);
    *pool = (struct lb_code_pool){0};
}
