/* Start of a run: normalisation of images and initial weights, from the seed and a fixed sample of
 * the source. */
#include <math.h>
#include <stdlib.h>

#include "train/part.h"
#include "train/share.h"
#include "train/trainer.h"

/* ---- a fixed sample of images ---------------------------------------------------------------- */

/* Enough for means over all pixels, and for the mean of each pixel. */
enum { NORMALISATION_IMAGES = 256, MEAN_IMAGES = 1024 };

/* Calls add(user, images (rows, D), rows) until all ranks together have seen at least n images. */
static enum lb_status sample_images(struct lb_trainer *trainer, int n,
                                    void (*add)(void *user, const float *images, size_t rows),
                                    void *user)
{
    struct lb_device *device = trainer->device;
    const size_t image = trainer->batches.dataset->image_size * sizeof(float);
    const int rows = trainer->params.pairs;
    float *images = malloc((size_t)lb_most_part_rows(trainer->ranks, &trainer->params) * image);
    if (images == NULL) {
        return lb_fail_memory(device->ctx, "sample of images");
    }
    enum lb_status status = LB_OK;
    for (int i = 0; (int64_t)i * rows < n; i++) {
        const struct lb_batch_request whole = lb_sample_batch(&trainer->batches, false, i);
        const struct lb_batch_request batch = lb_trainer_own_part(trainer, &whole).batch;
        if (batch.rows > 0) {
            LB_CHECK(lb_batch_source_images(&trainer->batches, &batch));
            LB_CHECK(lb_buffer_read(device, trainer->batches.images, 0, images,
                                    (size_t)batch.rows * image));
            add(user, images, (size_t)batch.rows);
        }
    }
fail:
    free(images);
    return status;
}

/* Sums per channel over images and pixels, or per pixel over images. */
struct moments {
    size_t size;  ///< numbers per image
    size_t count; ///< number of sums: channels, or size
    double n;
    double *sum;    ///< (count)
    double *square; ///< (count)
};

static enum lb_status moments_create(struct moments *moments, struct lb_context *ctx, size_t size,
                                     size_t count)
{
    *moments = (struct moments){.size = size, .count = count};
    moments->sum = calloc(count, sizeof *moments->sum);
    moments->square = calloc(count, sizeof *moments->square);
    return moments->sum != NULL && moments->square != NULL
               ? LB_OK
               : lb_fail_memory(ctx, "moments of images");
}

static void moments_free(struct moments *moments)
{
    free(moments->sum);
    free(moments->square);
}

static void add_moments(void *user, const float *images, size_t rows)
{
    struct moments *moments = user;
    const size_t count = moments->count;
    for (size_t i = 0; i < rows * moments->size; i += count) {
        for (size_t c = 0; c < count; c++) {
            const double value = (double)images[i + c];
            moments->sum[c] += value;
            moments->square[c] += value * value;
        }
        moments->n += 1.0;
    }
}

/* Adds up the moments of all ranks. */
static enum lb_status sum_moments(struct lb_trainer *trainer, struct moments *moments)
{
    LB_TRY(lb_ranks_sum_doubles(trainer->ranks, &moments->n, 1));
    LB_TRY(lb_ranks_sum_doubles(trainer->ranks, moments->sum, moments->count));
    return lb_ranks_sum_doubles(trainer->ranks, moments->square, moments->count);
}

/* ---- the encoder ----------------------------------------------------------------------------- */

/* Standard deviation of a normalised channel. Measured by E of rotating-object and se2-shapes after
 * 800 steps with 256x3: 2 gives 1.25 and 1.30, 1 gives 1.09 and 0.86, 1/2 0.98 and 0.59, 1/4 0.92
 * and 0.53, 1/8 0.93 and 0.56, 1/20 1.00 and 0.63: large inputs make the initial network too rough.
 * The other image datasets hardly distinguish 1/8 from 1. */
static const double image_deviation = 0.25;

/* Normalises images to mean 0 and a common deviation per channel. Points and other plain vectors
 * stay unchanged: their numbers have units, and no pixels to average over. */
