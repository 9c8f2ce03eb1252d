/* Writes the frames of a latent path to a file. */
#include <stdlib.h>

#include "base/text.h"
#include "eval/latent_path.h"
#include "io/tensor_file.h"

enum { MAX_FLOATS = 1 << 22 /* of a batch of images */ };

/** A batch of frames. */
struct batch {
    size_t most;
    float *codes;  ///< (most, l)
    float *images; ///< (most, D)
    float *t;      ///< (most)
    int64_t *line; ///< (most)
};

static bool batch_create(struct batch *batch, const struct lb_latent_path *path)
{
    const struct lb_run *run = path->run;
    const size_t larger = run->image_size > run->latent ? run->image_size : run->latent;
    const size_t n = lb_latent_path_frames(path);
    const size_t fit = MAX_FLOATS / larger;
    batch->most = fit < 1 ? 1 : fit < n ? fit : n;
    batch->codes = malloc(batch->most * run->latent * sizeof *batch->codes);
    batch->images = malloc(batch->most * run->image_size * sizeof *batch->images);
    batch->t = malloc(batch->most * sizeof *batch->t);
    batch->line = malloc(batch->most * sizeof *batch->line);
    return batch->codes != NULL && batch->images != NULL && batch->t != NULL && batch->line != NULL;
}

static void batch_free(struct batch *batch)
{
    free(batch->codes);
    free(batch->images);
    free(batch->t);
    free(batch->line);
}

/* Fills frames first..first + n - 1, except their images. */
static void batch_fill(struct batch *batch, const struct lb_latent_path *path, size_t first,
                       size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t line;
        size_t frame;
        lb_latent_path_place(path, first + i, &line, &frame);
        const double t = lb_latent_path_t(path, frame);
        batch->line[i] = (int64_t)line;
        batch->t[i] = (float)t;
        lb_latent_path_code(path, line, t, batch->codes + i * path->run->latent);
    }
}

/* Parts of a frame, in file order. */
enum part { PART_IMAGES, PART_LATENT, PART_LINE, PART_T, PARTS };

static enum lb_status write_frames(struct lb_latent_path *path, struct lb_tensor_writer *writer,
                                   struct batch *batch, size_t n, enum part part)
{
    const struct lb_run *run = path->run;
    switch (part) {
    case PART_IMAGES:
        LB_TRY(lb_network_apply(run->decoder, batch->codes, n, batch->images));
        return lb_tensor_writer_add(writer, batch->images,
                                    n * run->image_size * sizeof *batch->images);
    case PART_LATENT:
        return lb_tensor_writer_add(writer, batch->codes, n * run->latent * sizeof *batch->codes);
    case PART_LINE:
        return lb_tensor_writer_add(writer, batch->line, n * sizeof *batch->line);
    case PART_T:
    case PARTS:
        break;
    }
    return lb_tensor_writer_add(writer, batch->t, n * sizeof *batch->t);
}

enum lb_status lb_latent_path_write(struct lb_latent_path *path, const char *out_path)
{
    struct lb_run *run = path->run;
    const struct lb_dataset_info *info = lb_dataset_get_info(run->dataset);
    const size_t n = lb_latent_path_frames(path);
    const struct lb_tensor tensors[PARTS] = {
        [PART_IMAGES] = {"images",
                         LB_F32,
                         4,
                         {n, (size_t)info->height, (size_t)info->width, (size_t)info->channels},
                         NULL},
        [PART_LATENT] = {"latent", LB_F32, 2, {n, run->latent}, NULL},
        [PART_LINE] = {"line", LB_I64, 1, {n}, NULL},
        [PART_T] = {"t", LB_F32, 1, {n}, NULL},
    };
    const size_t parts = lb_string_ends_with(out_path, ".npy") ? 1 : PARTS;
    struct batch batch = {0};
    struct lb_tensor_writer writer = {.ctx = run->ctx};
    enum lb_status status = LB_OK;
    if (!batch_create(&batch, path)) {
        status = lb_fail_memory(run->ctx, out_path);
        goto fail;
    }
    LB_CHECK(lb_tensor_writer_open(&writer, run->ctx, out_path, tensors, parts, NULL, 0));
    for (size_t part = 0; part < parts; part++) {
        for (size_t first = 0; first < n; first += batch.most) {
            const size_t rows = n - first < batch.most ? n - first : batch.most;
            batch_fill(&batch, path, first, rows);
            LB_CHECK(write_frames(path, &writer, &batch, rows, (enum part)part));
        }
    }
    LB_CHECK(lb_tensor_writer_commit(&writer));
fail:
    lb_tensor_writer_abandon(&writer);
    batch_free(&batch);
    return status;
}
