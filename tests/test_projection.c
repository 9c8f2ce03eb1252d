/*
 * The projection of a run whose encoder is the identity on the unit sphere, so its latent manifold
 * is known: training, the file it writes, and its geometry, against closed forms.
 */
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/projection.h>
#include <lowbend/tensor.h>

#include "identity_run.h"

enum { K = 12, SHORT = 60 };

static const double scale = 0.9;

struct sphere_run {
    struct lb_run run;
    char *folder;
};

static void open_run(const struct device_fixture *fixture, struct sphere_run *sphere)
{
    open_identity(fixture, &sphere->run, "sphere", (float)scale);
    sphere->folder = make_folder();
    sphere->run.path = sphere->folder;
}

static void close_run(struct sphere_run *sphere)
{
    close_identity(&sphere->run);
    remove_folder(sphere->folder);
}

static void point(size_t place, double *code)
{
    double norm = 0.0;
    for (size_t j = 0; j < 3; j++) {
        code[j] = (double)draw(41, 3 * place + j);
        norm += code[j] * code[j];
    }
    for (size_t j = 0; j < 3; j++) {
        code[j] *= scale / sqrt(norm);
    }
}

static void test_sphere(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_projection_params params = {.steps = 300};
    struct sphere_run sphere;
    struct lb_projection_info info;
    struct lb_projection_info read;
    struct lb_geometry *geometry = NULL;
    open_run(fixture, &sphere);
    require_error(fixture, lb_run_projection_info(&sphere.run, &read), LB_ERR_NOT_FOUND,
                  "no projection");
    require_error(fixture, lb_geometry_open(&geometry, &sphere.run), LB_ERR_NOT_FOUND,
                  "no projection");
    require_ok(fixture, lb_run_train_projection(&sphere.run, &params, NULL, &info));
    /* A sphere has curvature 1 / radius, and its radius is the spread. */
    check_near("curvature", 0, info.curvature, 1.0 / scale, 0.02);
    check_near("spread", 0, info.spread, scale, 0.01);
    check_near("sigma", 0, info.sigma, fmin(0.1 / info.curvature, 0.05 * info.spread), 1e-12);
    check_near("residual", 0, info.residual, 0.0, 0.01);
    assert_int_equal(info.dimension, 2);
    require_ok(fixture, lb_run_projection_info(&sphere.run, &read));
    assert_memory_equal(&read, &info, sizeof info);
    require_ok(fixture, lb_geometry_open(&geometry, &sphere.run));
    assert_int_equal(lb_geometry_latent(geometry), 3);
    assert_int_equal(lb_geometry_dimension(geometry), 2);
    for (size_t i = 0; i < 6; i++) {
        double from[3];
        double to[3];
        double curve[(K + 1) * 3];
        double velocity[3];
        double cosine = 0.0;
        double gap = 0.0;
        struct lb_curve_info curve_info;
        point(2 * i, from);
        point(2 * i + 1, to);
        for (size_t j = 0; j < 3; j++) {
            cosine += from[j] * to[j] / (scale * scale);
        }
        const double length = scale * acos(cosine);
        require_ok(fixture, lb_geometry_geodesic(geometry, from, to, K, curve, &curve_info));
        check_near("length over the arc's", i, curve_info.length / length, 1.0, 0.02);
        for (size_t k = 0; k <= K; k++) {
            const double *z = curve + 3 * k;
            check_near("radius", i, sqrt(z[0] * z[0] + z[1] * z[1] + z[2] * z[2]), scale, 0.02);
        }
        require_ok(fixture, lb_geometry_logarithm(geometry, from, to, K, velocity));
        require_ok(fixture, lb_geometry_exponential(geometry, from, velocity, K, curve));
        for (size_t j = 0; j < 3; j++) {
            gap += (curve[3 * K + j] - to[j]) * (curve[3 * K + j] - to[j]);
        }
        check_near("exponential of the logarithm", i, sqrt(gap), 0.0, 0.02);
    }
    lb_geometry_destroy(&geometry);
    close_run(&sphere);
}

