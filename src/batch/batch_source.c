/* Choosing a source, and which items its batches hold. */
#include "batch/batch_source.h"

enum { EVALUATION_PAIRS = 8192, EVALUATION_BATCHES = 32 };

static enum lb_status create(struct lb_batch_source *source)
{
    const size_t rows = (size_t)source->params.rows;
    LB_TRY(source->kind->create(source));
    LB_TRY(lb_pair_buffers_create(&source->pairs, source->dataset, rows));
    return lb_buffer_create(source->device, &source->images,
                            3 * rows * source->dataset->image_size * sizeof(float), "images");
}

enum lb_status lb_batch_source_create(struct lb_batch_source *source, struct lb_dataset *dataset,
                                      struct lb_pair_file *file,
                                      const struct lb_batch_source_params *params)
{
    source->kind = file != NULL          ? &lb_pair_file_batches
                   : params->samples > 0 ? &lb_point_batches
                                         : &lb_drawn_batches;
    source->params = *params;
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

struct lb_batch_request lb_training_batch(const struct lb_batch_source *source, bool pairs,
                                          int step)
{
    return (struct lb_batch_request){
        .stream = pairs ? LB_STREAM_PAIRS : LB_STREAM_IMAGES,
        .step = (uint32_t)step,
        .rows = source->params.rows,
    };
}

struct lb_batch_request lb_sample_batch(const struct lb_batch_source *source, bool pairs, int i)
{
    struct lb_batch_request request = lb_training_batch(source, pairs, i);
    if (source->kind->draws_fixed_sample) { // the last numbers of steps, which no training reaches
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
    /* Smaller batches where there are few, so that a standard error can be told. */
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
    };
}
