/* Loss, squared error, Adam and sampling against double precision. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/dataset.h"
#include "loss/isometry.h"
#include "optim/adam.h"
#include "loss/reconstruction.h"
#include "selftest/self_test.h"

enum { L = 5, PARAMETERS = 77, STEPS = 3, POINTS = 512 };

/*
 * Of pairs, and of numbers with a squared error. One pass of either reduction takes in 4096: less
 * than a pass, a pass and a bit, several passes.
 */
static const size_t counts[] = {70, 4097, 3 * 4096 + 70};

/* ---- loss ------------------------------------------------------------------------------------ */

static const double lambda = 0.3;
static const double c = 0.5;

/* n pairs: codes x, y and average after each other. */
struct codes {
    size_t n;
    float *z;
    float *distance;
    float *got;
    double *gradient;
    double terms[2];
};

/* Loss terms of one pair, and its gradient (method.md, section 1). */
static void expect_pair(struct codes *codes, size_t i)
{
    const size_t n = codes->n;
    const float *z = codes->z;
    const double d = (double)codes->distance[i];
    double first[L];
    double second[L];
    double s = 0.0;
    double bending = 0.0;
    for (size_t k = 0; k < L; k++) {
        const double x = (double)z[i * L + k];
        const double y = (double)z[(n + i) * L + k];
        const double m = (double)z[(2 * n + i) * L + k];
        first[k] = (y - x) / d;
        second[k] = 8.0 * (0.5 * (x + y) - m) / (d * d);
        s += first[k] * first[k];
        bending += second[k] * second[k];
    }
    const double a = s + c * c;
    const double slope = (s - 1.0) * (s + 2.0 * c * c + 1.0) / (a * a);
    const double share = 1.0 / (double)n;
    codes->terms[0] += (s - 1.0) * (s - 1.0) / a * share;
    codes->terms[1] += bending * share;
    for (size_t k = 0; k < L; k++) {
        const double one = 2.0 * slope * first[k] / d * share;
        const double two = 2.0 * lambda * second[k] * 8.0 / (d * d) * share;
        codes->gradient[i * L + k] = 0.5 * two - one;
        codes->gradient[(n + i) * L + k] = 0.5 * two + one;
        codes->gradient[(2 * n + i) * L + k] = -two;
    }
}

/* Codes of pairs as an embedding would have them: near isometric, and bent. */
static void draw_codes(struct lb_self_test *test, struct codes *codes)
{
    const size_t n = codes->n;
    float *noise = codes->got; // not in use yet
    lb_self_test_draw(test, noise, 3 * n * L);
    for (size_t i = 0; i < n; i++) {
        const float d = 0.3f + 0.3f * (float)i / (float)n;
        codes->distance[i] = d;
        for (size_t k = 0; k < L; k++) {
            const float x = noise[i * L + k];
            const float y = x + d * noise[(n + i) * L + k];
            codes->z[i * L + k] = x;
            codes->z[(n + i) * L + k] = y;
            codes->z[(2 * n + i) * L + k] =
                0.5f * (x + y) + 0.1f * d * d * noise[(2 * n + i) * L + k];
        }
    }
}

static enum lb_status run_loss(struct lb_self_test *test, struct codes *codes)
{
    struct lb_device *device = test->device;
    struct lb_isometry isometry = {0};
    cl_mem mems[3] = {NULL, NULL, NULL};
    struct lb_isometry_terms got_terms;
    const int n = (int)codes->n;
    const size_t bytes = 3 * codes->n * L * sizeof(float);
    const size_t sizes[] = {bytes, codes->n * sizeof(float), bytes};
    enum lb_status status = LB_OK;
    for (size_t i = 0; i < LB_COUNT(sizes); i++) {
        LB_CHECK(lb_buffer_create(device, &mems[i], sizes[i], "self-test"));
    }
    LB_CHECK(lb_buffer_write(device, mems[0], 0, codes->z, sizes[0]));
    LB_CHECK(lb_buffer_write(device, mems[1], 0, codes->distance, sizes[1]));
    LB_CHECK(lb_isometry_create(&isometry, device, n, 1, lambda, c));
    LB_CHECK(lb_isometry_run(&isometry, mems[0], mems[1], n, L, mems[2], 0));
    LB_CHECK(lb_buffer_read(device, mems[2], 0, codes->got, bytes));
    LB_CHECK(lb_loss_read(&isometry.loss, 0, 1, (float *)&got_terms));
    lb_self_test_compare(test, "distortion", &got_terms.distortion, &codes->terms[0], 1, 1e-4);
    lb_self_test_compare(test, "bending", &got_terms.bending, &codes->terms[1], 1, 1e-4);
    lb_self_test_compare(test, "gradient", codes->got, codes->gradient, 3 * codes->n * L, 1e-4);
fail:
    for (size_t i = 0; i < LB_COUNT(mems); i++) {
        lb_buffer_release(&mems[i]);
    }
    lb_isometry_destroy(&isometry);
    return status;
}

