#include "eval/latent_path.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "latent/geometry.h"

enum {
    DEFAULT_FRAMES = 9,
    MAX_FLOATS = 1 << 22, // of a batch of images
};

void lb_latent_path_place(const struct lb_latent_path *path, size_t i, size_t *line, size_t *frame)
{
    /* In a single path the last frame of a line is the first of the next. */
    const size_t own = path->given != NULL ? path->frames : path->frames - 1;
    *line = i / own;
    *frame = i % own;
    if (*line == path->lines) {
        *line = path->lines - 1;
        *frame = path->frames - 1;
    }
}

static struct lb_key_frames ends_of(const struct lb_latent_path *path, size_t line)
{
    return path->given != NULL ? path->given[line]
                               : (struct lb_key_frames){line, (line + 1) % path->input.count};
}

double lb_latent_path_t(const struct lb_latent_path *path, size_t frame)
{
    return (double)frame / (double)(path->frames - 1 - path->beyond);
}

/* A point on the polyline of a geodesic. */
static void curve_code(const struct lb_latent_path *path, size_t line, double t, float *code)
{
    const size_t l = path->run->latent;
    const size_t last = path->frames - 1;
    const double place = t * (double)(last - path->beyond);
    const size_t before = place < (double)last ? (size_t)place : last - 1;
    const double part = place - (double)before;
    const float *codes = path->curves + (line * path->frames + before) * l;
    for (size_t k = 0; k < l; k++) {
        code[k] = (float)((1.0 - part) * (double)codes[k] + part * (double)codes[l + k]);
    }
}

void lb_latent_path_code(const struct lb_latent_path *path, size_t line, double t, float *code)
{
    const size_t l = path->run->latent;
    if (path->curves != NULL) {
        curve_code(path, line, t, code);
        return;
    }
    const struct lb_key_frames ends = ends_of(path, line);
    for (size_t k = 0; k < l; k++) {
        const double from = (double)path->codes[ends.from * l + k];
        const double to = (double)path->codes[ends.to * l + k];
        code[k] = (float)((1.0 - t) * from + t * to);
    }
}

/* ---- key frames ------------------------------------------------------------------------------ */

static enum lb_status check_lines(const struct lb_latent_path *path, struct lb_context *ctx)
{
    const size_t rows = path->input.count;
    if (path->given == NULL && rows < 2) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "%s: holds one row, but a line needs two ends (add a row)", path->in_path);
    }
    for (size_t i = 0; path->given != NULL && i < path->lines; i++) {
        const struct lb_key_frames ends = path->given[i];
        if (ends.from >= rows || ends.to >= rows) {
            return lb_fail(ctx, LB_ERR_ARGUMENT,
                           "%s: a line from row %zu to row %zu is not possible with %zu rows "
                           "(number them from 0)",
                           path->in_path, ends.from, ends.to, rows);
        }
    }
    const size_t width =
        path->input.size > path->run->image_size ? path->input.size : path->run->image_size;
    assert(width > 0 && path->lines > 0); // neither inputs nor networks are empty
    if (path->frames > (size_t)PTRDIFF_MAX / sizeof(float) / width / path->lines) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "%s: %zu frames of %zu lines are too many (use fewer)",
                       path->in_path, path->frames, path->lines);
    }
    return LB_OK;
}

