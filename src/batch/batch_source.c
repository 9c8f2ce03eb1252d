/* Selects a batch source, and the items of its batches. */
#include "batch/batch_source.h"

#include <math.h>

enum { EVALUATION_PAIRS = 8192, EVALUATION_BATCHES = 32 };

int lb_batch_pair_images(const struct lb_batch_request *request)
{
    return request->rows *
           (request->strategy == LB_STRATEGY_CHAIN ? LB_CHAIN_IMAGES : LB_PAIR_IMAGES);
}

struct lb_batch_request lb_batch_part(const struct lb_batch_request *whole, size_t first,
                                      size_t rows)
{
    struct lb_batch_request part = *whole;
    part.first += first;
    part.rows = (int)rows;
    return part;
}

int lb_batch_chains(int pairs)
{
    const int64_t chains = (int64_t)LB_PAIR_IMAGES * pairs / LB_CHAIN_IMAGES;
    return chains > 0 ? (int)chains : 1;
}

int lb_batch_most_images(enum lb_strategy strategy, int pairs)
{
    const bool one_chain = strategy == LB_STRATEGY_CHAIN && pairs == 1;
    return one_chain ? LB_CHAIN_IMAGES : LB_PAIR_IMAGES * pairs;
}

static enum lb_status create(struct lb_batch_source *source)
{
    const size_t rows = (size_t)source->params.part_rows;
    const size_t images = (size_t)source->params.part_images;
    LB_TRY(source->kind->create(source));
    LB_TRY(lb_pair_buffers_create(&source->pairs, source->dataset, rows, images));
    return lb_batch_source_hold_images(source, source->params.part_images);
}

enum lb_status lb_batch_source_hold_images(struct lb_batch_source *source, int images)
{
    if (images == source->held) {
        return LB_OK;
    }
    lb_buffer_release(&source->images);
    source->held = 0;
    LB_TRY(lb_buffer_create(source->device, &source->images,
                            (size_t)images * source->dataset->image_size * sizeof(float),
                            "images"));
    source->held = images;
    return LB_OK;
}

enum lb_status lb_batch_source_create(struct lb_batch_source *source, struct lb_dataset *dataset,
                                      struct lb_pair_file *file,
                                      const struct lb_batch_source_params *params)
{
    source->kind = file != NULL          ? &lb_pair_file_batches
                   : params->samples > 0 ? &lb_point_batches
                                         : &lb_drawn_batches;
    source->params = *params;
    if (params->part_rows == 0) {
        source->params.part_rows = params->rows;
    }
    if (params->part_images == 0) {
        source->params.part_images =
            lb_batch_most_images(params->strategy, source->params.part_rows);
    }
    source->device = dataset->device;
    source->dataset = dataset;
    source->file = file;
    return create(source);
}

void lb_batch_source_destroy(struct lb_batch_source *source)
{
    lb_upload_destroy(&source->upload);
    lb_point_set_destroy(&source->points);
    lb_pair_buffers_release(&source->pairs);
    lb_buffer_release(&source->images);
}

enum lb_status lb_batch_source_pairs(struct lb_batch_source *source,
                                     const struct lb_batch_request *request)
{
    return source->kind->fill_pairs(source, request);
}

enum lb_status lb_batch_source_images(struct lb_batch_source *source,
                                      const struct lb_batch_request *request)
{
    return source->kind->fill_images(source, request);
}

enum lb_status lb_batch_source_check(struct lb_batch_source *source)
{
    return lb_pair_buffers_check(source->dataset, &source->pairs);
}

/* Log-linear from epsilon_start to epsilon (method.md, section 2). */
static double epsilon_at(const struct lb_batch_source_params *params, int step)
{
    if (!(params->epsilon_start > 0.0) || !(step < params->falling_steps)) {
        return params->epsilon;
    }
    const double ratio = params->epsilon / params->epsilon_start;
    return params->epsilon_start * pow(ratio, step / params->falling_steps);
}

struct lb_batch_request lb_training_batch(const struct lb_batch_source *source, bool pairs,
                                          int step)
{
    const struct lb_batch_source_params *params = &source->params;
    const enum lb_strategy strategy = pairs ? params->strategy : LB_STRATEGY_BALL;
    const double epsilon = epsilon_at(params, step);
    return (struct lb_batch_request){
        .stream = pairs ? LB_STREAM_PAIRS : LB_STREAM_IMAGES,
        .step = (uint32_t)step,
        .rows = strategy == LB_STRATEGY_CHAIN ? lb_batch_chains(params->rows) : params->rows,
        .strategy = strategy,
        .epsilon = epsilon,
        .min_distance = params->min_distance * (epsilon / params->epsilon),
    };
}

struct lb_batch_request lb_sample_batch(const struct lb_batch_source *source, bool pairs, int i)
{
    struct lb_batch_request request = lb_training_batch(source, pairs, 0);
    request.step = (uint32_t)i;
    request.rows = source->params.rows;
    request.strategy = LB_STRATEGY_BALL;
    if (source->kind->draws_fixed_sample) { // the last step numbers, which no training reaches
        request.step = UINT32_MAX - (uint32_t)i;
    }
    return request;
}

struct lb_evaluation_batches lb_plan_evaluation(const struct lb_batch_source *source, bool pairs)
{
    const int most = source->params.rows;
    const uint64_t held_out = source->kind->held_out(source, pairs);
    if (held_out == 0) {
        const int wanted = (EVALUATION_PAIRS + most - 1) / most;
        const int count = wanted > EVALUATION_BATCHES ? wanted : EVALUATION_BATCHES;
        return (struct lb_evaluation_batches){count, most, most};
    }
    /* Smaller batches if there are few items, so that a standard error can be estimated */
    const uint64_t share = held_out / EVALUATION_BATCHES;
    const int rows = share < 1 ? 1 : share > (uint64_t)most ? most : (int)share;
    const int count = (int)((held_out + (uint64_t)rows - 1) / (uint64_t)rows);
    const int last_rows = (int)(held_out - (uint64_t)(count - 1) * (uint64_t)rows);
    return (struct lb_evaluation_batches){count, rows, last_rows};
}

struct lb_batch_request lb_evaluation_batch(const struct lb_batch_source *source,
                                            const struct lb_evaluation_batches *batches, bool pairs,
                                            int i)
{
    struct lb_batch_request request = {
        .stream = pairs ? LB_STREAM_FINAL_PAIRS : LB_STREAM_FINAL_IMAGES,
        .rows = i + 1 < batches->count ? batches->rows : batches->last_rows,
        .epsilon = source->params.epsilon,
        .min_distance = source->params.min_distance,
    };
    if (source->kind->held_out(source, pairs) == 0) {
        request.step = (uint32_t)i;
    } else {
        request.first = (uint64_t)i * (uint64_t)batches->rows;
    }
    return request;
}

struct lb_batch_request lb_measured_pairs(const struct lb_batch_source *source, uint64_t first,
                                          int rows)
{
    return (struct lb_batch_request){
        .stream = source->kind->held_out(source, true) == 0 ? LB_STREAM_MEASURE_PAIRS
                                                            : LB_STREAM_FINAL_PAIRS,
        .first = first,
        .rows = rows,
        .epsilon = source->params.epsilon,
        .min_distance = source->params.min_distance,
    };
}
