#include "train/share.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "device/vector.h"
#include "geometry/distance_matrix.h"
#include "nn/code_noise.h"
#include "run/phase.h"
#include "run/settings.h"
#include "train/training_self_test.h"

enum { SLOT_FLOATS = 4 };

/* ---- parts ----------------------------------------------------------------------------------- */

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

struct lb_trainer_part lb_trainer_part(const struct lb_trainer *trainer, int rank,
                                       const struct lb_batch_request *whole)
{
    const struct lb_share share = lb_ranks_share(trainer->ranks, rank, (size_t)whole->rows);
    struct lb_trainer_part part = {lb_batch_part(whole, share.first, share.count), 0};
    part.decoded = part.batch.rows;
    /* Of chains all first points are decoded, and as many second points as are needed to reach the
     * number of pairs */
    if (whole->strategy == LB_STRATEGY_CHAIN) {
        const int more = trainer->params.pairs - whole->rows;
        part.decoded += clamp(more - (int)share.first, 0, part.batch.rows);
    }
    return part;
}

struct lb_trainer_part lb_trainer_own_part(const struct lb_trainer *trainer,
                                           const struct lb_batch_request *whole)
{
    return lb_trainer_part(trainer, lb_ranks_rank(trainer->ranks), whole);
}

/* ---- sums ------------------------------------------------------------------------------------ */

/* Items of a batch in rank r's mean of a loss, divided by those of the whole batch. */
static double share_of(const struct lb_trainer *trainer, const struct lb_loss *loss, int rank,
                       const struct lb_batch_request *whole)
{
    const struct lb_trainer_part part = lb_trainer_part(trainer, rank, whole);
    const bool chains = whole->strategy == LB_STRATEGY_CHAIN;
    if (loss == &trainer->reconstruction.loss && chains) {
        return (double)part.decoded / trainer->params.pairs;
    }
    return (double)part.batch.rows / whole->rows;
}

/* Combines a gradient in parts in the learner's own buffer. */
static enum lb_status join_parts(struct lb_learner *learner)
{
    struct lb_device *device = learner->rule.device;
    const cl_mem from = learner->gradient.mem;
    const cl_mem to = learner->rule.adam.gradient;
    const cl_ulong zero = 0;
    const cl_int parts = learner->gradient.parts;
    const cl_int one = 1;
    const cl_int n = (cl_int)learner->rule.adam.count;
    const cl_int add = 0;
    cl_kernel kernel;
    if (from == to) {
        return LB_OK;
    }
    LB_TRY(lb_kernel_get(device, &kernel, "gemm/add_parts.cl", "add_parts", NULL));
    LB_TRY(lb_launch(device, kernel, LB_NDRANGE(n), LB_ARG(from), LB_ARG(zero), LB_ARG(parts),
                     LB_ARG(to), LB_ARG(zero), LB_ARG(n), LB_ARG(one), LB_ARG(n), LB_ARG(add)));
    learner->gradient = (struct lb_gradient){to, 1};
    return LB_OK;
}

static enum lb_status sum_gradient(struct lb_trainer *trainer, struct lb_learner *learner,
                                   const float *weights)
{
    struct lb_device *device = trainer->device;
    const size_t n = learner->rule.adam.count;
    void *values = NULL;
    LB_TRY(join_parts(learner));
    LB_TRY(lb_buffer_map(device, learner->rule.adam.gradient, n * sizeof(float), &values));
    LB_TRY(learner->gradient_block.part != NULL
               ? lb_rank_block_sum(&learner->gradient_block, trainer->ranks, n, weights,
                                   !learner->shares)
           : learner->shares ? lb_ranks_sum_share(trainer->ranks, values, n, weights)
                             : lb_ranks_sum(trainer->ranks, values, n, weights));
    return lb_buffer_unmap(device, learner->rule.adam.gradient, values);
}

/* Sums the losses' slots, one float4 each, and the ranks' stop flags. */
static enum lb_status sum_slots(struct lb_trainer *trainer, const struct lb_loss *const *losses,
                                int n, const struct lb_batch_request *whole, int slot)
{
    struct lb_device *device = trainer->device;
    const size_t bytes = SLOT_FLOATS * sizeof(float);
    const int rank = lb_ranks_rank(trainer->ranks);
    float values[LB_TRAINER_LOSSES * SLOT_FLOATS + 1] = {0.0f};
    const int stop = n * SLOT_FLOATS;
    for (int i = 0; i < n; i++) {
        const double share = share_of(trainer, losses[i], rank, whole);
        float *own = values + i * SLOT_FLOATS;
        if (share > 0.0) {
            LB_TRY(lb_loss_read(losses[i], slot, 1, own));
            for (int k = 0; k < SLOT_FLOATS; k++) {
                own[k] *= (float)share;
            }
        }
    }
    values[stop] = trainer->wants_stop ? 1.0f : 0.0f;
    LB_TRY(lb_ranks_sum(trainer->ranks, values, (size_t)stop + 1, trainer->ones));
    trainer->wants_stop = values[stop] > 0.0f;
    for (int i = 0; i < n; i++) {
        LB_TRY(lb_buffer_write(device, losses[i]->slots, (size_t)slot * bytes,
                               values + i * SLOT_FLOATS, bytes));
    }
    return LB_OK;
}

