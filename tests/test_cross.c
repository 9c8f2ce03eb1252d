/* Cross pairs: loss and gradient against a double loop, and that against finite differences;
 * distances of all pairs; the decreasing weight. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/distance_matrix.h"
#include "loss/cross.h"
#include "manifold_reference.h"
#include "trainer_support.h"

enum { SLOTS = 3, SLOT = 1, GUARD = 5 };
static const double nearest = 0.05;
static const double farthest = 1.0;

/* ---- plain C --------------------------------------------------------------------------------- */

struct problem {
    size_t n;
    size_t l;
    double c;
    const float *distance; ///< (n, n)
};

struct result {
    double mean;
    double squares; ///< mean of gamma^2
    double count;
    double *gradient; ///< (n, l), of the mean
};

static double gamma_of(double s_squared, double c)
{
    const double s = fmax(s_squared, (double)1e-12f);
    return (s - 1.0) * (s - 1.0) / (s + c * c);
}

/* d gamma / d s^2 by the quotient rule. */
static double slope_of(double s_squared, double c)
{
    const double s = fmax(s_squared, (double)1e-12f);
    const double a = s + c * c;
    return (2.0 * (s - 1.0) * a - (s - 1.0) * (s - 1.0)) / (a * a);
}

/* gradient NULL: the mean alone. */
static struct result evaluate(const struct problem *p, const double *z, double *gradient)
{
    struct result result = {.gradient = gradient};
    for (size_t i = 0; i < p->n; i++) {
        for (size_t j = i + 1; j < p->n; j++) {
            const double d = (double)p->distance[i * p->n + j];
            double s = 0.0;
            if (d <= (double)(float)nearest || d >= farthest) {
                continue;
            }
            for (size_t k = 0; k < p->l; k++) {
                const double step = z[i * p->l + k] - z[j * p->l + k];
                s += step * step / (d * d);
            }
            result.count += 1.0;
            result.mean += gamma_of(s, p->c);
            result.squares += gamma_of(s, p->c) * gamma_of(s, p->c);
            for (size_t k = 0; k < p->l && gradient != NULL; k++) {
                const double step = z[i * p->l + k] - z[j * p->l + k];
                gradient[i * p->l + k] += 2.0 * slope_of(s, p->c) * step / (d * d);
                gradient[j * p->l + k] -= 2.0 * slope_of(s, p->c) * step / (d * d);
            }
        }
    }
    const double count = fmax(result.count, 1.0);
    result.mean /= count;
    result.squares /= count;
    for (size_t at = 0; at < p->n * p->l && gradient != NULL; at++) {
        gradient[at] /= count;
    }
    return result;
}

/* Codes in [-1,1) and symmetric distances in (0, 1.5), some of them beyond each limit. */
static void draw_problem(size_t n, size_t l, float *z, float *distance)
{
    for (size_t at = 0; at < n * l; at++) {
        z[at] = draw(1, at);
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            const float d = i == j ? 0.0f : 0.75f + 0.7499f * draw(2, i * n + j);
            distance[i * n + j] = d;
            distance[j * n + i] = d;
        }
    }
}

static double *widened(const float *values, size_t n)
{
    double *out = allocate(n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i] = (double)values[i];
    }
    return out;
}

static void gradient_is_that_of_finite_differences(void **state)
{
    enum { N = 9, L = 4 };
    float codes[N * L];
    float distance[N * N];
    (void)state;
    draw_problem(N, L, codes, distance);
    double *z = widened(codes, (size_t)N * L);
    double gradient[N * L] = {0.0};
    const struct problem p = {N, L, 0.3, distance};
    const struct result result = evaluate(&p, z, gradient);
    assert_true(result.count > 10.0 && result.count < 36.0); // of 36 pairs
    for (size_t at = 0; at < (size_t)N * L; at++) {
        const double h = 1e-5;
        const double before = z[at];
        z[at] = before + h;
        const double above = evaluate(&p, z, NULL).mean;
        z[at] = before - h;
        const double below = evaluate(&p, z, NULL).mean;
        z[at] = before;
        check_near("gradient", at, gradient[at], (above - below) / (2.0 * h), 1e-6);
    }
    free(z);
}

