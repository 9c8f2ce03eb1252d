/* Compares latent geodesics, exponentials and transport with those of the manifold. */
#include <lowbend/geometry_evaluation.h>

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/differential_measure.h"
#include "eval/holonomy.h"
#include "eval/points.h"
#include "eval/statistics.h"
#include "geometry/dataset.h"
#include "geometry/geodesic.h"
#include "nn/network.h"

enum {
    DEFAULT_PAIRS = 32,
    DEFAULT_SEGMENTS = 16,
    LEAST_SEGMENTS = 4, // velocities need three points of a path
    MEANS = 8,          // pairs for the mean's error, which needs many geodesics
    SCALE_POINTS = 256,
    CLOUD = 1024,
    FIRST_NUMBER = 64, // first random stream of the distances, after those of the interpolation
};

/* Estimates of a pair, in the order of estimate_of(). */
enum {
    LENGTH,
    LENGTH_OVER_D,
    PATH_ERROR,
    IMAGE_MSE,
    LINE_MSE,
    BLEND_MSE,
    EXPONENTIAL,
    EXPONENTIAL_MSE,
    TRANSPORT,
    MEAN_ERROR, // over fewer pairs
    ESTIMATES,
};

static const double multiples[LB_GEOMETRY_DISTANCES] = {2.0, 4.0, 8.0};

/* Data at one distance: geodesics of the manifold, and work space. */
struct study {
    struct lb_run *run;
    struct lb_geometry *geometry;
    size_t pairs;
    size_t segments;
    double distance;
    double scale;
    float *paths;   ///< (pairs, K+1, p)
    float *codes;   ///< (pairs, K+1, l), codes of the paths
    float *images;  ///< (K+1, D): true images of a path
    float *decoded; ///< (K+1, D)
    float *floats;  ///< (K+1, l): codes to decode
    double *truth;  ///< (K+1, l)
    double *curve;  ///< (K+1, l)
    double *shot;   ///< (K+1, l): of the exponential
    double *start;  ///< (l): velocity of the true path at its first code
    double *end;    ///< (l): at its last one
    double *values; ///< (ESTIMATES, pairs)
};

static enum lb_status study_create(struct study *study)
{
    const struct lb_run *run = study->run;
    const size_t frames = study->segments + 1;
    const size_t l = run->latent;
    study->paths = calloc(study->pairs * frames * run->point_size, sizeof(float));
    study->codes = calloc(study->pairs * frames * l, sizeof(float));
    study->images = calloc(frames * run->image_size, sizeof(float));
    study->decoded = calloc(frames * run->image_size, sizeof(float));
    study->floats = calloc(frames * l, sizeof(float));
    study->truth = calloc(frames * l, sizeof(double));
    study->curve = calloc(frames * l, sizeof(double));
    study->shot = calloc(frames * l, sizeof(double));
    study->start = calloc(l, sizeof(double));
    study->end = calloc(l, sizeof(double));
    study->values = calloc(ESTIMATES * study->pairs, sizeof(double));
    return study->paths != NULL && study->codes != NULL && study->images != NULL &&
                   study->decoded != NULL && study->floats != NULL && study->truth != NULL &&
                   study->curve != NULL && study->shot != NULL && study->start != NULL &&
                   study->end != NULL && study->values != NULL
               ? LB_OK
               : lb_fail_memory(run->ctx, "geometry");
}

static void study_free(struct study *study)
{
    lb_geometry_destroy(&study->geometry);
    free(study->paths);
    free(study->codes);
    free(study->images);
    free(study->decoded);
    free(study->floats);
    free(study->truth);
    free(study->curve);
    free(study->shot);
    free(study->start);
    free(study->end);
    free(study->values);
}