enum lb_status lb_trainer_sum_step(struct lb_trainer *trainer, enum lb_phase phase,
                                   const struct lb_batch_request *whole,
                                   struct lb_learner *const *learners, size_t n, int slot)
{
    const struct lb_loss *losses[LB_TRAINER_LOSSES];
    const int count = lb_trainer_losses(trainer, phase, (int)whole->step, losses);
    if (trainer->ranks == NULL) {
        return LB_OK;
    }
    for (int rank = 0; rank < lb_ranks_size(trainer->ranks); rank++) {
        const struct lb_trainer_part part = lb_trainer_part(trainer, rank, whole);
        trainer->weights[rank] = (float)((double)part.batch.rows / whole->rows);
    }
    for (size_t i = 0; i < n; i++) {
        if (learners[i] != NULL) {
            LB_TRY(sum_gradient(trainer, learners[i], trainer->weights));
        }
    }
    return sum_slots(trainer, losses, count, whole, slot);
}

enum lb_status lb_trainer_sum_evaluation(struct lb_trainer *trainer, enum lb_phase phase,
                                         const struct lb_evaluation_batches *batches, bool pairs,
                                         int first)
{
    const struct lb_loss *losses[LB_TRAINER_LOSSES];
    const int last = lb_phase_steps(&trainer->params, phase);
    const int count = lb_trainer_losses(trainer, phase, last, losses);
    const int rank = lb_ranks_rank(trainer->ranks);
    const size_t floats = (size_t)batches->count * SLOT_FLOATS;
    if (trainer->ranks == NULL) {
        return LB_OK;
    }
    float *values = malloc(floats * sizeof *values);
    enum lb_status status =
        values != NULL ? LB_OK : lb_fail_memory(trainer->device->ctx, "loss history");
    for (int i = 0; i < count && status == LB_OK; i++) {
        LB_CHECK(lb_loss_read(losses[i], first, batches->count, values));
        for (int k = 0; k < batches->count; k++) {
            const struct lb_batch_request whole =
                lb_evaluation_batch(&trainer->batches, batches, pairs, k);
            const double share = share_of(trainer, losses[i], rank, &whole);
            for (int j = k * SLOT_FLOATS; j < (k + 1) * SLOT_FLOATS; j++) {
                values[j] = share > 0.0 ? (float)share * values[j] : 0.0f;
            }
        }
        LB_CHECK(lb_ranks_sum(trainer->ranks, values, floats, trainer->ones));
        LB_CHECK(lb_buffer_write(trainer->device, losses[i]->slots,
                                 (size_t)first * SLOT_FLOATS * sizeof *values, values,
                                 floats * sizeof *values));
    }
fail:
    free(values);
    return status;
}

/* ---- cross pairs ----------------------------------------------------------------------------- */

/* Gathers all ranks' rows of a matrix in `to`; this rank's are the first rows of `from`. */
static enum lb_status gather_matrix(struct lb_trainer *trainer, cl_mem from, cl_mem to, size_t rows,
                                    size_t columns)
{
    struct lb_device *device = trainer->device;
    const size_t row = columns * sizeof(float);
    const struct lb_share own = lb_ranks_share(trainer->ranks, lb_ranks_rank(trainer->ranks), rows);
    char *all = malloc(rows * row);
    enum lb_status status = LB_OK;
    if (all == NULL) {
        return lb_fail_memory(device->ctx, "codes of a batch");
    }
    LB_CHECK(lb_buffer_read(device, from, 0, all + own.first * row, own.count * row));
    LB_CHECK(lb_ranks_gather_shares(trainer->ranks, all, rows, row));
    LB_CHECK(lb_buffer_write(device, to, 0, all, rows * row));
fail:
    free(all);
    return status;
}

