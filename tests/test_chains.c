/*
 * Chains (method.md, section 2): their points against logarithms in double, their loss and its
 * gradient against plain loops in double and its central differences, and the decreasing radius. u
 * = 2^-24.
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/sampling.h"
#include "loss/isometry.h"
#include "manifold_reference.h"
#include "trainer_support.h"

enum { LINKS = 5, BINS = 32 };

/* ---- loss ------------------------------------------------------------------------------------ */

struct energy {
    double distortion;
    double bending;
};

/* The energy of one chain of points z (5, l) at equal steps along length r. */
static struct energy energy_of(const double *z, size_t l, double r, double c)
{
    struct energy energy = {0};
    int pairs = 0;
    int triples = 0;
    for (size_t j = 0; j < LINKS; j++) {
        for (size_t k = j + 1; k < LINKS; k++) {
            const double d = r * (double)(k - j) / (LINKS - 1);
            double first = 0.0;
            double second = 0.0;
            for (size_t i = 0; i < l; i++) {
                const double step = (z[k * l + i] - z[j * l + i]) / d;
                first += step * step;
                if ((k - j) % 2 == 0) {
                    const double middle = z[(j + k) / 2 * l + i];
                    const double bend =
                        8.0 * ((z[j * l + i] + z[k * l + i]) / 2.0 - middle) / (d * d);
                    second += bend * bend;
                }
            }
            first = fmax(first, (double)1e-12f);
            energy.distortion += (first - 1.0) * (first - 1.0) / (first + c * c);
            energy.bending += second;
            pairs++;
            triples += (k - j) % 2 == 0;
        }
    }
    assert_int_equal(pairs, 10);
    assert_int_equal(triples, 4);
    return (struct energy){energy.distortion / pairs, energy.bending / triples};
}

/* d (distortion + lambda bending) / d z[at], by central differences of the fourth order. */
static double slope_of(double *z, size_t l, double r, double c, double lambda, size_t at)
{
    const double h = 1e-4 * r;
    const double start = z[at];
    double slope = 0.0;
    for (int i = -2; i <= 2; i++) {
        static const double weights[] = {1.0, -8.0, 0.0, 8.0, -1.0};
        z[at] = start + i * h;
        const struct energy energy = energy_of(z, l, r, c);
        slope += weights[i + 2] * (energy.distortion + lambda * energy.bending) / (12.0 * h);
    }
    z[at] = start;
    return slope;
}

/* Nearly isometric, slightly bent chains of length 0.1 to 1. */
static void make_chains(size_t n, size_t l, float *z, float *length)
{
    for (size_t i = 0; i < n; i++) {
        length[i] = (float)pow(10.0, -0.5 + 0.5 * (double)draw(1, i));
        for (size_t j = 0; j < LINKS; j++) {
            for (size_t k = 0; k < l; k++) {
                const double t = (double)length[i] * (double)j / (LINKS - 1);
                const double way = 0.3 + 0.9 * (double)draw(2, i * l + k);
                const double bend = (double)draw(3, (i * LINKS + j) * l + k) * t * t / 8.0;
                z[(j * n + i) * l + k] = (float)((double)draw(4, i * l + k) + way * t + bend);
            }
        }
    }
}

