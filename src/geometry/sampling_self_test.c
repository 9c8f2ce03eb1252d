#include "geometry/sampling_self_test.h"

#include <math.h>
#include <string.h>

#include "geometry/dataset.h"
#include "geometry/sampling.h"

enum { POINTS = 512, CHAINS = 76 };

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

/* The mean radius: integral of r sin r over that of sin r, from a to b. */
static double mean_radius(double a, double b)
{
    return (sin(b) - b * cos(b) - sin(a) + a * cos(a)) / (cos(a) - cos(b));
}

/* The five points of each chain are in order, at equal steps of a quarter of its length. */
static enum lb_status test_chains(struct lb_self_test *test, struct lb_dataset *dataset)
{
    static const struct lb_random_counter counter = {1, LB_STREAM_USER_PAIRS, 1, 0};
    const size_t size = LB_CHAIN_IMAGES * CHAINS * dataset->image_size * sizeof(float);
    struct lb_pair_buffers chains = {0};
    cl_mem images = NULL;
    float points[3 * LB_CHAIN_IMAGES * CHAINS];
    float length[CHAINS];
    float found[CHAINS];
    double want[CHAINS];
    enum lb_status status = LB_OK;
    LB_CHECK(lb_pair_buffers_create(&chains, dataset, CHAINS, LB_CHAIN_IMAGES * CHAINS));
    LB_CHECK(lb_buffer_create(test->device, &images, size, "self-test"));
    LB_CHECK(lb_dataset_enqueue_chain_images(dataset, counter, CHAINS, 0.05, 0.5, &chains, images));
    LB_CHECK(lb_buffer_read(test->device, chains.points, 0, points, sizeof points));
    LB_CHECK(lb_buffer_read(test->device, chains.distance, 0, length, sizeof length));
    for (size_t j = 0; j < LB_CHAIN_IMAGES; j++) {
        for (size_t k = j + 1; k < LB_CHAIN_IMAGES; k++) {
            for (size_t i = 0; i < CHAINS; i++) {
                found[i] = (float)distance_of(points + 3 * (j * CHAINS + i),
                                              points + 3 * (k * CHAINS + i));
                want[i] = (double)length[i] * (double)(k - j) / (LB_CHAIN_IMAGES - 1);
            }
            lb_self_test_compare(test, "distance in a chain", found, want, CHAINS, 1e-5);
        }
    }
fail:
    lb_buffer_release(&images);
    lb_pair_buffers_release(&chains);
    return status;
}

static enum lb_status test_sampling(struct lb_self_test *test)
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
    /* Six standard errors: those of means are 1 / sqrt(3 n) and below 0.12 / sqrt(n) */
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
    LB_CHECK(test_chains(test, dataset));
fail:
    lb_dataset_close(&dataset);
    return status;
}

const struct lb_self_test_case lb_sampling_self_test = {
    .name = "sampling",
    .cost = 100,
    .files = {"dataset/sphere.cl", "geometry/kernels.cl"},
    .run = test_sampling,
};
