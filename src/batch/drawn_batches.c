/* Pairs drawn on the device, without repetition. */
#include "batch/batch_source.h"

static struct lb_random_counter counter_of(const struct lb_batch_source *source,
                                           const struct lb_batch_request *request)
{
    return (struct lb_random_counter){source->params.seed, request->stream, request->step,
                                      (uint32_t)request->first};
}

static enum lb_status create(struct lb_batch_source *source)
{
    (void)source; // needs only the dataset's kernels
    return LB_OK;
}

static enum lb_status draw_pairs(struct lb_batch_source *source,
                                 const struct lb_batch_request *request)
{
    return (request->strategy == LB_STRATEGY_CHAIN ? lb_dataset_enqueue_chain_images
                                                   : lb_dataset_enqueue_pair_images)(
        source->dataset, counter_of(source, request), request->rows, request->min_distance,
        request->epsilon, &source->pairs, source->images);
}

static enum lb_status draw_images(struct lb_batch_source *source,
                                  const struct lb_batch_request *request)
{
    LB_TRY(lb_dataset_enqueue_points(source->dataset, counter_of(source, request), request->rows,
                                     source->pairs.points));
    return lb_dataset_enqueue_render(source->dataset, source->pairs.points, request->rows,
                                     source->images);
}

static uint64_t held_out(const struct lb_batch_source *source, bool pairs)
{
    (void)source;
    (void)pairs;
    return 0;
}

const struct lb_batch_source_kind lb_drawn_batches = {create, draw_pairs, draw_images, held_out,
                                                      true};
