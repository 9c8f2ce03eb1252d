#include "loss/chain_self_test.h"

#include <string.h>

#include "loss/isometry.h"

enum { CHAINS = 70, LINKS = 5, L = 5, PAIRS = 10, TRIPLES = 4 }; // more chains than a work-group

static const double lambda = 0.3;
static const double c = 0.5;

struct problem {
    float z[LINKS * CHAINS * L]; ///< by position in the chain, then by chain
    float distance[CHAINS];
    float got[LINKS * CHAINS * L];
    double gradient[LINKS * CHAINS * L];
    double distortion;
    double bending;
};

/* Codes like those of an embedding: nearly isometric, and bent. */
static void draw(struct lb_self_test *test, struct problem *p)
{
    float *noise = p->got; // not in use yet
    lb_self_test_draw(test, noise, LINKS * CHAINS * L);
    for (size_t i = 0; i < CHAINS; i++) {
        p->distance[i] = 0.3f + 0.3f * (float)i / CHAINS;
        for (size_t j = 0; j < LINKS; j++) {
            const float t = p->distance[i] * (float)j / (LINKS - 1);
            for (size_t k = 0; k < L; k++) {
                const float bend = 0.1f * t * t * noise[(j * CHAINS + i) * L + k];
                p->z[(j * CHAINS + i) * L + k] =
                    noise[i * L + k] + t * noise[(CHAINS + i) * L + k] + bend;
            }
        }
    }
}

/* Points j and k of chain i: a first quotient, and a second one if the chain has their midpoint. */
static void expect_pair(struct problem *p, size_t i, size_t j, size_t k)
{
    const double d = (double)p->distance[i] * (double)(k - j) / (LINKS - 1);
    const size_t x = (j * CHAINS + i) * L;
    const size_t y = (k * CHAINS + i) * L;
    const size_t m = ((j + k) / 2 * CHAINS + i) * L;
    double s = 0.0;
    for (size_t at = 0; at < L; at++) {
        const double first = ((double)p->z[y + at] - (double)p->z[x + at]) / d;
        s += first * first;
    }
    const double a = s + c * c;
    const double slope = (s - 1.0) * (s + 2.0 * c * c + 1.0) / (a * a);
    p->distortion += (s - 1.0) * (s - 1.0) / a / (PAIRS * CHAINS);
    for (size_t at = 0; at < L; at++) {
        const double first = ((double)p->z[y + at] - (double)p->z[x + at]) / d;
        const double one = 2.0 * slope * first / d / (PAIRS * CHAINS);
        p->gradient[x + at] -= one;
        p->gradient[y + at] += one;
        if ((k - j) % 2 == 0) {
            const double middle = (double)p->z[m + at];
            const double second =
                8.0 * (0.5 * ((double)p->z[x + at] + (double)p->z[y + at]) - middle) / (d * d);
            const double two = 2.0 * lambda * second * 8.0 / (d * d) / (TRIPLES * CHAINS);
            p->bending += second * second / (TRIPLES * CHAINS);
            p->gradient[x + at] += 0.5 * two;
            p->gradient[y + at] += 0.5 * two;
            p->gradient[m + at] -= two;
        }
    }
}

static enum lb_status test_chains(struct lb_self_test *test)
{
    struct lb_device *device = test->device;
    struct lb_isometry isometry = {0};
    struct lb_isometry_terms terms;
    struct problem p;
    cl_mem z = NULL;
    cl_mem distance = NULL;
    cl_mem gradient = NULL;
    enum lb_status status = LB_OK;
    memset(&p, 0, sizeof p);
    draw(test, &p);
    for (size_t i = 0; i < CHAINS; i++) {
        for (size_t j = 0; j < LINKS; j++) {
            for (size_t k = j + 1; k < LINKS; k++) {
                expect_pair(&p, i, j, k);
            }
        }
    }
    LB_CHECK(lb_buffer_create(device, &z, sizeof p.z, "self-test"));
    LB_CHECK(lb_buffer_create(device, &distance, sizeof p.distance, "self-test"));
    LB_CHECK(lb_buffer_create(device, &gradient, sizeof p.got, "self-test"));
    LB_CHECK(lb_buffer_write(device, z, 0, p.z, sizeof p.z));
    LB_CHECK(lb_buffer_write(device, distance, 0, p.distance, sizeof p.distance));
    LB_CHECK(lb_isometry_create(&isometry, device, CHAINS, 1, lambda, c));
    LB_CHECK(lb_isometry_run_chains(&isometry, z, distance, CHAINS, L, gradient, 0));
    LB_CHECK(lb_buffer_read(device, gradient, 0, p.got, sizeof p.got));
    LB_CHECK(lb_loss_read(&isometry.loss, 0, 1, (float *)&terms));
    lb_self_test_compare(test, "distortion", &terms.distortion, &p.distortion, 1, 1e-4);
    lb_self_test_compare(test, "bending", &terms.bending, &p.bending, 1, 1e-4);
    lb_self_test_compare(test, "gradient", p.got, p.gradient, LINKS * CHAINS * L, 1e-4);
fail:
    lb_buffer_release(&z);
    lb_buffer_release(&distance);
    lb_buffer_release(&gradient);
    lb_isometry_destroy(&isometry);
    return status;
}

const struct lb_self_test_case lb_chain_self_test = {
    .name = "chains",
    .cost = 14,
    .files = {"step.cl"},
    .run = test_chains,
};
