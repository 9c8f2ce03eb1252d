/* Choosing the source of batches; the one of fresh pairs. */
#include "batch/source.h"

#include "train/trainer.h"

enum lb_status lb_batch_source_create(struct lb_trainer *trainer, struct lb_pair_file *file)
{
    struct lb_batch_source *source = &trainer->source;
    source->file = file;
    source->kind = file != NULL                  ? &lb_batch_source_file
                   : trainer->params.samples > 0 ? &lb_batch_source_points
                                                 : &lb_batch_source_fresh;
    return source->kind->create(trainer);
}

void lb_batch_source_destroy(struct lb_batch_source *source)
{
    lb_upload_destroy(&source->upload);
    lb_point_set_destroy(&source->points);
}

static struct lb_random_counter draw_of(const struct lb_trainer *trainer, struct lb_batch batch)
{
    return (struct lb_random_counter){trainer->params.seed, batch.stream, batch.step, 0};
}

static enum lb_status create(struct lb_trainer *trainer)
{
    (void)trainer; // the dataset's kernels are all it takes
    return LB_OK;
}

static enum lb_status draw_pairs(struct lb_trainer *trainer, struct lb_batch batch)
{
    const struct lb_train_params *params = &trainer->params;
    return lb_dataset_enqueue_pair_images(trainer->dataset, draw_of(trainer, batch), batch.rows,
                                          params->min_distance, params->epsilon, &trainer->pairs,
                                          trainer->images);
}

static enum lb_status draw_images(struct lb_trainer *trainer, struct lb_batch batch)
{
    LB_TRY(lb_dataset_enqueue_points(trainer->dataset, draw_of(trainer, batch), batch.rows,
                                     trainer->pairs.points));
    return lb_dataset_enqueue_render(trainer->dataset, trainer->pairs.points, batch.rows,
                                     trainer->images);
}

static uint64_t held_out(const struct lb_trainer *trainer, bool pairs)
{
    (void)trainer;
    (void)pairs;
    return 0; // no pair is ever drawn twice
}

const struct lb_batch_source_kind lb_batch_source_fresh = {create, draw_pairs, draw_images,
                                                           held_out};
