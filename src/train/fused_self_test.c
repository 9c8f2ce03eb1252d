/* Self-test of the fused gradient of small networks against differences of the loss in double
 * precision. */
#include <string.h>

#include "loss/isometry.h"
#include "nn/activation.h"
#include "train/fused.h"
#include "train/training_self_test.h"

/* Two work-items, one of them partly filled; a layer used in place, with weights a multiple of 32,
 * and one that is copied, with more columns than a vector. One of them leaves a remainder of a tile
 * for any vector width: 4, 8 (the second layer) or 16 (the first). */
enum { PAIRS = 17, IN = 4, MIDDLE = 48, OUT = 17 };
enum { WEIGHTS1 = IN * MIDDLE, WEIGHTS2 = MIDDLE * OUT };
enum { PARTS = 4, PARAMETERS = WEIGHTS1 + MIDDLE + WEIGHTS2 + OUT };

static const double lambda = 0.3;
static const double c = 0.5;
static const double tolerance = 1e-3; // the second quotient magnifies rounding errors of codes

struct fused_case {
    enum lb_activation activation;
    float images[3 * PAIRS * IN];
    float distance[PAIRS];
    float values[PARAMETERS]; ///< W, b of layer 0, then of layer 1
    double parameters[PARAMETERS];
    double gradient[PARAMETERS];
    double terms[2];
    float got[PARAMETERS];
};

/* Images of pairs like those of a smooth map. */
static void draw_case(struct lb_self_test *test, struct fused_case *p)
{
    lb_self_test_draw(test, p->images, 3 * PAIRS * IN);
    lb_self_test_draw(test, p->values, PARAMETERS);
    for (size_t i = 0; i < PAIRS; i++) {
        const float d = 0.3f + 0.3f * (float)i / PAIRS;
        p->distance[i] = d;
        for (size_t k = 0; k < IN; k++) {
            const float x = p->images[i * IN + k];
            float *y = &p->images[(PAIRS + i) * IN + k];
            float *m = &p->images[(2 * PAIRS + i) * IN + k];
            *y = x + d * *y;
            *m = 0.5f * (x + *y) + 0.1f * d * d * *m;
        }
    }
    for (size_t i = 0; i < PARAMETERS; i++) {
        p->parameters[i] = (double)p->values[i];
    }
}

static void encode(const struct fused_case *p, size_t row, double z[OUT])
{
    const double *weight1 = p->parameters;
    const double *bias1 = weight1 + WEIGHTS1;
    const double *weight2 = bias1 + MIDDLE;
    const double *bias2 = weight2 + WEIGHTS2;
    for (size_t k = 0; k < OUT; k++) {
        z[k] = bias2[k];
    }
    for (size_t j = 0; j < MIDDLE; j++) {
        double slope;
        double sum = bias1[j];
        for (size_t i = 0; i < IN; i++) {
            sum += (double)p->images[row * IN + i] * weight1[i * MIDDLE + j];
        }
        const double h = lb_activation_row(p->activation)->function->value(sum, &slope);
        for (size_t k = 0; k < OUT; k++) {
            z[k] += h * weight2[j * OUT + k];
        }
    }
}

/* The loss, with its terms in p->terms (method.md, section 1). */
static double loss_of(struct fused_case *p)
{
    p->terms[0] = 0.0;
    p->terms[1] = 0.0;
    for (size_t i = 0; i < PAIRS; i++) {
        const double d = (double)p->distance[i];
        double x[OUT];
        double y[OUT];
        double m[OUT];
        double first = 0.0;
        encode(p, i, x);
        encode(p, PAIRS + i, y);
        encode(p, 2 * PAIRS + i, m);
        for (size_t k = 0; k < OUT; k++) {
            const double second = 8.0 * (0.5 * (x[k] + y[k]) - m[k]) / (d * d);
            first += (y[k] - x[k]) * (y[k] - x[k]) / (d * d);
            p->terms[1] += second * second / PAIRS;
        }
        p->terms[0] += (first - 1.0) * (first - 1.0) / (first + c * c) / PAIRS;
    }
    return p->terms[0] + lambda * p->terms[1];
}

static void expect(struct fused_case *p)
{
    const double h = 1e-6;
    for (size_t i = 0; i < PARAMETERS; i++) {
        const double value = p->parameters[i];
        p->parameters[i] = value + h;
        const double above = loss_of(p);
        p->parameters[i] = value - h;
        p->gradient[i] = (above - loss_of(p)) / (2.0 * h);
        p->parameters[i] = value;
    }
    loss_of(p);
}