/* ---- the device ------------------------------------------------------------------------------ */

/* Halfway through the fall, so with half of the weight 0.6. The gradient is added to existing
   numbers. */
static void check_device(const struct device_fixture *fixture, const float *codes,
                         const struct problem *p)
{
    const size_t size = p->n * p->l;
    const struct lb_cross_params params = {
        .weight = 0.6, .fall = 8.0, .c = p->c, .nearest = nearest, .farthest = farthest};
    char what[80];
    struct lb_cross cross = {0};
    float *before = allocate(size + GUARD, sizeof *before);
    double *want = allocate(size, sizeof *want);
    double *z = widened(codes, size);
    const struct result result = evaluate(p, z, want);
    snprintf(what, sizeof what, "n %zu l %zu c %g", p->n, p->l, p->c);
    for (size_t at = 0; at < size + GUARD; at++) {
        before[at] = at < size ? draw(3, at) : CANARY;
    }
    cl_mem latent = upload(fixture, codes, size);
    cl_mem gradient_mem = upload(fixture, before, size + GUARD);
    require_ok(fixture, lb_cross_create(&cross, fixture->device, (int)p->n, SLOTS, &params));
    require_ok(fixture, lb_buffer_write(fixture->device, cross.distance, 0, p->distance,
                                        p->n * p->n * sizeof(float)));
    require_ok(fixture, lb_cross_run(&cross, latent, (int)p->n, (int)p->l, gradient_mem, 4, SLOT));
    float *gradient = download(fixture, gradient_mem, size + GUARD);
    float *slots = download(fixture, cross.loss.slots, SLOTS * 4);
    check_near(what, 0, (double)slots[4 * SLOT], result.mean, 1e-5 * result.mean);
    check_near(what, 1, (double)slots[4 * SLOT + 1], result.squares, 1e-5 * result.squares);
    check_near(what, 2, (double)slots[4 * SLOT + 2], result.count, 0.0);
    for (size_t i = 0; i < 4 * SLOTS; i++) {
        assert_true(i / 4 == SLOT || slots[i] == 0.0f);
    }
    double largest = 1.0;
    for (size_t at = 0; at < size; at++) {
        largest = fmax(largest, fabs(want[at]));
    }
    for (size_t at = 0; at < size + GUARD; at++) {
        const double added = at < size ? 0.3 * want[at] : 0.0;
        check_near(what, at, (double)gradient[at], (double)before[at] + added,
                   at < size ? 2e-5 * largest : 0.0);
    }
    lb_cross_destroy(&cross);
    lb_buffer_release(&latent);
    lb_buffer_release(&gradient_mem);
    free(before);
    free(want);
    free(z);
    free(gradient);
    free(slots);
}

static void device_is_the_double_loop(void **state)
{
    static const size_t sizes[] = {1, 2, 63, 64, 65, 130};
    static const size_t dimensions[] = {1, 17};
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(sizes); i++) {
        for (size_t k = 0; k < LB_COUNT(dimensions); k++) {
            const size_t n = sizes[i];
            const size_t l = dimensions[k];
            float *codes = allocate(n * l, sizeof *codes);
            float *distance = allocate(n * n, sizeof *distance);
            draw_problem(n, l, codes, distance);
            check_device(fixture, codes, &(const struct problem){n, l, 0.4, distance});
            free(codes);
            free(distance);
        }
    }
}

/* Coinciding points do not count; coinciding codes give finite results, even for c = 0; so does a
   batch without pairs. */
