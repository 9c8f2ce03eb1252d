/* All pairs of a fixed set of points for training, and fresh pairs for evaluation. */
#include <string.h>

#include "batch/batch_source.h"

static enum lb_status create(struct lb_batch_source *source)
{
    const struct lb_batch_source_params *params = &source->params;
    struct lb_point_set *points = &source->points;
    struct lb_context *ctx = source->device->ctx;
    const size_t batch = (size_t)params->rows;
    const size_t n = (size_t)params->samples;
    LB_TRY(lb_point_set_create(points, source->dataset, params->seed, params->samples,
                               params->min_distance, params->epsilon));
    if (points->pair_count < batch) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "--samples %zu: %zu pairs among the points are between %g and %g apart, but "
                       "a step needs %zu (raise --samples or --epsilon, or lower --pairs)",
                       n, points->pair_count, params->min_distance, params->epsilon, batch);
    }
    if (params->describe) {
        lb_log(ctx, LB_LOG_INFO,
               "samples  %zu points, %zu pairs among them: an epoch is %.4g steps", n,
               points->pair_count, (double)points->pair_count / (double)batch);
    }
    lb_order_start(&source->pair_order, points->pair_count, params->seed, LB_STREAM_PAIR_ORDER);
    lb_order_start(&source->image_order, n, params->seed, LB_STREAM_IMAGE_ORDER);
    return lb_upload_create(&source->upload, source->device, batch * sizeof(cl_uint));
}

/* The batch's numbers in training order, on the device. A pair is swapped in every other epoch, so
 * that x, the only image decoded in joint mode, covers every point. */
static enum lb_status choose(struct lb_batch_source *source, struct lb_order *order,
                             const struct lb_batch_request *request, bool swap, cl_mem *choice)
{
    const uint64_t start = (uint64_t)request->step * (uint64_t)source->params.rows + request->first;
    unsigned char *host;
    LB_TRY(lb_upload_begin(&source->upload, &host));
    for (int i = 0; i < request->rows; i++) {
        const uint64_t position = start + (uint64_t)i;
        cl_uint number = (cl_uint)lb_order_at(order, position);
        if (swap && ((position / order->n + number) & 1) != 0) {
            number |= LB_POINT_SET_SWAP;
        }
        memcpy(host + (size_t)i * sizeof number, &number, sizeof number);
    }
    return lb_upload_send(&source->upload, (size_t)request->rows * sizeof(cl_uint), choice);
}

static enum lb_status take_pairs(struct lb_batch_source *source,
                                 const struct lb_batch_request *request)
{
    cl_mem choice;
    if (request->stream == LB_STREAM_FINAL_PAIRS) {
        return lb_drawn_batches.fill_pairs(source, request);
    }
    LB_TRY(choose(source, &source->pair_order, request, true, &choice));
    LB_TRY(lb_point_set_gather_pairs(&source->points, choice, request->rows, &source->pairs));
    LB_TRY(lb_upload_end(&source->upload));
    return lb_dataset_enqueue_render(source->dataset, source->pairs.points, 3 * request->rows,
                                     source->images);
}

static enum lb_status take_images(struct lb_batch_source *source,
                                  const struct lb_batch_request *request)
{
    cl_mem choice;
    if (request->stream == LB_STREAM_FINAL_IMAGES) {
        return lb_drawn_batches.fill_images(source, request);
    }
    LB_TRY(choose(source, &source->image_order, request, false, &choice));
    LB_TRY(
        lb_point_set_gather_points(&source->points, choice, request->rows, source->pairs.points));
    LB_TRY(lb_upload_end(&source->upload));
    return lb_dataset_enqueue_render(source->dataset, source->pairs.points, request->rows,
                                     source->images);
}

static uint64_t held_out(const struct lb_batch_source *source, bool pairs)
{
    return lb_drawn_batches.held_out(source, pairs);
}

const struct lb_batch_source_kind lb_point_batches = {create, take_pairs, take_images, held_out,
                                                      false};