enum lb_status lb_self_test_loss(struct lb_self_test *test)
{
    enum lb_status status = LB_OK;
    for (size_t k = 0; k < LB_COUNT(counts) && status == LB_OK; k++) {
        const size_t n = counts[k];
        struct codes codes = {
            .n = n,
            .z = calloc(3 * n * L, sizeof(float)),
            .distance = calloc(n, sizeof(float)),
            .got = calloc(3 * n * L, sizeof(float)),
            .gradient = calloc(3 * n * L, sizeof(double)),
        };
        if (codes.z != NULL && codes.distance != NULL && codes.got != NULL &&
            codes.gradient != NULL) {
            draw_codes(test, &codes);
            for (size_t i = 0; i < n; i++) {
                expect_pair(&codes, i);
            }
            status = run_loss(test, &codes);
        } else {
            status = lb_fail_memory(test->device->ctx, "self-test");
        }
        free(codes.z);
        free(codes.distance);
        free(codes.got);
        free(codes.gradient);
    }
    return status;
}

/* ---- squared error --------------------------------------------------------------------------- */

/* n numbers each: what comes out, what it should be, and the gradient twice. */
struct differences {
    size_t n;
    float *out;
    float *target;
    float *got;
    double *gradient;
};

static enum lb_status run_squared_error(struct lb_self_test *test, struct differences *d)
{
    struct lb_device *device = test->device;
    struct lb_reconstruction reconstruction = {0};
    cl_mem mems[3] = {NULL, NULL, NULL};
    const size_t bytes = d->n * sizeof(float);
    float mean[4];
    double sum = 0.0;
    enum lb_status status = LB_OK;
    lb_self_test_draw(test, d->out, d->n);
    lb_self_test_draw(test, d->target, d->n);
    for (size_t i = 0; i < d->n; i++) {
        const double difference = (double)d->out[i] - (double)d->target[i];
        sum += difference * difference / (double)d->n;
        d->gradient[i] = 0.5 * 2.0 * difference / (double)d->n;
    }
    for (size_t i = 0; i < LB_COUNT(mems); i++) {
        LB_CHECK(lb_buffer_create(device, &mems[i], bytes, "self-test"));
    }
    LB_CHECK(lb_buffer_write(device, mems[0], 0, d->out, bytes));
    LB_CHECK(lb_buffer_write(device, mems[1], 0, d->target, bytes));
    LB_CHECK(lb_reconstruction_create(&reconstruction, device, 1, 0.5));
    LB_CHECK(lb_reconstruction_run(&reconstruction, mems[0], mems[1], (int)d->n, mems[2], 0));
    LB_CHECK(lb_buffer_read(device, mems[2], 0, d->got, bytes));
    LB_CHECK(lb_loss_read(&reconstruction.loss, 0, 1, mean));
    lb_self_test_compare(test, "mean", mean, &sum, 1, 1e-5);
    lb_self_test_compare(test, "gradient", d->got, d->gradient, d->n, 1e-6);
fail:
    for (size_t i = 0; i < LB_COUNT(mems); i++) {
        lb_buffer_release(&mems[i]);
    }
    lb_reconstruction_destroy(&reconstruction);
    return status;
}

enum lb_status lb_self_test_squared_error(struct lb_self_test *test)
{
    enum lb_status status = LB_OK;
    for (size_t k = 0; k < LB_COUNT(counts) && status == LB_OK; k++) {
        const size_t n = counts[k];
        struct differences d = {
            .n = n,
            .out = calloc(n, sizeof(float)),
            .target = calloc(n, sizeof(float)),
            .got = calloc(n, sizeof(float)),
            .gradient = calloc(n, sizeof(double)),
        };
        status = d.out != NULL && d.target != NULL && d.got != NULL && d.gradient != NULL
                     ? run_squared_error(test, &d)
                     : lb_fail_memory(test->device->ctx, "self-test");
        free(d.out);
        free(d.target);
        free(d.got);
        free(d.gradient);
    }
    return status;
}

/* ---- Adam ------------------------------------------------------------------------------------ */