static enum lb_status normalise_images(struct lb_trainer *trainer)
{
    struct lb_device *device = trainer->device;
    const struct lb_dataset_info *info = lb_dataset_get_info(trainer->batches.dataset);
    const size_t channels = (size_t)info->channels;
    if (!lb_trainer_normalises(trainer)) {
        return LB_OK;
    }
    struct moments moments;
    float *mean = malloc(channels * sizeof *mean);
    float *scale = malloc(channels * sizeof *scale);
    enum lb_status status =
        moments_create(&moments, device->ctx, trainer->batches.dataset->image_size, channels);
    if (mean == NULL || scale == NULL) {
        status = lb_fail_memory(device->ctx, "moments of images");
    }
    if (status != LB_OK) {
        goto fail;
    }
    LB_CHECK(sample_images(trainer, NORMALISATION_IMAGES, add_moments, &moments));
    LB_CHECK(sum_moments(trainer, &moments));
    for (size_t c = 0; c < channels; c++) {
        const double m = moments.sum[c] / moments.n;
        const double variance = moments.square[c] / moments.n - m * m;
        mean[c] = (float)m;
        scale[c] = variance > 1e-12 ? (float)(image_deviation / sqrt(variance)) : 1.0f; // constant
    }
    LB_CHECK(lb_normalisation_set(&trainer->encoder.network->normalisation, device,
                                  (int)trainer->batches.dataset->image_size, (int)channels, mean,
                                  scale));
fail:
    moments_free(&moments);
    free(mean);
    free(scale);
    return status;
}

static int compare_floats(const void *a, const void *b)
{
    const float x = *(const float *)a;
    const float y = *(const float *)b;
    return (x > y) - (x < y);
}

/* Replaces d of n pairs by |z_y - z_x| / d. */
static void first_quotients(const float *latent, float *distance, size_t n, size_t l)
{
    for (size_t i = 0; i < n; i++) {
        double square = 0.0;
        for (size_t k = 0; k < l; k++) {
            const double difference = (double)latent[(n + i) * l + k] - (double)latent[i * l + k];
            square += difference * difference;
        }
        distance[i] = (float)(sqrt(square) / (double)distance[i]);
    }
}

/* Gathers the first quotients of a batch, of which this rank's part is in the source's buffers. */
static enum lb_status gather_quotients(struct lb_trainer *trainer,
                                       const struct lb_batch_request *whole, float *quotient)
{
    struct lb_device *device = trainer->device;
    const size_t l = (size_t)trainer->params.latent;
    const struct lb_batch_request own = lb_trainer_own_part(trainer, whole).batch;
    const size_t n = (size_t)own.rows;
    float *latent = malloc((3 * n * l + 1) * sizeof *latent);
    float *mine = quotient + (own.first - whole->first);
    enum lb_status status = LB_OK;
    if (latent == NULL) {
        return lb_fail_memory(device->ctx, "initial latents");
    }
    LB_CHECK(lb_buffer_read(device, lb_learner_output(&trainer->encoder), 0, latent,
                            3 * n * l * sizeof *latent));
    LB_CHECK(lb_buffer_read(device, trainer->batches.pairs.distance, 0, mine, n * sizeof *mine));
    first_quotients(latent, mine, n, l);
    LB_CHECK(
        lb_ranks_gather_shares(trainer->ranks, quotient, (size_t)whole->rows, sizeof *quotient));
fail:
    free(latent);
    return status;
}

static enum lb_status scale_to_isometry(struct lb_trainer *trainer,
                                        const struct lb_batch_request *whole)
{
    struct lb_device *device = trainer->device;
    const size_t n = (size_t)whole->rows;
    float *quotient = malloc(n * sizeof *quotient);
    enum lb_status status = LB_OK;
    if (quotient == NULL) {
        return lb_fail_memory(device->ctx, "initial latents");
    }
    LB_CHECK(gather_quotients(trainer, whole, quotient));
    qsort(quotient, n, sizeof *quotient, compare_floats);
    const float median = quotient[n / 2];
    if (!(median > 1e-20f) || !isfinite(median)) {
        status = lb_fail(device->ctx, LB_ERR_NUMERIC,
                         "encoder: its initial weights give a median |first quotient| of %g (use "
                         "another --seed or wider layers)",
                         (double)median);
        goto fail;
    }
    LB_CHECK(lb_network_scale_output(trainer->encoder.network, 1.0f / median));
fail:
    free(quotient);
    return status;
}