static enum lb_status take_params(struct lb_latent_path *path,
                                  const struct lb_latent_path_params *params)
{
    struct lb_context *ctx = path->run->ctx;
    path->frames = params->frames > 0 ? params->frames : DEFAULT_FRAMES;
    path->loop = params->loop;
    if (path->frames < 2 || (path->loop && params->count > 0)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "latent path: %s (use others)",
                       path->frames < 2 ? "a line has at least 2 frames"
                                        : "separate lines cannot form a loop");
    }
    if (params->beyond > 0 && (params->geometry == NULL || params->count == 0)) {
        return lb_fail(
            ctx, LB_ERR_ARGUMENT,
            "latent path: only separate geodesics continue beyond their end (name their rows)");
    }
    if (params->beyond > SIZE_MAX / 2 || path->frames > SIZE_MAX / 2) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "latent path: too many frames (use fewer)");
    }
    path->beyond = params->beyond;
    path->frames += params->beyond;
    path->lines = params->count;
    if (params->count > 0) {
        path->given = params->count <= SIZE_MAX / sizeof *path->given
                          ? malloc(params->count * sizeof *path->given)
                          : NULL;
        if (path->given == NULL) {
            return lb_fail_memory(ctx, "latent path");
        }
        memcpy(path->given, params->lines, params->count * sizeof *path->given);
    }
    return LB_OK;
}

/* Encodes the n rows `numbers`; rows (n, D) is a buffer for them, codes (n, l) for their codes. */
static enum lb_status encode_rows(struct lb_latent_path *path, const size_t *numbers, size_t n,
                                  float *rows, float *codes)
{
    struct lb_run *run = path->run;
    const size_t l = run->latent;
    for (size_t i = 0; i < n; i++) {
        LB_TRY(lb_run_input_read(&path->input, run, numbers[i], 1, rows + i * path->input.size));
    }
    if (path->input.kind == LB_RUN_CODES) {
        memcpy(codes, rows, n * l * sizeof *codes);
    } else {
        LB_TRY(lb_network_apply(run->encoder, rows, n, codes));
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < l; k++) {
            if (!isfinite(codes[i * l + k])) {
                return lb_fail(run->ctx, LB_ERR_NUMERIC,
                               "%s: the code of row %zu is not finite (remove it)", path->in_path,
                               numbers[i]);
            }
        }
        memcpy(path->codes + numbers[i] * l, codes + i * l, l * sizeof *codes);
    }
    return LB_OK;
}

/* Encodes all rows with `wanted` set. */
static enum lb_status encode_wanted(struct lb_latent_path *path, const bool *wanted)
{
    const size_t n = path->input.count;
    const size_t fit = MAX_FLOATS / path->input.size;
    const size_t batch = fit < 1 ? 1 : fit < n ? fit : n;
    size_t *numbers = malloc(batch * sizeof *numbers);
    float *rows = malloc(batch * path->input.size * sizeof *rows);
    float *codes = malloc(batch * path->run->latent * sizeof *codes);
    size_t waiting = 0;
    enum lb_status status = LB_OK;
    if (numbers == NULL || rows == NULL || codes == NULL) {
        status = lb_fail_memory(path->run->ctx, path->in_path);
        goto fail;
    }
    for (size_t i = 0; i < n; i++) {
        if (wanted[i]) {
            numbers[waiting++] = i;
        }
        if (waiting == batch || (i + 1 == n && waiting > 0)) {
            LB_CHECK(encode_rows(path, numbers, waiting, rows, codes));
            waiting = 0;
        }
    }
fail:
    free(numbers);
    free(rows);
    free(codes);
    return status;
}

static enum lb_status encode_ends(struct lb_latent_path *path)
{
    const size_t n = path->input.count;
    const size_t l = path->run->latent;
    bool *wanted = calloc(n, sizeof *wanted);
    path->codes =
        n <= SIZE_MAX / l / sizeof *path->codes ? calloc(n * l, sizeof *path->codes) : NULL;
    if (wanted == NULL || path->codes == NULL) {
        free(wanted);
        return lb_fail_memory(path->run->ctx, path->in_path);
    }
    for (size_t i = 0; i < path->lines; i++) {
        const struct lb_key_frames ends = ends_of(path, i);
        wanted[ends.from] = true;
        wanted[ends.to] = true;
    }
    const enum lb_status status = encode_wanted(path, wanted);
    free(wanted);
    return status;
}