static void check_loss(const struct device_fixture *fixture, size_t n, size_t l, double c,
                       bool in_place)
{
    enum { GUARD = 32, SLOT = 2 };
    const double lambda = 0.3;
    const size_t size = LINKS * n * l;
    struct lb_isometry isometry = {0};
    struct lb_isometry_terms got;
    double want[4] = {0.0, 0.0, 0.0, 0.0};
    float *z = allocate(size + GUARD, sizeof *z);
    float *length = allocate(n, sizeof *length);
    make_chains(n, l, z, length);
    for (size_t i = size; i < size + GUARD; i++) {
        z[i] = 7.5f;
    }
    cl_mem z_mem = upload(fixture, z, size + GUARD);
    cl_mem length_mem = upload(fixture, length, n);
    cl_mem gradient_mem = in_place ? z_mem : upload(fixture, z, size + GUARD);
    require_ok(fixture, lb_isometry_create(&isometry, fixture->device, (int)n, 3, lambda, c));
    require_ok(fixture, lb_isometry_run_chains(&isometry, z_mem, length_mem, (int)n, (int)l,
                                               gradient_mem, SLOT));
    float *gradient = download(fixture, gradient_mem, size + GUARD);
    require_ok(fixture, lb_loss_read(&isometry.loss, SLOT, 1, (float *)&got));
    for (size_t i = 0; i < n; i++) {
        double chain[LINKS * 17];
        for (size_t j = 0; j < LINKS * l; j++) {
            chain[j] = (double)z[(j / l * n + i) * l + j % l];
        }
        const double r = (double)length[i];
        const struct energy energy = energy_of(chain, l, r, c);
        want[0] += energy.distortion / (double)n;
        want[1] += energy.bending / (double)n;
        want[2] += energy.distortion * energy.distortion / (double)n;
        want[3] += energy.bending * energy.bending / (double)n;
        double largest = 0.0;
        double slopes[LINKS * 17];
        for (size_t j = 0; j < LINKS * l; j++) {
            slopes[j] = slope_of(chain, l, r, c, lambda, j) / (double)n;
            largest = fmax(largest, fabs(slopes[j]));
        }
        for (size_t j = 0; j < LINKS * l; j++) {
            const double found = (double)gradient[(j / l * n + i) * l + j % l];
            check_near("gradient", i * LINKS * l + j, found, slopes[j], 3e-5 * largest);
        }
    }
    for (size_t i = size; i < size + GUARD; i++) {
        check_near("behind the gradient", i, (double)gradient[i], 7.5, 0.0);
    }
    check_near("distortion", n, (double)got.distortion, want[0], 1e-5 * want[0]);
    check_near("bending", n, (double)got.bending, want[1], 1e-5 * want[1]);
    check_near("distortion squared", n, (double)got.distortion_squared, want[2], 2e-5 * want[2]);
    check_near("bending squared", n, (double)got.bending_squared, want[3], 2e-5 * want[3]);
    free(gradient);
    free(z);
    free(length);
    lb_isometry_destroy(&isometry);
    if (!in_place) {
        lb_buffer_release(&gradient_mem);
    }
    lb_buffer_release(&z_mem);
    lb_buffer_release(&length_mem);
}

static void loss_and_gradient_are_those_of_plain_loops(void **state)
{
    static const size_t sizes[] = {1, 63, 64, 65, 257};
    for (size_t i = 0; i < LB_COUNT(sizes); i++) {
        check_loss(*state, sizes[i], 3, 0.7, i % 2 == 0);
        check_loss(*state, sizes[i], 17, 0.0, i % 2 != 0);
    }
}

/* All points coincide: gamma_0 has its limit, and the gradient is 0. */
static void collapsed_chains_stay_finite(void **state)
{
    const struct device_fixture *fixture = *state;
    const float z[LINKS * 2] = {0.0f};
    const float length = 0.5f;
    struct lb_isometry isometry = {0};
    struct lb_isometry_terms got;
    cl_mem z_mem = upload(fixture, z, LB_COUNT(z));
    cl_mem length_mem = upload(fixture, &length, 1);
    require_ok(fixture, lb_isometry_create(&isometry, fixture->device, 1, 1, 0.1, 0.0));
    require_ok(fixture, lb_isometry_run_chains(&isometry, z_mem, length_mem, 1, 2, z_mem, 0));
    float *gradient = download(fixture, z_mem, LB_COUNT(z));
    require_ok(fixture, lb_loss_read(&isometry.loss, 0, 1, (float *)&got));
    check_near("distortion", 0, (double)got.distortion, 1e12, 1e6);
    for (size_t i = 0; i < LB_COUNT(z); i++) {
        check_near("gradient", i, (double)gradient[i], 0.0, 0.0);
    }
    free(gradient);
    lb_isometry_destroy(&isometry);
    lb_buffer_release(&z_mem);
    lb_buffer_release(&length_mem);
}