static double gap(const double *a, const double *b, size_t l)
{
    double sum = 0.0;
    for (size_t j = 0; j < l; j++) {
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return sqrt(sum);
}

/* exp(mean log sigma) over points of the manifold. */
static enum lb_status find_scale(struct study *study)
{
    struct lb_run *run = study->run;
    const size_t m = (size_t)lb_dataset_get_info(run->dataset)->dimension;
    float *points = malloc(SCALE_POINTS * run->point_size * sizeof *points);
    double *sigmas = malloc(SCALE_POINTS * m * sizeof *sigmas);
    double sum = 0.0;
    size_t n = 0;
    enum lb_status status = LB_OK;
    if (points == NULL || sigmas == NULL) {
        status = lb_fail_memory(run->ctx, "scale");
        goto fail;
    }
    LB_CHECK(lb_run_draw_points(run, 0, LB_SAMPLE_DIFFERENTIAL, SCALE_POINTS, points));
    LB_CHECK(lb_run_point_sigmas(run, points, SCALE_POINTS, sigmas));
    for (size_t i = 0; i < SCALE_POINTS * m; i++) {
        if (sigmas[i] > 0.0) {
            sum += log(sigmas[i]);
            n++;
        }
    }
    study->scale = n > 0 ? exp(sum / (double)n) : (double)NAN;
fail:
    free(points);
    free(sigmas);
    return status;
}

/* ---- one geodesic ---------------------------------------------------------------------------- */

/* Velocity (l), for time 1, of a path of codes at a code with others on one side, `stride` numbers
 * apart (negative: before it): a one-sided second-order difference. */
static void velocity_at(const double *code, ptrdiff_t stride, size_t segments, size_t l,
                        double *velocity)
{
    const double sign = stride > 0 ? 0.5 : -0.5;
    for (size_t j = 0; j < l; j++) {
        velocity[j] =
            sign * (double)segments *
            (-3.0 * code[j] + 4.0 * code[(ptrdiff_t)j + stride] - code[(ptrdiff_t)j + 2 * stride]);
    }
}

static double angle_between(const double *a, const double *b, size_t l)
{
    double aa = 0.0;
    double bb = 0.0;
    double ab = 0.0;
    for (size_t j = 0; j < l; j++) {
        aa += a[j] * a[j];
        bb += b[j] * b[j];
        ab += a[j] * b[j];
    }
    return acos(fmax(-1.0, fmin(1.0, ab / sqrt(aa * bb))));
}

/* Mean squared error of `count` decoded codes of the curve, starting at `first`, against the true
 * images. */
static enum lb_status decode_error(struct study *study, const double *curve, size_t first,
                                   size_t count, double *error)
{
    struct lb_run *run = study->run;
    const size_t l = run->latent;
    const size_t size = count * run->image_size;
    for (size_t i = 0; i < count * l; i++) {
        study->floats[i] = (float)curve[first * l + i];
    }
    LB_TRY(lb_network_apply(run->decoder, study->floats, count, study->decoded));
    *error = lb_squared_distance(study->decoded, study->images + first * run->image_size, size) /
             (double)size;
    return LB_OK;
}

/* The straight line between the ends of `truth`. */
static void fill_line(const struct study *study, double *line)
{
    const size_t l = study->run->latent;
    const size_t last = study->segments;
    for (size_t k = 0; k <= last; k++) {
        const double t = (double)k / (double)last;
        for (size_t j = 0; j < l; j++) {
            line[k * l + j] = (1.0 - t) * study->truth[j] + t * study->truth[last * l + j];
        }
    }
}

static double blend_error(const struct study *study)
{
    const size_t size = study->run->image_size;
    const size_t last = study->segments;
    double sum = 0.0;
    for (size_t k = 1; k < last; k++) {
        const double t = (double)k / (double)last;
        for (size_t i = 0; i < size; i++) {
            const double blend =
                (1.0 - t) * (double)study->images[i] + t * (double)study->images[last * size + i];
            const double off = blend - (double)study->images[k * size + i];
            sum += off * off;
        }
    }
    return sum / (double)((last - 1) * size);
}

static struct lb_estimate *estimate_of(struct lb_geometry_errors *errors, int k)
{
    struct lb_estimate *const estimates[ESTIMATES] = {
        [LENGTH] = &errors->length,           [LENGTH_OVER_D] = &errors->length_over_d,
        [PATH_ERROR] = &errors->path_error,   [IMAGE_MSE] = &errors->image_mse,
        [LINE_MSE] = &errors->line_mse,       [BLEND_MSE] = &errors->blend_mse,
        [EXPONENTIAL] = &errors->exponential, [EXPONENTIAL_MSE] = &errors->exponential_mse,
        [TRANSPORT] = &errors->transport,     [MEAN_ERROR] = &errors->mean_error,
    };
    return estimates[k];
}

/* Measures the codes and curves of pair i into its column of values (ESTIMATES, pairs). */
static enum lb_status measure_codes(struct study *study, size_t i)
{
    struct lb_geometry *geometry = study->geometry;
    const size_t l = study->run->latent;
    const size_t last = study->segments;
    const double *end = study->truth + last * l;
    double *values = study->values + i;
    double off = 0.0;
    struct lb_curve_info info;
    for (size_t j = 0; j < (last + 1) * l; j++) {
        study->truth[j] = (double)study->codes[i * (last + 1) * l + j];
    }
    LB_TRY(lb_geometry_geodesic(geometry, study->truth, end, last, study->curve, &info));
    for (size_t k = 1; k < last; k++) {
        off += gap(study->curve + k * l, study->truth + k * l, l) / (double)(last - 1);
    }
    velocity_at(study->truth, (ptrdiff_t)l, last, l, study->start);
    velocity_at(end, -(ptrdiff_t)l, last, l, study->end);
    LB_TRY(lb_geometry_exponential(geometry, study->truth, study->start, last, study->shot));
    LB_TRY(lb_geometry_transport(geometry, study->curve, last, LB_TRANSPORT_PROJECTION,
                                 study->start, study->start));
    values[LENGTH * study->pairs] = info.length;
    values[LENGTH_OVER_D * study->pairs] = info.length / (study->scale * study->distance);
    values[PATH_ERROR * study->pairs] = off;
    values[EXPONENTIAL * study->pairs] = gap(study->shot + last * l, end, l);
    values[TRANSPORT * study->pairs] = angle_between(study->start, study->end, l);
    return LB_OK;
}

/* The weighted mean of two points lies on their geodesic, a quarter of the way from the heavier
 * one. If K is not a multiple of 4, interpolates linearly between the adjacent codes. */
static enum lb_status measure_mean(struct study *study, size_t i)
{
    static const double weights[] = {1.0, 3.0};
    const size_t l = study->run->latent;
    const size_t last = study->segments;
    const size_t before = 3 * last / 4;
    const double part = 0.75 * (double)last - (double)before;
    double *ends = study->shot; // no longer needed
    double *mean = ends + 2 * l;
    double square = 0.0;
    memcpy(ends, study->truth, l * sizeof *ends);
    memcpy(ends + l, study->truth + last * l, l * sizeof *ends);
    LB_TRY(lb_geometry_mean(study->geometry, ends, weights, 2, last, mean, NULL));
    for (size_t j = 0; j < l; j++) {
        const double *here = study->truth + before * l;
        const double off = mean[j] - (1.0 - part) * here[j] - part * here[l + j];
        square += off * off;
    }
    study->values[MEAN_ERROR * study->pairs + i] = sqrt(square);
    return LB_OK;
}

/* The same for its images; afterwards `shot` is the straight line. */
static enum lb_status measure_images(struct study *study, size_t i)
{
    struct lb_run *run = study->run;
    const size_t frames = study->segments + 1;
    const size_t inner = study->segments - 1;
    double *values = study->values + i;
    LB_TRY(lb_dataset_render(run->dataset, study->paths + i * frames * run->point_size, frames,
                             study->images));
    values[BLEND_MSE * study->pairs] = blend_error(study);
    if (run->decoder == NULL) {
        return LB_OK;
    }
    LB_TRY(decode_error(study, study->curve, 1, inner, &values[IMAGE_MSE * study->pairs]));
    LB_TRY(decode_error(study, study->shot, study->segments, 1,
                        &values[EXPONENTIAL_MSE * study->pairs]));
    fill_line(study, study->shot);
    return decode_error(study, study->shot, 1, inner, &values[LINE_MSE * study->pairs]);
}

/* ---- one distance ---------------------------------------------------------------------------- */

static enum lb_status keep_curve(const struct study *study, struct lb_geometry_evaluation *out)
{
    const size_t count = (study->segments + 1) * study->run->latent;
    assert(count > 0);
    free(out->curve);
    free(out->truth);
    out->curve = calloc(count, sizeof *out->curve);
    out->truth = calloc(count, sizeof *out->truth);
    if (out->curve == NULL || out->truth == NULL) {
        return lb_fail_memory(study->run->ctx, "geometry");
    }
    memcpy(out->curve, study->curve, count * sizeof *out->curve);
    memcpy(out->truth, study->truth, count * sizeof *out->truth);
    return LB_OK;
}

/* Measures along geodesics of the manifold; *found false: there are none of this length. */
static enum lb_status measure_distance(struct study *study, uint64_t seed, uint32_t number,
                                       struct lb_geometry_evaluation *out, bool *found)
{
    struct lb_run *run = study->run;
    struct lb_geometry_errors *errors = &out->errors[out->count];
    const size_t frames = study->segments + 1;
    const struct lb_random_counter draw = {seed, LB_STREAM_MEASURE_PATHS, FIRST_NUMBER + number, 0};
    LB_TRY(lb_dataset_paths(run->dataset, draw, study->distance, (int)frames, study->pairs,
                            study->paths, found));
    if (!*found) {
        return LB_OK;
    }
    LB_TRY(lb_run_encode_points(run, study->paths, study->pairs * frames, study->codes));
    for (size_t i = 0; i < study->pairs; i++) {
        LB_TRY(lb_run_check_cancelled(run));
        LB_TRY(measure_codes(study, i));
        LB_TRY(measure_images(study, i));
        if (i < (size_t)MEANS) {
            LB_TRY(measure_mean(study, i));
        }
        if (i == 0) {
            LB_TRY(keep_curve(study, out));
        }
    }
    errors->distance = study->distance;
    for (int k = 0; k < ESTIMATES; k++) {
        const size_t n = k == MEAN_ERROR && study->pairs > (size_t)MEANS ? MEANS : study->pairs;
        const bool decoded = k == IMAGE_MSE || k == LINE_MSE || k == EXPONENTIAL_MSE;
        *estimate_of(errors, k) =
            decoded && run->decoder == NULL
                ? lb_estimate_unknown()
                : lb_estimate_mean(study->values + (size_t)k * study->pairs, n);
    }
    out->count++;
    return LB_OK;
}

static enum lb_status keep_cloud(struct lb_run *run, uint64_t seed,
                                 struct lb_geometry_evaluation *out)
{
    float *points = malloc(CLOUD * run->point_size * sizeof *points);
    enum lb_status status = LB_OK;
    out->cloud = malloc(CLOUD * run->latent * sizeof *out->cloud);
    if (points == NULL || out->cloud == NULL) {
        status = lb_fail_memory(run->ctx, "geometry");
        goto fail;
    }
    LB_CHECK(lb_dataset_points(run->dataset, seed, CLOUD, points));
    LB_CHECK(lb_run_encode_points(run, points, CLOUD, out->cloud));
    out->codes = CLOUD;
fail:
    free(points);
    return status;
}

static enum lb_status measure(struct study *study, uint64_t seed,
                              struct lb_geometry_evaluation *out)
{
    struct lb_run *run = study->run;
    const double farthest = lb_dataset_get_info(run->dataset)->injectivity_radius;
    bool found = true;
    LB_TRY(lb_run_projection_info(run, &out->projection));
    LB_TRY(lb_geometry_open(&study->geometry, run));
    LB_TRY(study_create(study));
    LB_TRY(find_scale(study));
    out->scale = study->scale;
    for (uint32_t i = 0; i < LB_GEOMETRY_DISTANCES && found; i++) {
        study->distance = multiples[i] * run->params.epsilon;
        found = study->distance < farthest;
        run->cancellation.done = (int)i;
        if (found) {
            LB_TRY(measure_distance(study, seed, i, out, &found));
        }
    }
    LB_TRY(lb_run_holonomy(run, study->geometry, seed, study->segments, out));
    return keep_cloud(run, seed, out);
}

static enum lb_status check(const struct lb_run *run, size_t segments)
{
    if (!lb_run_has_manifold(run)) {
        return lb_fail(run->ctx, LB_ERR_UNSUPPORTED,
                       "%s: was trained on user pairs, whose true geodesics are unknown: there is "
                       "nothing to compare with (use `lowbend geodesic`)",
                       run->path);
    }
    return segments >= (size_t)LEAST_SEGMENTS
               ? LB_OK
               : lb_fail(run->ctx, LB_ERR_ARGUMENT,
                         "geometry: %zu segments are too few (use %d or more)", segments,
                         (int)LEAST_SEGMENTS);
}

enum lb_status lb_run_evaluate_geometry(struct lb_run *run,
                                        const struct lb_geometry_evaluation_params *params,
                                        lb_evaluate_fn progress, void *user,
                                        struct lb_geometry_evaluation *out)
{
    static const struct lb_geometry_evaluation_params defaults = {0};
    params = params != NULL ? params : &defaults;
    struct study study = {
        .run = run,
        .pairs = params->pairs > 0 ? params->pairs : DEFAULT_PAIRS,
        .segments = params->segments > 0 ? params->segments : DEFAULT_SEGMENTS,
    };
    *out = (struct lb_geometry_evaluation){.latent = run->latent, .segments = study.segments};
    LB_TRY(check(run, study.segments));
    run->cancellation = (struct lb_cancellation){
        "measuring the geometry", progress, user, "geometry", 0, LB_GEOMETRY_DISTANCES};
    const enum lb_status status = measure(&study, params->seed, out);
    run->cancellation = (struct lb_cancellation){0};
    study_free(&study);
    return status;
}

void lb_geometry_evaluation_free(struct lb_geometry_evaluation *evaluation)
{
    if (evaluation == NULL) {
        return;
    }
    free(evaluation->area);
    free(evaluation->angle);
    free(evaluation->curve);
    free(evaluation->truth);
    free(evaluation->cloud);
    *evaluation = (struct lb_geometry_evaluation){0};
}