static void coincidences_stay_finite(void **state)
{
    enum { N = 4, L = 2 };
    static const float codes[N * L] = {0.25f, 0.5f, 0.25f, 0.5f, -0.5f, 0.25f, 0.75f, 0.0f};
    const struct device_fixture *fixture = *state;
    float distance[N * N];
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            distance[i * N + j] = i == j || i + j == 1 ? 0.0f : 0.5f;
        }
    }
    check_device(fixture, codes, &(const struct problem){N, L, 0.0, distance});
    distance[1] = 0.5f;
    distance[N] = 0.5f;
    check_device(fixture, codes, &(const struct problem){N, L, 0.0, distance});
    for (size_t at = 0; at < (size_t)N * N; at++) {
        distance[at] = 2.0f;
    }
    check_device(fixture, codes, &(const struct problem){N, L, 0.0, distance});
}

/* ---- distances ------------------------------------------------------------------------------- */

static void distances_are_those_of_the_manifolds(void **state)
{
    enum { N = 70 };
    const struct device_fixture *fixture = *state;
    for (size_t k = 0; k < manifold_reference_count; k++) {
        const struct manifold_reference *m = &manifold_references[k];
        const size_t p = (size_t)m->point_size;
        struct lb_dataset *dataset;
        char name[64];
        snprintf(name, sizeof name, "%s-points", m->name);
        require_ok(fixture, lb_dataset_open(&dataset, fixture->device,
                                            &(const struct lb_dataset_params){.name = name}));
        float *points = allocate(N * p, sizeof *points);
        float *empty = allocate(N * N + GUARD, sizeof *empty);
        require_ok(fixture, lb_dataset_points(dataset, 5, N, points));
        memcpy(points + p, points, p * sizeof *points); // the first two coincide
        for (size_t at = 0; at < N * N + GUARD; at++) {
            empty[at] = CANARY;
        }
        cl_mem point_mem = upload(fixture, points, N * p);
        cl_mem distance_mem = upload(fixture, empty, N * N + GUARD);
        require_ok(fixture,
                   lb_dataset_enqueue_distance_matrix(dataset, point_mem, N, distance_mem));
        float *distance = download(fixture, distance_mem, N * N + GUARD);
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++) {
                double x[MAX_POINT];
                double y[MAX_POINT];
                widen(points + i * p, m->point_size, x);
                widen(points + j * p, m->point_size, y);
                const double d = i == j ? 0.0 : reference_distance(m, x, y);
                check_near(m->name, i * N + j, (double)distance[i * N + j], d, 2e-5);
                assert_true(distance[i * N + j] == distance[j * N + i]);
            }
        }
        assert_true(distance[1] == 0.0f);
        for (size_t at = N * N; at < N * N + GUARD; at++) {
            assert_true(distance[at] == CANARY);
        }
        lb_buffer_release(&point_mem);
        lb_buffer_release(&distance_mem);
        lb_dataset_close(&dataset);
        free(points);
        free(empty);
        free(distance);
    }
}

/* ---- training -------------------------------------------------------------------------------- */

enum { CROSS = 3 }; // place of its term

static double distance_on_sphere(const float *x, const float *y)
{
    double minus = 0.0;
    double plus = 0.0;
    for (size_t k = 0; k < 3; k++) {
        minus += ((double)x[k] - (double)y[k]) * ((double)x[k] - (double)y[k]);
        plus += ((double)x[k] + (double)y[k]) * ((double)x[k] + (double)y[k]);
    }
    return 2.0 * atan2(sqrt(minus), sqrt(plus));
}

/* The mean, over the points x of the trainer's batch, of all distances below pi. */
static double mean_of_batch(const struct device_fixture *fixture, const struct lb_trainer *trainer)
{
    const size_t n = (size_t)lb_training_batch(&trainer->batches, true, 0).rows;
    const size_t l = (size_t)trainer->params.latent;
    float *points = download(fixture, trainer->batches.pairs.points, 3 * n);
    float *z = download(fixture, lb_activations_output(trainer->encoder.activations), n * l);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const double d = distance_on_sphere(points + 3 * i, points + 3 * j);
            double s = 0.0;
            for (size_t k = 0; k < l; k++) {
                const double step = ((double)z[i * l + k] - (double)z[j * l + k]) / d;
                s += step * step;
            }
            sum += gamma_of(s, trainer->params.c);
        }
    }
    free(points);
    free(z);
    return 2.0 * sum / (double)(n * (n - 1));
}