/* Computes one line's codes (frames, l) in double: its geodesic, continued beyond the end. */
static enum lb_status follow(const struct lb_latent_path *path, struct lb_geometry *geometry,
                             const double *from, const double *to, double *velocity, double *curve,
                             struct lb_curve_info *info)
{
    const size_t l = path->run->latent;
    const size_t segments = path->frames - 1 - path->beyond;
    const double *last = curve + (segments - 1) * l;
    LB_TRY(lb_geometry_geodesic(geometry, from, to, segments, curve, info));
    if (path->beyond == 0) {
        return LB_OK;
    }
    for (size_t k = 0; k < l; k++) {
        velocity[k] = (double)path->beyond * (to[k] - last[k]);
    }
    return lb_geometry_exponential(geometry, to, velocity, path->beyond, curve + segments * l);
}

static enum lb_status find_geodesics(struct lb_latent_path *path,
                                     const struct lb_latent_path_params *params)
{
    struct lb_geometry *geometry = params->geometry;
    struct lb_context *ctx = path->run->ctx;
    const size_t l = path->run->latent;
    LB_TRY(lb_geometry_check_segments(geometry, path->frames - 1));
    const size_t count = path->frames * l;
    double *curve = malloc((count + 3 * l) * sizeof *curve);
    enum lb_status status = LB_OK;
    path->curves = malloc(path->lines * count * sizeof *path->curves);
    path->curve_infos = malloc(path->lines * sizeof *path->curve_infos);
    if (curve == NULL || path->curves == NULL || path->curve_infos == NULL) {
        status = lb_fail_memory(ctx, "latent path");
        goto fail;
    }
    double *from = curve + count;
    double *to = from + l;
    for (size_t i = 0; i < path->lines; i++) {
        const struct lb_key_frames ends = ends_of(path, i);
        path->run->cancellation = (struct lb_cancellation){
            "geodesics", params->progress, params->user, "geodesics", (int)i, (int)path->lines};
        for (size_t k = 0; k < l; k++) {
            from[k] = (double)path->codes[ends.from * l + k];
            to[k] = (double)path->codes[ends.to * l + k];
        }
        LB_CHECK(follow(path, geometry, from, to, to + l, curve, &path->curve_infos[i]));
        for (size_t k = 0; k < count; k++) {
            path->curves[i * count + k] = (float)curve[k];
        }
    }
fail:
    path->run->cancellation = (struct lb_cancellation){0};
    free(curve);
    return status;
}

static double distance_of(const float *a, const float *b, size_t n)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += ((double)a[k] - (double)b[k]) * ((double)a[k] - (double)b[k]);
    }
    return sqrt(sum);
}

/* Distances between the images at the ends of the lines. */
static enum lb_status measure_images(struct lb_latent_path *path)
{
    struct lb_run *run = path->run;
    const size_t size = path->input.size;
    float *images = malloc(2 * size * sizeof *images);
    path->image_distances = malloc(path->lines * sizeof *path->image_distances);
    enum lb_status status = LB_OK;
    if (images == NULL || path->image_distances == NULL) {
        status = lb_fail_memory(run->ctx, path->in_path);
        goto fail;
    }
    for (size_t i = 0; i < path->lines; i++) {
        const struct lb_key_frames ends = ends_of(path, i);
        LB_CHECK(lb_run_input_read(&path->input, run, ends.from, 1, images));
        LB_CHECK(lb_run_input_read(&path->input, run, ends.to, 1, images + size));
        path->image_distances[i] = distance_of(images, images + size, size);
    }
fail:
    free(images);
    return status;
}

/* Builds everything but the input, which is already open. */
static enum lb_status build(struct lb_latent_path *path, const struct lb_latent_path_params *params)
{
    if (path->given == NULL) {
        path->lines = path->input.count - (path->loop ? 0 : 1);
    }
    LB_TRY(check_lines(path, path->run->ctx));
    LB_TRY(encode_ends(path));
    if (path->input.kind == LB_RUN_IMAGES) {
        LB_TRY(measure_images(path));
    }
    return params->geometry != NULL ? find_geodesics(path, params) : LB_OK;
}