/* ---- points ---------------------------------------------------------------------------------- */

enum { CHAINS = 4096 };

struct drawn {
    float *points; ///< (5 n, p)
    float *length;
    float *images; ///< (5 n, D)
};

static struct drawn draw_chains(const struct device_fixture *fixture, struct lb_dataset *dataset,
                                size_t n, double low, double high)
{
    const size_t points = LINKS * n;
    const size_t p = (size_t)lb_dataset_get_info(dataset)->point_size;
    const struct lb_random_counter counter = {5, LB_STREAM_PAIRS, 2, 0};
    struct lb_pair_buffers mem = {0};
    cl_mem images = NULL;
    require_ok(fixture, lb_pair_buffers_create(&mem, dataset, n, points));
    require_ok(fixture, lb_buffer_create(fixture->device, &images,
                                         points * dataset->image_size * sizeof(float), "images"));
    require_ok(fixture,
               lb_dataset_enqueue_chain_images(dataset, counter, (int)n, low, high, &mem, images));
    require_ok(fixture, lb_pair_buffers_check(dataset, &mem));
    const struct drawn drawn = {download(fixture, mem.points, points * p),
                                download(fixture, mem.distance, n),
                                download(fixture, images, points * dataset->image_size)};
    lb_buffer_release(&images);
    lb_pair_buffers_release(&mem);
    return drawn;
}

static void free_drawn(struct drawn *drawn)
{
    free(drawn->points);
    free(drawn->length);
    free(drawn->images);
}