static bool stop_there(void *user, const struct lb_progress *progress)
{
    assert_int_equal(progress->phase, LB_PHASE_PROJECTION);
    assert_int_equal(progress->steps, SHORT);
    *(int *)user = progress->step;
    return false;
}

static void note_step(void *user, enum lb_phase phase, int step)
{
    assert_int_equal(phase, LB_PHASE_PROJECTION);
    *(int *)user = step;
}

static char *read_all(const char *folder, const char *name, size_t *size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    *size = 0;
    if (file == NULL) {
        return NULL;
    }
    char *data = allocate(1 << 20, 1);
    *size = fread(data, 1, 1 << 20, file);
    assert_int_equal(fclose(file), 0);
    return data;
}

/* Training stopped after its first step, and again after the first report, ends with the same bytes
 * as uninterrupted training. An existing projection is kept; another encoder invalidates it. */
static void test_stops(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_projection_params params = {.steps = SHORT};
    const struct lb_projection_params other = {.steps = SHORT, .sigma = 0.01};
    const volatile sig_atomic_t stop = 1;
    int step = 0;
    int resumed = 0;
    size_t size[2];
    struct sphere_run whole;
    struct sphere_run parts;
    open_run(fixture, &whole);
    open_run(fixture, &parts);
    require_ok(fixture, lb_run_train_projection(&whole.run, &params, NULL, NULL));
    const struct lb_train_control first = {.stop = &stop};
    require_error(fixture, lb_run_train_projection(&parts.run, &params, &first, NULL),
                  LB_ERR_INTERRUPTED, "step 1 ");
    require_error(fixture, lb_run_train_projection(&parts.run, &other, NULL, NULL), LB_ERR_ARGUMENT,
                  "other settings");
    const struct lb_train_control second = {
        .progress = stop_there, .user = &step, .resumed = note_step};
    require_error(fixture, lb_run_train_projection(&parts.run, &params, &second, NULL),
                  LB_ERR_INTERRUPTED, "step 50");
    assert_int_equal(step, 50);
    const struct lb_train_control third = {.user = &resumed, .resumed = note_step};
    require_ok(fixture, lb_run_train_projection(&parts.run, &params, &third, NULL));
    assert_int_equal(resumed, 50);
    char *a = read_all(whole.folder, "projection.safetensors", &size[0]);
    char *b = read_all(parts.folder, "projection.safetensors", &size[1]);
    assert_non_null(a);
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(a, b, size[0]);
    free(b);
    assert_null(read_all(parts.folder, "projection-checkpoint.safetensors", &size[1]));
    /* The result is kept: with `stop` set, training could not succeed. */
    require_ok(fixture, lb_run_train_projection(&parts.run, &params, &first, NULL));
    const struct lb_train_control anew = {.stop = &stop, .overwrite = true};
    require_error(fixture, lb_run_train_projection(&parts.run, &params, &anew, NULL),
                  LB_ERR_INTERRUPTED, "step 1 ");
    free(a);
    float parameters[12];
    struct lb_geometry *geometry = NULL;
    require_ok(fixture, lb_network_get_parameters(whole.run.encoder, parameters));
    parameters[0] *= 1.5f;
    require_ok(fixture, lb_network_set_parameters(whole.run.encoder, parameters));
    require_error(fixture, lb_geometry_open(&geometry, &whole.run), LB_ERR_NOT_FOUND,
                  "earlier encoder");
    close_run(&whole);
    close_run(&parts);
}

static void test_refusals(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_projection_params wrong[] = {
        {.sigma = -1.0}, {.sigma = (double)NAN}, {.steps = -1}, {.dimension = 4}};
    struct sphere_run sphere;
    open_run(fixture, &sphere);
    for (size_t i = 0; i < LB_COUNT(wrong); i++) {
        require_error(fixture, lb_run_train_projection(&sphere.run, &wrong[i], NULL, NULL),
                      LB_ERR_ARGUMENT, "projection");
    }
    sphere.run.networks_only = true;
    require_error(fixture, lb_run_train_projection(&sphere.run, NULL, NULL, NULL),
                  LB_ERR_UNSUPPORTED, "without its data");
    close_run(&sphere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sphere),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, open_device_fixture, close_device_fixture);
}
