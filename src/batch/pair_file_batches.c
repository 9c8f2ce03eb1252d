/* User pairs from a file, streamed in batches. */
#include <string.h>

#include "batch/batch_source.h"

/* Size of the images of a batch of `rows` pairs, rounded up to a multiple of four, where the
 * distances start. */
static size_t images_bytes(const struct lb_pair_file *file, int rows)
{
    return ((size_t)rows * LB_PAIR_ROLES * file->batch_bytes + 3) / 4 * 4;
}

static size_t slot_bytes(const struct lb_pair_file *file, int rows)
{
    return images_bytes(file, rows) + (size_t)rows * sizeof(cl_float);
}

double lb_pair_file_transfer_bytes(const struct lb_pair_file *file, int rows)
{
    return LB_UPLOAD_SLOTS * (double)slot_bytes(file, rows);
}

static enum lb_status create(struct lb_batch_source *source)
{
    const struct lb_batch_source_params *params = &source->params;
    const struct lb_pair_file *file = source->file;
    lb_order_start(&source->pair_order, file->training, params->seed, LB_STREAM_PAIR_ORDER);
    lb_order_start(&source->image_order, (uint64_t)LB_PAIR_ROLES * file->training, params->seed,
                   LB_STREAM_IMAGE_ORDER);
    if (params->describe) {
        lb_log(file->ctx, LB_LOG_INFO,
               "pairs    %zu for training, %zu held out, distances %.4g to %.4g", file->training,
               file->held_out, file->smallest, file->largest);
    }
    return lb_upload_create(&source->upload, source->device, slot_bytes(file, params->part_rows));
}

/* Converts the first `n` numbers of the batch in `mem` to images. */
static enum lb_status unpack(struct lb_batch_source *source, cl_mem mem, size_t n)
{
    struct lb_device *device = source->device;
    const cl_int count = (cl_int)n;
    cl_kernel kernel;
    if (source->file->dtype != LB_U8) {
        return lb_buffer_copy(device, mem, 0, source->images, 0, n * sizeof(cl_float));
    }
    LB_TRY(lb_kernel_get(device, &kernel, "batch/unpack.cl", "unpack", NULL));
    return lb_launch(device, kernel, LB_NDRANGE(n), LB_ARG(mem), LB_ARG(count),
                     LB_ARG(source->images));
}

/* Position of the first item in training order, or among the held-out items. */
static uint64_t position_of(const struct lb_batch_source *source,
                            const struct lb_batch_request *request)
{
    return (uint64_t)request->step * (uint64_t)source->params.rows + request->first;
}

/* File index of a batch's i-th pair; *swapped in every other epoch, so that x, the only image
 * decoded in joint mode, alternates between both. */
static size_t choose_pair(struct lb_batch_source *source, const struct lb_batch_request *request,
                          int i, bool *swapped)
{
    const uint64_t position = position_of(source, request) + (uint64_t)i;
    *swapped = false;
    if (request->stream == LB_STREAM_FINAL_PAIRS) {
        return lb_pair_file_held_out(source->file, (size_t)position);
    }
    const uint64_t k = lb_order_at(&source->pair_order, position);
    *swapped = ((position / source->pair_order.n + k) & 1) != 0;
    return lb_pair_file_training(source->file, (size_t)k);
}

static enum lb_status take_pairs(struct lb_batch_source *source,
                                 const struct lb_batch_request *request)
{
    const struct lb_pair_file *file = source->file;
    const size_t rows = (size_t)request->rows;
    const size_t distances = images_bytes(file, request->rows);
    unsigned char *host;
    cl_mem mem;
    LB_TRY(lb_pair_file_check(file));
    LB_TRY(lb_upload_begin(&source->upload, &host));
    for (size_t i = 0; i < rows; i++) {
        bool swapped;
        const size_t number = choose_pair(source, request, (int)i, &swapped);
        const float distance = lb_pair_file_distance(file, number);
        const enum lb_pair_role roles[] = {swapped ? LB_PAIR_Y : LB_PAIR_X,
                                           swapped ? LB_PAIR_X : LB_PAIR_Y, LB_PAIR_AVERAGE};
        for (size_t k = 0; k < LB_PAIR_ROLES; k++) {
            lb_pair_file_copy(file, roles[k], number, host + (k * rows + i) * file->batch_bytes);
        }
        memcpy(host + distances + i * sizeof distance, &distance, sizeof distance);
    }
    LB_TRY(lb_upload_send(&source->upload, distances + rows * sizeof(float), &mem));
    LB_TRY(unpack(source, mem, LB_PAIR_ROLES * rows * file->image_size));
    LB_TRY(lb_buffer_copy(source->device, mem, distances, source->pairs.distance, 0,
                          rows * sizeof(float)));
    return lb_upload_end(&source->upload);
}

/* Copies the images of all three roles; in the combined sequence those of one pair are adjacent. */
static enum lb_status take_images(struct lb_batch_source *source,
                                  const struct lb_batch_request *request)
{
    const struct lb_pair_file *file = source->file;
    const uint64_t start = position_of(source, request);
    const bool final = request->stream == LB_STREAM_FINAL_IMAGES;
    const size_t rows = (size_t)request->rows;
    unsigned char *host;
    cl_mem mem;
    LB_TRY(lb_pair_file_check(file));
    LB_TRY(lb_upload_begin(&source->upload, &host));
    for (size_t i = 0; i < rows; i++) {
        const uint64_t position = start + i;
        const uint64_t k = final ? position : lb_order_at(&source->image_order, position);
        const size_t pair = (size_t)(k / LB_PAIR_ROLES);
        const size_t number =
            final ? lb_pair_file_held_out(file, pair) : lb_pair_file_training(file, pair);
        lb_pair_file_copy(file, (enum lb_pair_role)(k % LB_PAIR_ROLES), number,
                          host + i * file->batch_bytes);
    }
    LB_TRY(lb_upload_send(&source->upload, rows * file->batch_bytes, &mem));
    LB_TRY(unpack(source, mem, rows * file->image_size));
    return lb_upload_end(&source->upload);
}

static uint64_t held_out(const struct lb_batch_source *source, bool pairs)
{
    const uint64_t count = source->file->held_out;
    return pairs ? count : LB_PAIR_ROLES * count;
}

const struct lb_batch_source_kind lb_pair_file_batches = {create, take_pairs, take_images, held_out,
                                                          false};