static void count(int *counts, double u)
{
    const int bin = (int)(u * BINS);
    counts[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
}

/* Checks one chain: point k is exp_x(k r u / 4), all steps are equal, no point is outside. */
static void check_chain(const struct manifold_reference *m, const struct drawn *drawn, size_t i)
{
    double point[LINKS][MAX_POINT];
    double end[MAX_DIMENSION];
    const double r = (double)drawn->length[i];
    const double tolerance = 2.0 * (m->rounding + 4.0 * r) * UNIT;
    for (size_t j = 0; j < LINKS; j++) {
        widen(drawn->points + (j * CHAINS + i) * (size_t)m->point_size, m->point_size, point[j]);
        check_near("outside", i, fmin(m->clearance(point[j]), 0.0), 0.0, m->rounding * UNIT);
    }
    m->logarithm(point[0], point[LINKS - 1], end);
    check_near(m->name, i, length_of(end, m->dimension), r, tolerance);
    for (size_t j = 1; j < LINKS - 1; j++) {
        double way[MAX_DIMENSION];
        m->logarithm(point[0], point[j], way);
        for (int k = 0; k < m->dimension; k++) {
            check_near(m->name, i, way[k], end[k] * (double)j / (LINKS - 1), tolerance);
        }
    }
    for (size_t j = 0; j < LINKS; j++) {
        for (size_t k = j + 1; k < LINKS; k++) {
            check_near(m->name, i, reference_distance(m, point[j], point[k]),
                       r * (double)(k - j) / (LINKS - 1), tolerance);
        }
    }
}

/* The kernels' distance between neighbours is a quarter of the length too. */
static void check_steps(const struct device_fixture *fixture, struct lb_dataset *dataset,
                        const struct manifold_reference *m, const struct drawn *drawn)
{
    const size_t block = CHAINS * (size_t)m->point_size;
    float *found = allocate(CHAINS, sizeof *found);
    for (size_t j = 0; j + 1 < LINKS; j++) {
        require_ok(fixture, lb_dataset_distances(dataset, drawn->points + j * block,
                                                 drawn->points + (j + 1) * block, CHAINS, found));
        for (size_t i = 0; i < CHAINS; i++) {
            const double r = (double)drawn->length[i];
            check_near("step", i, (double)found[i], 0.25 * r, 2.0 * (m->rounding + 4.0 * r) * UNIT);
        }
    }
    free(found);
}

/* Each of the five points of a chain is uniform on a closed manifold, for small and for large
   radii. */
static void points_follow_the_laws(void **state)
{
    static const double radii[][2] = {{0.03, 0.3}, {0.8, 0.999}};
    const struct device_fixture *fixture = *state;
    for (size_t row = 0; row < manifold_reference_count * LB_COUNT(radii); row++) {
        const struct manifold_reference *m = &manifold_references[row / LB_COUNT(radii)];
        const double unit = isinf(m->injectivity_radius) ? 1.0 : m->injectivity_radius;
        const double low = radii[row % LB_COUNT(radii)][0] * unit;
        const double high = radii[row % LB_COUNT(radii)][1] * unit;
        const bool closed = isinf(m->clearance((const double[MAX_POINT]){1.0, 0.0, 1.0, 0.0}));
        char name[64];
        struct lb_dataset *dataset = NULL;
        snprintf(name, sizeof name, "%s-points", m->name);
        require_ok(fixture, lb_dataset_open(&dataset, fixture->device,
                                            &(const struct lb_dataset_params){.name = name}));
        struct drawn drawn = draw_chains(fixture, dataset, CHAINS, low, high);
        int counts[MAX_DIMENSION][BINS];
        int radius[BINS] = {0};
        for (size_t j = 0; j < LINKS; j++) {
            memset(counts, 0, sizeof counts);
            for (size_t i = 0; i < CHAINS; i++) {
                const size_t at = (j * CHAINS + i) * (size_t)m->point_size;
                double point[MAX_POINT];
                double u[MAX_DIMENSION];
                widen(drawn.points + at, m->point_size, point);
                m->uniform(point, u);
                for (int k = 0; k < m->dimension; k++) {
                    count(counts[k], u[k]);
                }
            }
            for (int k = 0; k < m->dimension && (closed || j == 0); k++) {
                check_uniform(m->name, counts[k], BINS);
            }
        }
        for (size_t i = 0; i < CHAINS; i++) {
            const double r = (double)drawn.length[i];
            check_chain(m, &drawn, i);
            assert_true(r >= (double)(float)low && r <= (double)(float)high);
            count(radius, (m->volume(r) - m->volume(low)) / (m->volume(high) - m->volume(low)));
        }
        if (closed) {
            check_uniform("length", radius, BINS);
        }
        check_steps(fixture, dataset, m, &drawn);
        free_drawn(&drawn);
        lb_dataset_close(&dataset);
    }
}

/* One launch for points and one-pixel images gives the same points as separate launches; the images
 * belong to the points. */
static void images_are_of_the_points(void **state)
{
    enum { N = 76 };
    static const char *const names[] = {"klein-points", "klein-patches"};
    const struct device_fixture *fixture = *state;
    struct drawn drawn[2];
    for (size_t k = 0; k < 2; k++) {
        const struct lb_dataset_params params = {.name = names[k], .size = k == 0 ? 0 : 6};
        struct lb_dataset *dataset = NULL;
        require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &params));
        const size_t numbers = LINKS * N * dataset->image_size;
        float *images = allocate(numbers, sizeof *images);
        drawn[k] = draw_chains(fixture, dataset, N, 0.01, 0.1);
        require_ok(fixture, lb_dataset_render(dataset, drawn[k].points, LINKS * N, images));
        for (size_t i = 0; i < numbers; i++) {
            check_near(names[k], i, (double)drawn[k].images[i], (double)images[i], 8.0 * UNIT);
        }
        free(images);
        lb_dataset_close(&dataset);
    }
    for (size_t i = 0; i < LINKS * N * 2; i++) {
        check_near("point", i, (double)drawn[1].points[i], (double)drawn[0].points[i], 4.0 * UNIT);
    }
    free_drawn(&drawn[0]);
    free_drawn(&drawn[1]);
}

