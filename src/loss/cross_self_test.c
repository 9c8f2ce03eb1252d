#include "loss/cross_self_test.h"

#include <math.h>
#include <string.h>

#include "loss/cross.h"

enum { POINTS = 70, L = 5, STEP = 3 }; // more points than a work-group, so that some groups loop

static const struct lb_cross_params params = {
    .weight = 0.7, .fall = 4.0 * STEP, .c = 0.5, .nearest = 0.4, .farthest = 1.6};

struct problem {
    float z[POINTS * L];
    float distance[POINTS * POINTS];
    float got[POINTS * L];
    double gradient[POINTS * L];
};

/* Distances other than those of the codes; a third of them are beyond either limit. */
static void draw(struct lb_self_test *test, struct problem *p)
{
    float *distance = p->distance;
    lb_self_test_draw(test, p->z, POINTS * L);
    lb_self_test_draw(test, distance, POINTS * POINTS);
    for (size_t i = 0; i < POINTS; i++) {
        for (size_t j = 0; j <= i; j++) {
            const float d = i == j ? 0.0f : 1.0f + 0.99f * distance[i * POINTS + j];
            distance[i * POINTS + j] = d;
            distance[j * POINTS + i] = d;
        }
    }
}

static double expect(struct problem *p)
{
    const float *z = p->z;
    double *gradient = p->gradient;
    const double c2 = params.c * params.c;
    double sum = 0.0;
    double count = 0.0;
    memset(gradient, 0, sizeof p->gradient);
    for (size_t i = 0; i < POINTS; i++) {
        for (size_t j = 0; j < i; j++) {
            const double d = (double)p->distance[i * POINTS + j];
            double s = 0.0;
            if (!(d > params.nearest && d < params.farthest)) {
                continue;
            }
            for (size_t k = 0; k < L; k++) {
                const double first = ((double)z[i * L + k] - (double)z[j * L + k]) / d;
                s += first * first;
            }
            const double a = s + c2;
            const double slope = (s - 1.0) * (s + 2.0 * c2 + 1.0) / (a * a);
            sum += (s - 1.0) * (s - 1.0) / a;
            count += 1.0;
            for (size_t k = 0; k < L; k++) {
                const double one =
                    2.0 * slope * ((double)z[i * L + k] - (double)z[j * L + k]) / (d * d);
                gradient[i * L + k] += one;
                gradient[j * L + k] -= one;
            }
        }
    }
    for (size_t at = 0; at < (size_t)POINTS * L; at++) {
        gradient[at] *= 0.75 * params.weight / count; // a quarter of the decrease has passed
    }
    return sum / count;
}

static enum lb_status test_cross(struct lb_self_test *test)
{
    struct lb_device *device = test->device;
    struct lb_cross cross = {0};
    cl_mem latent = NULL;
    cl_mem latent_gradient = NULL;
    struct problem p = {0};
    float slot[4];
    enum lb_status status = LB_OK;
    draw(test, &p);
    const double mean = expect(&p);
    LB_CHECK(lb_buffer_create(device, &latent, sizeof p.z, "self-test"));
    LB_CHECK(lb_buffer_create(device, &latent_gradient, sizeof p.z, "self-test"));
    LB_CHECK(lb_buffer_write(device, latent, 0, p.z, sizeof p.z));
    LB_CHECK(lb_buffer_zero(device, latent_gradient, 0, sizeof p.z));
    LB_CHECK(lb_cross_create(&cross, device, POINTS, 1, &params));
    LB_CHECK(lb_buffer_write(device, cross.distance, 0, p.distance, sizeof p.distance));
    LB_CHECK(lb_cross_run(&cross, latent, POINTS, L, latent_gradient, STEP, 0));
    LB_CHECK(lb_buffer_read(device, latent_gradient, 0, p.got, sizeof p.got));
    LB_CHECK(lb_loss_read(&cross.loss, 0, 1, slot));
    lb_self_test_compare(test, "mean", slot, &mean, 1, 1e-5);
    lb_self_test_compare(test, "gradient", p.got, p.gradient, (size_t)POINTS * L, 1e-5);
fail:
    lb_buffer_release(&latent);
    lb_buffer_release(&latent_gradient);
    lb_cross_destroy(&cross);
    return status;
}

const struct lb_self_test_case lb_cross_self_test = {
    .name = "cross pairs",
    .cost = 20,
    .files = {"step.cl"},
    .run = test_cross,
};
