#include "report/html/sample.h"

#include <stdlib.h>
#include <string.h>

#include "eval/differential_measure.h"
#include "eval/pca.h"
#include "eval/points.h"
#include "report/html/html_text.h"
#include "report/html/sprite.h"
#include "report/sample_sheet.h"

enum {
    BATCH = 64,
    SPACE = 3, // components that always exist, if only as zeros
    MAX_COMPONENTS = 8,
    COLUMNS = 32, // of the images
    IMAGE_LIMIT = 32,
};

#define LEAST_SHARE 1e-4 /* minimum fraction of variance for a selectable component */

static enum lb_status allocate(struct lb_report_sample *sample, struct lb_run *run)
{
    const size_t n = sample->n;
    const size_t l = run->latent;
    sample->latent = malloc(n * l * sizeof *sample->latent);
    sample->mean = malloc(l * sizeof *sample->mean);
    sample->axes = malloc(MAX_COMPONENTS * l * sizeof *sample->axes);
    sample->share = malloc(MAX_COMPONENTS * sizeof *sample->share);
    if (sample->latent == NULL || sample->mean == NULL || sample->axes == NULL ||
        sample->share == NULL) {
        return lb_fail_memory(run->ctx, "sample of the page");
    }
    if (!lb_dataset_is_image(run->dataset)) {
        return LB_OK;
    }
    sample->images = calloc(1, sizeof *sample->images);
    if (sample->images == NULL) {
        return lb_fail_memory(run->ctx, "sample of the page");
    }
    return lb_sprite_create(sample->images, run->ctx, lb_dataset_get_info(run->dataset), n, COLUMNS,
                            IMAGE_LIMIT);
}

/* Encodes codes and small images in batches. */
static enum lb_status encode(struct lb_report_sample *sample, struct lb_run *run)
{
    const size_t size = run->image_size;
    float *images = malloc(BATCH * size * sizeof *images);
    enum lb_status status = LB_OK;
    if (images == NULL) {
        return lb_fail_memory(run->ctx, "sample of the page");
    }
    for (size_t start = 0; start < sample->n; start += BATCH) {
        const size_t rows = sample->n - start < BATCH ? sample->n - start : BATCH;
        LB_CHECK(lb_run_images(run, sample->points, start, rows, images));
        LB_CHECK(
            lb_network_apply(run->encoder, images, rows, sample->latent + start * run->latent));
        for (size_t i = 0; i < rows && sample->images != NULL; i++) {
            lb_sprite_set(sample->images, start + i, images + i * size);
        }
    }
fail:
    free(images);
    return status;
}

enum lb_status lb_report_sample_create(struct lb_report_sample *sample, struct lb_run *run,
                                       uint64_t seed, size_t n)
{
    sample->n = n;
    LB_TRY(lb_run_sample(run, seed, &sample->n, &sample->points));
    LB_TRY(allocate(sample, run));
    LB_TRY(encode(sample, run));
    LB_TRY(lb_pca_fit(run->ctx, sample->latent, sample->n, run->latent, MAX_COMPONENTS,
                      sample->mean, sample->axes, sample->share));
    sample->components = SPACE;
    while (sample->components < MAX_COMPONENTS && sample->share[sample->components] > LEAST_SHARE) {
        sample->components++;
    }
    lb_pca_turn_dome_up(sample->latent, sample->n, run->latent, sample->mean, sample->axes);
    if (sample->points == NULL) {
        return LB_OK;
    }
    const size_t m = (size_t)lb_dataset_get_info(run->dataset)->dimension;
    sample->sigmas = malloc(sample->n * m * sizeof *sample->sigmas);
    if (sample->sigmas == NULL) {
        return lb_fail_memory(run->ctx, "sample of the page");
    }
    return lb_run_point_sigmas(run, sample->points, sample->n, sample->sigmas);
}

void lb_report_sample_free(struct lb_report_sample *sample)
{
    if (sample->images != NULL) {
        lb_sprite_free(sample->images);
    }
    free(sample->images);
    free(sample->points);
    free(sample->latent);
    free(sample->mean);
    free(sample->axes);
    free(sample->share);
    free(sample->sigmas);
    *sample = (struct lb_report_sample){0};
}

json_t *lb_report_project(const struct lb_report_sample *sample, const struct lb_run *run,
                          const float *latent, size_t n)
{
    double *projected = malloc((n * sample->components + 1) * sizeof *projected);
    if (projected == NULL) {
        return NULL;
    }
    lb_pca_apply(latent, n, run->latent, sample->components, sample->mean, sample->axes, projected);
    json_t *array = lb_html_json_numbers(projected, n * sample->components);
    free(projected);
    return array;
}