/* The batch in the source's buffers. */
static struct lb_matrix images_of(const struct lb_trainer *trainer)
{
    return (struct lb_matrix){trainer->batches.images, 0, trainer->batches.dataset->image_size};
}

/* Pre-activations of encoders with image layers start with this standard deviation. Measured by E
 * of klein-patches, ellipses, se2-shapes and rotating-object after 300 steps of four layers: as
 * good as random weights alone (0.864 vs 0.871, 0.0081 vs 0.0077, 0.483 vs 0.495, 0.307 vs 0.306);
 * with six convolutions after 200 steps better (0.886 vs 0.891, 0.0076 vs 0.0085, 0.482 vs 0.494).
 * 2 in the first layer and 1 in later ones is as good on the third dataset, and 4 to 16 % worse on
 * the second and the last. Dense encoders get worse with any fit: after 400 steps with 256x3, 1 to
 * 3 % with 0.35, up to 63 % with 1, up to 98 % with 2 and 1. They start from random weights. */
static const double encoder_deviation = 0.5;

static enum lb_status sum_of_ranks(void *user, double *values, size_t n)
{
    return lb_ranks_sum_doubles(user, values, n);
}

/* Fits a network to this rank's part of a batch in the source's buffers, or to as many of its
 * images as pass through the network at once. */
static enum lb_status fit_network(struct lb_trainer *trainer, struct lb_learner *learner,
                                  struct lb_matrix input, const struct lb_batch_request *whole,
                                  struct lb_fit fit)
{
    const struct lb_batch_request own = lb_trainer_own_part(trainer, whole).batch;
    fit.sum = trainer->ranks != NULL ? sum_of_ranks : NULL;
    fit.user = trainer->ranks;
    fit.rows_before = (size_t)(own.first - whole->first);
    const int most = learner->activations->rows;
    return lb_network_fit(learner->network, learner->activations, input,
                          own.rows < most ? own.rows : most, &fit);
}

/* Enqueues this rank's images of a batch of the fixed sample. */
static enum lb_status sample_batch(struct lb_trainer *trainer, bool pairs,
                                   struct lb_batch_request *whole, struct lb_batch_request *own)
{
    *whole = lb_sample_batch(&trainer->batches, pairs, 0);
    *own = lb_trainer_own_part(trainer, whole).batch;
    return own->rows == 0 ? LB_OK
           : pairs        ? lb_batch_source_pairs(&trainer->batches, own)
                          : lb_batch_source_images(&trainer->batches, own);
}

static enum lb_status encode(struct lb_trainer *trainer, int rows)
{
    return rows == 0 ? LB_OK : lb_learner_forward(&trainer->encoder, images_of(trainer), rows);
}

static enum lb_status fit_to_images(struct lb_trainer *trainer)
{
    const struct lb_fit fit = {.first = encoder_deviation, .others = encoder_deviation};
    struct lb_batch_request whole;
    struct lb_batch_request own;
    if (!lb_layer_list_has_images(&trainer->encoder.network->layers)) {
        return LB_OK;
    }
    LB_TRY(sample_batch(trainer, false, &whole, &own));
    return fit_network(trainer, &trainer->encoder, images_of(trainer), &whole, fit);
}

enum lb_status lb_trainer_draw_encoder(struct lb_trainer *trainer)
{
    const struct lb_train_params *params = &trainer->params;
    LB_TRY(normalise_images(trainer));
    LB_TRY(
        lb_network_initialise(trainer->encoder.network, params->seed, LB_STREAM_ENCODER_WEIGHTS));
    LB_TRY(fit_to_images(trainer));
    if (params->mode == LB_TRAIN_PLAIN) {
        return lb_trainer_same_parameters(trainer, trainer->encoder.network);
    }
    struct lb_batch_request whole;
    struct lb_batch_request own;
    LB_TRY(sample_batch(trainer, true, &whole, &own));
    LB_TRY(lb_trainer_check(trainer));
    LB_TRY(encode(trainer, lb_batch_pair_images(&own)));
    LB_TRY(scale_to_isometry(trainer, &whole));
    return lb_trainer_same_parameters(trainer, trainer->encoder.network);
}

/* ---- the decoder ----------------------------------------------------------------------------- */