/* ---- training -------------------------------------------------------------------------------- */

/* Each step draws within its radii, which fall log-linearly; evaluations use the last radius. */
static void epsilon_falls_log_linearly(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    make_small_params(&params);
    params.epsilon = 0.3;
    params.min_distance = 0.03;
    params.epsilon_start = 2.4;
    params.epsilon_share = 0.5;
    params.steps = 12;
    for (int strategy = LB_STRATEGY_BALL; strategy <= LB_STRATEGY_CHAIN; strategy++) {
        struct lb_trainer *trainer = NULL;
        struct lb_means means;
        params.strategy = (enum lb_strategy)strategy;
        require_ok(fixture, lb_trainer_create(&trainer, fixture->device, &params));
        const size_t n = strategy == LB_STRATEGY_CHAIN ? 38 : 64; // 3 * 64 / 5
        for (int step = 0; step < params.steps; step++) {
            /* From 2.4 to 0.3: three halvings in six steps. */
            const double epsilon = step < 6 ? 2.4 * exp2(-0.5 * step) : 0.3;
            double largest = 0.0;
            check_near("epsilon", (size_t)step, lb_trainer_epsilon(trainer, step), epsilon, 1e-14);
            take_one_step(fixture, trainer, LB_PHASE_ENCODER, step, &means);
            float *distance = download(fixture, trainer->batches.pairs.distance, n);
            for (size_t i = 0; i < n; i++) {
                largest = fmax(largest, (double)distance[i]);
                assert_true((double)distance[i] >= 0.1 * epsilon * (1.0 - 1e-6));
                assert_true((double)distance[i] <= epsilon * (1.0 + 1e-6));
            }
            assert_true(largest > 0.85 * epsilon);
            free(distance);
        }
        trainer->position.step = params.steps;
        require_ok(fixture, lb_trainer_evaluate(trainer, &means));
        float *distance = download(fixture, trainer->batches.pairs.distance, 64);
        for (size_t i = 0; i < 64; i++) {
            assert_true((double)distance[i] <= 0.3 * (1.0 + 1e-6));
        }
        free(distance);
        lb_trainer_destroy(&trainer);
    }
}

static void check_refusal(const struct device_fixture *fixture,
                          const struct lb_train_params *params, const char *text)
{
    struct lb_trainer *trainer = NULL;
    require_error(fixture, lb_trainer_create(&trainer, fixture->device, params), LB_ERR_ARGUMENT,
                  text);
    assert_null(trainer);
}

static void what_does_not_fit_is_refused(void **state)
{
    struct lb_train_params params;
    make_small_params(&params);
    params.epsilon_start = 0.29;
    check_refusal(*state, &params, "--epsilon-start 0.29: below --epsilon 0.3");
    params.epsilon_start = 3.2;
    check_refusal(*state, &params, "--epsilon-start 3.2: not below the injectivity radius");
    params.epsilon_start = 1.0;
    params.samples = 200;
    check_refusal(*state, &params, "do not support --epsilon-start");
    params.epsilon_start = 0.0;
    params.strategy = LB_STRATEGY_CHAIN;
    check_refusal(*state, &params, "do not support --strategy chain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_and_gradient_are_those_of_plain_loops),
        cmocka_unit_test(collapsed_chains_stay_finite),
        cmocka_unit_test(points_follow_the_laws),
        cmocka_unit_test(images_are_of_the_points),
        cmocka_unit_test(epsilon_falls_log_linearly),
        cmocka_unit_test(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests_name("chains", tests, open_device_fixture, close_device_fixture);
}