enum lb_status lb_trainer_cross_pairs(struct lb_trainer *trainer,
                                      const struct lb_batch_request *whole, int slot)
{
    struct lb_device *device = trainer->device;
    struct lb_batch_source *batches = &trainer->batches;
    const cl_mem latent = lb_learner_output(&trainer->encoder);
    const cl_mem gradient = lb_learner_output_gradient(&trainer->encoder);
    const int rows = whole->rows;
    const int l = trainer->params.latent;
    const size_t row = (size_t)l * sizeof(float);
    const struct lb_trainer_part own = lb_trainer_own_part(trainer, whole);
    const struct lb_shared_codes *all = &trainer->all;
    if (trainer->ranks == NULL) {
        LB_TRY(lb_dataset_enqueue_distance_matrix(batches->dataset, batches->pairs.points, rows,
                                                  trainer->cross.distance));
        return lb_cross_run(&trainer->cross, latent, rows, l, gradient, (int)whole->step, slot);
    }
    const size_t n = (size_t)rows;
    const size_t first = (size_t)(own.batch.first - whole->first);
    const size_t count = (size_t)own.batch.rows;
    LB_TRY(gather_matrix(trainer, batches->pairs.points, all->points, n,
                         (size_t)lb_dataset_get_info(batches->dataset)->point_size));
    LB_TRY(gather_matrix(trainer, latent, all->codes, n, (size_t)l));
    LB_TRY(lb_dataset_enqueue_distance_matrix(batches->dataset, all->points, rows,
                                              trainer->cross.distance));
    LB_TRY(lb_buffer_copy(device, gradient, 0, all->gradient, first * row, count * row));
    /* The ranks' gradients are means over their own rows */
    trainer->cross.gradient_scale = count > 0 ? (double)n / (double)count : 1.0;
    LB_TRY(
        lb_cross_run(&trainer->cross, all->codes, rows, l, all->gradient, (int)whole->step, slot));
    return lb_buffer_copy(device, all->gradient, first * row, gradient, 0, count * row);
}

/* ---- other parts of a step ------------------------------------------------------------------- */

enum lb_status lb_trainer_add_noise(struct lb_trainer *trainer,
                                    const struct lb_batch_request *whole, int step)
{
    const struct lb_train_params *params = &trainer->params;
    const struct lb_trainer_part own = lb_trainer_own_part(trainer, whole);
    const cl_mem codes = lb_learner_output(&trainer->encoder);
    const size_t l = (size_t)params->latent;
    const size_t first = (size_t)(own.batch.first - whole->first);
    const size_t rows = (size_t)own.batch.rows;
    const size_t decoded = (size_t)own.decoded;
    if (!(params->code_noise > 0.0)) {
        return LB_OK;
    }
    LB_TRY(lb_code_noise_add_part(trainer->device, codes, 0, first * l,
                                  (rows < decoded ? rows : decoded) * l, params->code_noise,
                                  params->seed, (uint32_t)step));
    if (decoded <= rows) {
        return LB_OK;
    }
    /* Second points of chains follow all first ones: of this part in the buffer, of the batch in
     * the noise */
    return lb_code_noise_add_part(trainer->device, codes, rows * l,
                                  ((size_t)whole->rows + first) * l, (decoded - rows) * l,
                                  params->code_noise, params->seed, (uint32_t)step);
}

double lb_trainer_decoded_scale(const struct lb_trainer *trainer,
                                const struct lb_batch_request *whole)
{
    const struct lb_trainer_part own = lb_trainer_own_part(trainer, whole);
    if (trainer->ranks == NULL || own.batch.rows == 0 || whole->strategy != LB_STRATEGY_CHAIN) {
        return 1.0;
    }
    return (double)own.decoded / trainer->params.pairs * whole->rows / own.batch.rows;
}

/* The settings as in config.json, except for file locations and the GEMM back end, which differs
 * between devices. */
static char *settings_text(const struct lb_trainer *trainer)
{
    struct lb_train_params params = trainer->params;
    json_t *object = json_object();
    char *text = NULL;
    memset(params.dataset, 0, sizeof params.dataset);
    memset(params.mesh, 0, sizeof params.mesh);
    params.gemm = LB_GEMM_AUTO;
    if (object != NULL && lb_settings_to_json(&params, object)) {
        text = lb_json_print(object, JSON_REAL_PRECISION(15));
    }
    json_decref(object);
    return text;
}

/* Ranks with identical rounding keep identical parameters by themselves. */
static enum lb_status compare_devices(struct lb_trainer *trainer)
{
    const struct lb_device_info *info = lb_device_get_info(trainer->device);
    char text[sizeof info->name + sizeof info->driver + 32];
    snprintf(text, sizeof text, "%s %s %u %d", info->name, info->driver, info->vector_width,
             (int)lb_gemm_get_kind(trainer->gemm));
    return lb_ranks_find_same(trainer->ranks, text, &trainer->alike);
}