enum lb_status lb_self_test_adam(struct lb_self_test *test)
{
    struct lb_device *device = test->device;
    struct lb_adam adam = {0};
    cl_mem parameters = NULL;
    cl_mem parts = NULL; // of the gradient in the last step
    float values[PARAMETERS];
    float gradient[2][PARAMETERS];
    double want[PARAMETERS];
    double m[PARAMETERS] = {0};
    double v[PARAMETERS] = {0};
    enum lb_status status = LB_OK;
    lb_self_test_draw(test, values, PARAMETERS);
    for (size_t i = 0; i < PARAMETERS; i++) {
        want[i] = (double)values[i];
    }
    LB_CHECK(lb_adam_create(&adam, device, PARAMETERS));
    LB_CHECK(lb_buffer_create(device, &parameters, sizeof values, "self-test"));
    LB_CHECK(lb_buffer_create(device, &parts, sizeof gradient, "self-test"));
    LB_CHECK(lb_buffer_write(device, parameters, 0, values, sizeof values));
    for (int t = 1; t <= STEPS; t++) {
        const bool last = t == STEPS;
        lb_self_test_draw(test, gradient[0], 2 * PARAMETERS);
        LB_CHECK(lb_buffer_write(device, adam.gradient, 0, gradient[0], sizeof gradient[0]));
        LB_CHECK(lb_buffer_write(device, parts, 0, gradient, sizeof gradient));
        LB_CHECK(lb_adam_step(
            &adam, parameters, t,
            lb_adam_params(.lr = 0.1, .weight_decay = 0.5, .gradient = {last ? parts : NULL, 2})));
        for (size_t i = 0; i < PARAMETERS; i++) {
            const double g = (double)gradient[0][i] + (last ? (double)gradient[1][i] : 0.0);
            m[i] = 0.9 * m[i] + 0.1 * g;
            v[i] = 0.999 * v[i] + 0.001 * g * g;
            want[i] = want[i] * (1.0 - 0.1 * 0.5) - 0.1 * (m[i] / (1.0 - pow(0.9, t))) /
                                                        (sqrt(v[i] / (1.0 - pow(0.999, t))) + 1e-8);
        }
    }
    LB_CHECK(lb_buffer_read(device, parameters, 0, values, sizeof values));
    lb_self_test_compare(test, "parameters", values, want, PARAMETERS, 1e-4);
fail:
    lb_buffer_release(&parameters);
    lb_buffer_release(&parts);
    lb_adam_destroy(&adam);
    return status;
}

/* ---- sampling -------------------------------------------------------------------------------- */

static double distance_of(const float *x, const float *y)
{
    double minus = 0.0;
    double plus = 0.0;
    for (size_t k = 0; k < 3; k++) {
        const double a = (double)x[k];
        const double b = (double)y[k];
        minus += (a - b) * (a - b);
        plus += (a + b) * (a + b);
    }
    return 2.0 * atan2(sqrt(minus), sqrt(plus));
}

/* The integral of r sin r over that of sin r, from a to b: the mean radius. */
static double mean_radius(double a, double b)
{
    return (sin(b) - b * cos(b) - sin(a) + a * cos(a)) / (cos(a) - cos(b));
}

enum lb_status lb_self_test_sampling(struct lb_self_test *test)
{
    static const double epsilon = 0.5;
    const struct lb_dataset_params sphere = {.name = "sphere"};
    const struct lb_pairs_params params = {.epsilon = epsilon, .min_distance = 0.05, .seed = 1};
    struct lb_dataset *dataset = NULL;
    float x[3 * POINTS];
    float y[3 * POINTS];
    float middle[3 * POINTS];
    float distance[POINTS];
    float half[POINTS];
    double want[POINTS];
    double want_half[POINTS];
    float means[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    const struct lb_pairs pairs = {
        .point_x = x, .point_y = y, .point_average = middle, .distance = distance};
    enum lb_status status = LB_OK;
    LB_CHECK(lb_dataset_open(&dataset, test->device, &sphere));
    LB_CHECK(lb_dataset_pairs(dataset, &params, POINTS, &pairs));
    for (size_t i = 0; i < POINTS; i++) {
        want[i] = distance_of(x + 3 * i, y + 3 * i);
        want_half[i] = 0.5 * want[i];
        half[i] = (float)distance_of(x + 3 * i, middle + 3 * i);
        means[3] += distance[i] / POINTS;
        for (size_t k = 0; k < 3; k++) {
            means[k] += x[3 * i + k] / POINTS;
        }
        if (!(distance[i] >= 0.05f && distance[i] <= 0.5f) && test->failure[0] == '\0') {
            memcpy(test->failure, "a radius out of range", sizeof "a radius out of range");
        }
    }
    /* Six standard errors: those of means are 1 / sqrt(3 n) and below 0.12 / sqrt(n). */
    const double mean[4] = {0.0, 0.0, 0.0, mean_radius(0.05, epsilon)};
    for (size_t k = 0; k < 4; k++) {
        const double bound = 6.0 * (k < 3 ? sqrt(1.0 / 3.0) : 0.12) / sqrt((double)POINTS);
        const double one = 1.0;
        const float shifted = (float)(1.0 + ((double)means[k] - mean[k]));
        lb_self_test_compare(test, "mean of points or radii, less its law's, plus 1", &shifted,
                             &one, 1, bound);
    }
    lb_self_test_compare(test, "distance", distance, want, POINTS, 1e-5);
    lb_self_test_compare(test, "distance of the midpoint", half, want_half, POINTS, 1e-5);
fail:
    lb_dataset_close(&dataset);
    return status;
}