/* Adds up the work-items' contributions to the n numbers at `offset` of the gradient. */
static enum lb_status add_shares(const struct lb_fused *fused, size_t offset, size_t n, float *sum)
{
    float share[PARAMETERS];
    memset(sum, 0, n * sizeof *sum);
    for (size_t item = 0; item < (size_t)fused->items; item++) {
        const size_t at = item * fused->network->layers.block_size + offset;
        LB_TRY(lb_buffer_read(fused->device, fused->gradients, at * sizeof *share, share,
                              n * sizeof *share));
        for (size_t i = 0; i < n; i++) {
            sum[i] += share[i];
        }
    }
    return LB_OK;
}

static enum lb_status run(struct lb_self_test *test, struct lb_network *network,
                          struct lb_fused *fused, struct fused_case *p, const cl_mem mems[2])
{
    struct lb_device *device = test->device;
    const size_t sizes[PARTS] = {WEIGHTS1, MIDDLE, WEIGHTS2, OUT};
    const size_t offsets[PARTS] = {network->layers.layer[0].weight, network->layers.layer[0].bias,
                                   network->layers.layer[1].weight, network->layers.layer[1].bias};
    struct lb_isometry_terms terms;
    LB_TRY(lb_buffer_write(device, mems[0], 0, p->images, sizeof p->images));
    LB_TRY(lb_buffer_write(device, mems[1], 0, p->distance, sizeof p->distance));
    size_t at = 0;
    for (size_t i = 0; i < PARTS; i++) {
        LB_TRY(lb_buffer_write(device, network->parameters, offsets[i] * sizeof(float),
                               p->values + at, sizes[i] * sizeof(float)));
        at += sizes[i];
    }
    LB_TRY(lb_fused_run(fused, mems[0], mems[1], 0));
    at = 0;
    for (size_t i = 0; i < PARTS; i++) {
        LB_TRY(add_shares(fused, offsets[i], sizes[i], p->got + at));
        at += sizes[i];
    }
    LB_TRY(lb_loss_read(&fused->isometry->loss, 0, 1, (float *)&terms));
    lb_self_test_compare(test, "fused gradient", p->got, p->gradient, PARAMETERS, tolerance);
    lb_self_test_compare(test, "fused distortion", &terms.distortion, &p->terms[0], 1, tolerance);
    lb_self_test_compare(test, "fused bending", &terms.bending, &p->terms[1], 1, tolerance);
    return LB_OK;
}

static enum lb_status test_fused(struct lb_self_test *test)
{
    static const int hidden[] = {MIDDLE};
    const struct lb_mlp mlp = {IN, hidden, 1, OUT, test->activation, LB_LINEAR};
    struct lb_layer_list layers;
    struct lb_device *device = test->device;
    struct fused_case p = {.activation = test->activation};
    struct lb_gemm *gemm = NULL;
    struct lb_network *network = NULL;
    struct lb_fused fused = {0};
    struct lb_isometry isometry = {0};
    cl_mem mems[2] = {NULL, NULL};
    enum lb_status status = LB_OK;
    draw_case(test, &p);
    expect(&p);
    LB_CHECK(lb_gemm_create(&gemm, device, LB_GEMM_PANEL));
    LB_CHECK(lb_layer_list_mlp(&layers, device->ctx, &mlp));
    LB_CHECK(lb_network_create(&network, device, gemm, &layers));
    if (lb_fused_pays(test->device, &network->layers, LB_GEMM_PANEL)) {
        const size_t sizes[] = {sizeof p.images, sizeof p.distance};
        for (size_t i = 0; i < LB_COUNT(sizes); i++) {
            LB_CHECK(lb_buffer_create(device, &mems[i], sizes[i], "self-test"));
        }
        LB_CHECK(lb_isometry_create(&isometry, device, PAIRS, 1, lambda, c));
        LB_CHECK(lb_fused_create(&fused, network, &isometry, PAIRS));
        LB_CHECK(run(test, network, &fused, &p, mems));
    }
fail:
    for (size_t i = 0; i < LB_COUNT(mems); i++) {
        lb_buffer_release(&mems[i]);
    }
    lb_fused_destroy(&fused);
    lb_isometry_destroy(&isometry);
    lb_network_destroy(&network);
    lb_gemm_destroy(&gemm);
    return status;
}

const struct lb_self_test_case lb_fused_self_test = {
    .name = "small networks",
    .for_activation = true,
    .cost = 80,
    .files = {"train/fused.cl"},
    .run = test_fused,
};