static enum lb_status require_same_kernels(struct lb_trainer *trainer)
{
    struct lb_context *ctx = trainer->device->ctx;
    uint64_t hash = 0;
    char text[32];
    LB_TRY(
        lb_ranks_agree(trainer->ranks, ctx,
                       lb_self_test_hash_files(trainer->device, &lb_training_self_tests, &hash)));
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return lb_ranks_require_same(trainer->ranks, "its kernel files are", text);
}

enum lb_status lb_trainer_require_same(struct lb_trainer *trainer)
{
    const struct lb_dataset_info *info = lb_dataset_get_info(trainer->data.dataset);
    const struct lb_pair_file *file = trainer->data.file;
    struct lb_context *ctx = trainer->device->ctx;
    char files[256];
    if (trainer->ranks == NULL) {
        return LB_OK;
    }
    char *settings = settings_text(trainer);
    enum lb_status status = settings != NULL ? LB_OK : lb_fail_memory(ctx, "settings");
    status = lb_ranks_agree(trainer->ranks, ctx, status);
    if (status == LB_OK) {
        status = lb_ranks_require_same(trainer->ranks, "its settings are", settings);
    }
    free(settings);
    LB_TRY(status);
    LB_TRY(compare_devices(trainer));
    LB_TRY(require_same_kernels(trainer));
    snprintf(files, sizeof files, "%s %016" PRIx64 " %016" PRIx64 " %016" PRIx64, info->name,
             (uint64_t)info->text_hash, (uint64_t)info->mesh_hash,
             file != NULL ? (uint64_t)file->fingerprint : 0);
    return lb_ranks_require_same(trainer->ranks, "its dataset's files are", files);
}

enum lb_status lb_trainer_share_buffers(struct lb_trainer *trainer)
{
    struct lb_learner *const learners[] = {&trainer->encoder, &trainer->decoder};
    for (size_t i = 0; i < LB_COUNT(learners) && trainer->ranks != NULL; i++) {
        if (learners[i]->network != NULL) {
            LB_TRY(lb_learner_share_buffers(learners[i], trainer->ranks));
        }
    }
    return LB_OK;
}

enum lb_status lb_trainer_check(struct lb_trainer *trainer)
{
    return lb_ranks_agree(trainer->ranks, trainer->device->ctx,
                          lb_batch_source_check(&trainer->batches));
}

/* Completes a buffer of which each rank has its share. `block`, which may be NULL or empty, is the
 * memory that holds it. */
static enum lb_status gather_buffer(struct lb_trainer *trainer, cl_mem mem, size_t n,
                                    struct lb_rank_block *block)
{
    void *values = NULL;
    LB_TRY(lb_buffer_map(trainer->device, mem, n * sizeof(float), &values));
    LB_TRY(block != NULL && block->part != NULL
               ? lb_rank_block_gather(block, trainer->ranks, n)
               : lb_ranks_gather_shares(trainer->ranks, values, n, sizeof(float)));
    return lb_buffer_unmap(trainer->device, mem, values);
}

enum lb_status lb_trainer_share_update(struct lb_trainer *trainer, struct lb_learner *learner)
{
    if (learner->shares) {
        return gather_buffer(trainer, learner->network->parameters, learner->rule.adam.count,
                             &learner->parameters_block);
    }
    return trainer->alike ? LB_OK : lb_trainer_same_parameters(trainer, learner->network);
}

enum lb_status lb_trainer_gather_moments(struct lb_trainer *trainer)
{
    struct lb_learner *const learners[] = {&trainer->encoder, &trainer->decoder};
    for (size_t i = 0; i < LB_COUNT(learners); i++) {
        const struct lb_adam *adam = &learners[i]->rule.adam;
        if (learners[i]->shares) {
            LB_TRY(gather_buffer(trainer, adam->moment1, adam->count, NULL));
            LB_TRY(gather_buffer(trainer, adam->moment2, adam->count, NULL));
        }
    }
    return LB_OK;
}

enum lb_status lb_trainer_same_parameters(struct lb_trainer *trainer, struct lb_network *network)
{
    struct lb_device *device = trainer->device;
    const size_t bytes = network->layers.block_size * sizeof(float);
    void *values = NULL;
    if (trainer->ranks == NULL) {
        return LB_OK;
    }
    LB_TRY(lb_buffer_map(device, network->parameters, bytes, &values));
    LB_TRY(lb_ranks_broadcast(trainer->ranks, values, bytes));
    return lb_buffer_unmap(device, network->parameters, values);
}
