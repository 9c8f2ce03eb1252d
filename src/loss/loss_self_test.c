#include "loss/loss_self_test.h"

#include <stdlib.h>

#include "loss/isometry.h"
#include "loss/reconstruction.h"

enum { L = 5 }; // latent dimension

/*
 * Numbers of pairs, and of numbers with a squared error. One pass of either reduction covers 4096:
 * less than a pass, slightly more, several passes.
 */
static const size_t counts[] = {70, 4097, 3 * 4096 + 70};

/* ---- loss ------------------------------------------------------------------------------------ */

static const double lambda = 0.3;
static const double c = 0.5;

/* n pairs: all codes x, then y, then averages. */
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

/* Codes of pairs like those of an embedding: nearly isometric, and bent. */
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

static enum lb_status test_loss(struct lb_self_test *test)
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

const struct lb_self_test_case lb_loss_self_test = {
    .name = "loss and gradient",
    .cost = 12,
    .files = {"step.cl"},
    .run = test_loss,
};

/* ---- squared error --------------------------------------------------------------------------- */

/* n numbers each: result, expected result, and two gradients. */
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

static enum lb_status test_squared_error(struct lb_self_test *test)
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

const struct lb_self_test_case lb_squared_error_self_test = {
    .name = "squared error",
    .cost = 6,
    .files = {"step.cl"},
    .run = test_squared_error,
};