static void check_steps(const struct device_fixture *fixture, struct lb_dataset *dataset,
                        enum lb_train_mode mode, enum lb_strategy strategy)
{
    struct lb_train_params params;
    make_small_params(&params);
    params.hidden[0] = 8;
    params.mode = mode;
    params.strategy = strategy;
    params.min_distance = 0.03;
    params.cross_weight = 0.5;
    params.steps = 10;
    params.log_every = 4;
    const enum lb_phase phase = mode == LB_TRAIN_JOINT ? LB_PHASE_JOINT : LB_PHASE_ENCODER;
    struct lb_trainer *trainer = start_trainer(fixture, dataset, NULL, &params);
    struct lb_means means;
    double losses[10];
    double crosses[10] = {0.0};
    assert_ptr_equal(trainer->strategy, &lb_layerwise_step);
    trainer->position.phase = phase;
    require_ok(fixture, lb_trainer_begin_phase(trainer));
    for (int step = 0; step < 10; step++) {
        take_one_step(fixture, trainer, phase, step, &means);
        const double rest = means.term[0] + params.lambda * means.term[1] +
                            (mode == LB_TRAIN_JOINT ? means.term[2] : 0.0);
        losses[step] = means.loss;
        if (step < 6) {
            crosses[step] = means.term[CROSS];
            check_near("cross", (size_t)step, means.term[CROSS], mean_of_batch(fixture, trainer),
                       1e-4 * means.term[CROSS]);
            check_near("loss", (size_t)step, means.loss,
                       rest + 0.5 * (1.0 - step / 6.0) * means.term[CROSS], 1e-12 * means.loss);
        } else {
            assert_true(isnan(means.term[CROSS]));
            check_near("loss", (size_t)step, means.loss, rest, 1e-12 * means.loss);
        }
    }
    lb_trainer_destroy(&trainer);
    /* The same for intervals: two of the steps 4 to 7 have cross pairs. */
    trainer = start_trainer(fixture, dataset, NULL, &params);
    trainer->position.phase = phase;
    require_ok(fixture, lb_trainer_step(trainer, 8));
    require_ok(fixture, lb_trainer_means(trainer, &means));
    check_near("cross of an interval", 0, means.term[CROSS], 0.5 * (crosses[4] + crosses[5]),
               1e-12);
    check_near("loss of an interval", 0, means.loss,
               0.25 * (losses[4] + losses[5] + losses[6] + losses[7]), 1e-12 * means.loss);
    require_ok(fixture, lb_trainer_evaluate(trainer, &means));
    assert_true(isnan(means.term[CROSS]));
    lb_trainer_destroy(&trainer);
}

static void weight_falls_to_0_at_three_fifths(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_dataset_params sphere = {.name = "sphere"};
    struct lb_dataset *dataset = NULL;
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &sphere));
    check_steps(fixture, dataset, LB_TRAIN_SEPARATE, LB_STRATEGY_BALL);
    check_steps(fixture, dataset, LB_TRAIN_SEPARATE, LB_STRATEGY_CHAIN);
    check_steps(fixture, dataset, LB_TRAIN_JOINT, LB_STRATEGY_BALL);
    lb_dataset_close(&dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradient_is_that_of_finite_differences),
        cmocka_unit_test(device_is_the_double_loop),
        cmocka_unit_test(coincidences_stay_finite),
        cmocka_unit_test(distances_are_those_of_the_manifolds),
        cmocka_unit_test(weight_falls_to_0_at_three_fifths),
    };
    return cmocka_run_group_tests_name("cross", tests, open_device_fixture, close_device_fixture);
}