/* The first layer's deviation is chosen by experiment: 1 to 3 work equally well. Without its reach
 * a decoder of small, low-dimensional codes starts nearly linear and stays so for long: the bends
 * of its units must be spread over the data. Fitting the other layers too reduces the error after
 * 500 steps with 256x3 by 7 % on rotating-object, 1 % on se2-shapes, 14 % on sundial, a third on
 * klein-patches and ellipses, and increases it by 6 % on arcs; with silu it reduces it by 25 % on
 * rotating-object, 41 % on klein-patches, 20 % on ellipses, 11 % on arcs. With image layers (the
 * mirror of four), after 250 steps of 32 images, it reduces it by 23 % on klein-patches and 71 % on
 * ellipses. */
static enum lb_status fit_to_codes(struct lb_trainer *trainer)
{
    const struct lb_train_params *params = &trainer->params;
    struct lb_batch_request whole;
    struct lb_batch_request own;
    const struct lb_matrix codes = {lb_learner_output(&trainer->encoder), 0,
                                    (size_t)params->latent};
    const struct lb_fit fit = {.first = 2.0,
                               .first_reach = 1.0,
                               .others = 1.0,
                               .seed = {params->seed, LB_STREAM_DECODER_WEIGHTS}};
    LB_TRY(sample_batch(trainer, false, &whole, &own));
    LB_TRY(encode(trainer, own.rows));
    LB_TRY(fit_network(trainer, &trainer->decoder, codes, &whole, fit));
    return lb_trainer_same_parameters(trainer, trainer->decoder.network);
}

/* The output starts at the mean image, with weights 0: random weights would persist in directions
 * that no code ever takes, and show as noise wherever a straight latent line leaves the codes. */
static enum lb_status start_at_mean(struct lb_trainer *trainer)
{
    struct lb_context *ctx = trainer->device->ctx;
    const size_t size = trainer->batches.dataset->image_size;
    struct moments moments;
    float *mean = malloc(size * sizeof *mean);
    enum lb_status status = moments_create(&moments, ctx, size, size);
    if (mean == NULL) {
        status = lb_fail_memory(ctx, "mean image");
    }
    if (status != LB_OK) {
        goto fail;
    }
    LB_CHECK(sample_images(trainer, MEAN_IMAGES, add_moments, &moments));
    LB_CHECK(sum_moments(trainer, &moments));
    for (size_t i = 0; i < size; i++) {
        mean[i] = (float)(moments.sum[i] / moments.n);
    }
    LB_CHECK(lb_network_start_output(trainer->decoder.network, mean));
fail:
    moments_free(&moments);
    free(mean);
    return status;
}

enum lb_status lb_trainer_draw_decoder(struct lb_trainer *trainer)
{
    LB_TRY(lb_network_initialise(trainer->decoder.network, trainer->params.seed,
                                 LB_STREAM_DECODER_WEIGHTS));
    LB_TRY(start_at_mean(trainer));
    return fit_to_codes(trainer);
}

/* ---- the scale of the codes ------------------------------------------------------------------ */

enum lb_status lb_trainer_latent_spread(struct lb_trainer *trainer, int rows, double *spread)
{
    const size_t l = (size_t)trainer->params.latent;
    const size_t n =
        lb_ranks_share(trainer->ranks, lb_ranks_rank(trainer->ranks), (size_t)rows).count;
    double variance = 0.0;
    float *latent = malloc((n * l + 1) * sizeof *latent);
    double *mean = calloc(l, sizeof *mean);
    enum lb_status status = LB_OK;
    if (latent == NULL || mean == NULL) {
        status = lb_fail_memory(trainer->device->ctx, "latent codes");
        goto fail;
    }
    LB_CHECK(lb_buffer_read(trainer->device, lb_learner_output(&trainer->encoder), 0, latent,
                            n * l * sizeof *latent));
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < l; k++) {
            mean[k] += (double)latent[i * l + k] / (double)rows;
        }
    }
    LB_CHECK(lb_ranks_sum_doubles(trainer->ranks, mean, l));
    for (size_t k = 0; k < l; k++) {
        for (size_t i = 0; i < n; i++) {
            const double deviation = (double)latent[i * l + k] - mean[k];
            variance += deviation * deviation / (double)rows;
        }
    }
    LB_CHECK(lb_ranks_sum_doubles(trainer->ranks, &variance, 1));
    *spread = sqrt(variance);
fail:
    free(latent);
    free(mean);
    return status;
}
