#include "batch/resize.h"

#include <math.h>
#include <stdlib.h>

static enum lb_status create_axis(struct lb_resize_axis *axis, struct lb_context *ctx, int from,
                                  int to)
{
    const double ratio = (double)from / (double)to;
    const double half_width = fmax(ratio, 1.0);
    *axis = (struct lb_resize_axis){.from = from, .to = to, .reach = 2 * (int)ceil(half_width) + 1};
    axis->first = calloc((size_t)to, sizeof *axis->first);
    axis->weights = calloc((size_t)to * (size_t)axis->reach, sizeof *axis->weights);
    if (axis->first == NULL || axis->weights == NULL) {
        return lb_fail_memory(ctx, "image size");
    }
    for (int i = 0; i < to; i++) {
        const double middle = ((double)i + 0.5) * ratio;
        const int first = (int)fmax(middle - half_width, 0.0);
        double sum = 0.0;
        for (int k = 0; k < axis->reach && first + k < from; k++) {
            sum += fmax(1.0 - fabs((double)(first + k) + 0.5 - middle) / half_width, 0.0);
        }
        axis->first[i] = first;
        for (int k = 0; k < axis->reach && first + k < from; k++) {
            axis->weights[i * axis->reach + k] =
                (float)(fmax(1.0 - fabs((double)(first + k) + 0.5 - middle) / half_width, 0.0) /
                        sum);
        }
    }
    return LB_OK;
}

enum lb_status lb_resize_create(struct lb_resize *resize, struct lb_context *ctx, int height,
                                int width, int channels, int to_height, int to_width)
{
    resize->channels = channels;
    LB_TRY(create_axis(&resize->rows, ctx, height, to_height));
    LB_TRY(create_axis(&resize->columns, ctx, width, to_width));
    resize->between =
        malloc((size_t)height * (size_t)to_width * (size_t)channels * sizeof *resize->between);
    return resize->between != NULL ? LB_OK : lb_fail_memory(ctx, "image size");
}

void lb_resize_free(struct lb_resize *resize)
{
    free(resize->rows.first);
    free(resize->rows.weights);
    free(resize->columns.first);
    free(resize->columns.weights);
    free(resize->between);
    *resize = (struct lb_resize){0};
}

/* Sample i of the axis from in[k stride]. */
static float mix(const struct lb_resize_axis *axis, int i, const float *in, size_t stride)
{
    const float *weights = axis->weights + (size_t)i * (size_t)axis->reach;
    const int first = axis->first[i];
    float sum = 0.0f;
    for (int k = 0; k < axis->reach && first + k < axis->from; k++) {
        sum += weights[k] * in[(size_t)(first + k) * stride];
    }
    return sum;
}

/* `between` already has the rows of the result. */
static void mix_rows(const struct lb_resize *resize, float *out)
{
    const size_t row = (size_t)resize->columns.to * (size_t)resize->channels;
    for (int y = 0; y < resize->rows.to; y++) {
        for (size_t k = 0; k < row; k++) {
            out[(size_t)y * row + k] = mix(&resize->rows, y, resize->between + k, row);
        }
    }
}

void lb_resize_apply(const struct lb_resize *resize, const float *in, float *out)
{
    const size_t channels = (size_t)resize->channels;
    float *between = resize->between;
    for (int y = 0; y < resize->rows.from; y++) {
        const float *line = in + (size_t)y * (size_t)resize->columns.from * channels;
        for (int x = 0; x < resize->columns.to; x++) {
            for (size_t c = 0; c < channels; c++) {
                *between++ = mix(&resize->columns, x, line + c, channels);
            }
        }
    }
    mix_rows(resize, out);
}