/* `array` replaces the file `in_path`, which then only serves in messages. */
static enum lb_status create(struct lb_latent_path **out, struct lb_run *run, const char *in_path,
                             const struct lb_tensor *array,
                             const struct lb_latent_path_params *params)
{
    const struct lb_latent_path_params defaults = {0};
    const struct lb_latent_path_params *used = params != NULL ? params : &defaults;
    const unsigned kinds = LB_RUN_IMAGES | LB_RUN_CODES;
    enum lb_status status = LB_OK;
    *out = NULL;
    LB_TRY(lb_run_check_decoder(run));
    struct lb_latent_path *path = calloc(1, sizeof *path);
    if (path == NULL) {
        return lb_fail_memory(run->ctx, "latent path");
    }
    struct lb_run_input *input = &path->input;
    path->run = run;
    path->in_path = lb_string_copy(in_path);
    if (path->in_path == NULL) {
        status = lb_fail_memory(run->ctx, "latent path");
        goto fail;
    }
    LB_CHECK(take_params(path, used));
    LB_CHECK(array != NULL ? lb_run_input_take(input, run, array, kinds, &used->read)
                           : lb_run_input_open(input, run, path->in_path, kinds, &used->read));
    LB_CHECK(build(path, used));
    *out = path;
    return LB_OK;
fail:
    lb_latent_path_destroy(&path);
    return status;
}

enum lb_status lb_latent_path_create(struct lb_latent_path **out, struct lb_run *run,
                                     const char *in_path,
                                     const struct lb_latent_path_params *params)
{
    return create(out, run, in_path, NULL, params);
}

enum lb_status lb_latent_path_create_array(struct lb_latent_path **out, struct lb_run *run,
                                           const struct lb_tensor *rows,
                                           const struct lb_latent_path_params *params)
{
    return create(out, run, rows->name, rows, params);
}

void lb_latent_path_destroy(struct lb_latent_path **path)
{
    if (path == NULL || *path == NULL) {
        return;
    }
    lb_run_input_close(&(*path)->input);
    free((*path)->in_path);
    free((*path)->drawn);
    free((*path)->given);
    free((*path)->codes);
    free((*path)->image_distances);
    free((*path)->curves);
    free((*path)->curve_infos);
    free(*path);
    *path = NULL;
}

/* ---- what is known of it --------------------------------------------------------------------- */

size_t lb_latent_path_lines(const struct lb_latent_path *path)
{
    return path->lines;
}

size_t lb_latent_path_frames(const struct lb_latent_path *path)
{
    if (path->given != NULL) {
        return path->lines * path->frames;
    }
    return path->lines * (path->frames - 1) + (path->loop ? 0 : 1);
}

void lb_latent_path_codes(const struct lb_latent_path *path, float *codes)
{
    const size_t frames = lb_latent_path_frames(path);
    for (size_t i = 0; i < frames; i++) {
        size_t line;
        size_t frame;
        lb_latent_path_place(path, i, &line, &frame);
        lb_latent_path_code(path, line, lb_latent_path_t(path, frame),
                            codes + i * path->run->latent);
    }
}

struct lb_latent_line lb_latent_path_line(const struct lb_latent_path *path, size_t i)
{
    const size_t l = path->run->latent;
    const struct lb_key_frames ends = ends_of(path, i);
    struct lb_latent_line line = {
        .from = ends.from,
        .to = ends.to,
        .length = distance_of(path->codes + ends.from * l, path->codes + ends.to * l, l),
        .image_distance = path->image_distances != NULL ? path->image_distances[i] : (double)NAN,
    };
    if (path->curve_infos != NULL) {
        line.curve_length = path->curve_infos[i].length;
        line.energy = path->curve_infos[i].energy;
        line.residual = path->curve_infos[i].residual;
        line.iterations = path->curve_infos[i].iterations;
        line.converged = path->curve_infos[i].converged;
    }
    return line;
}
