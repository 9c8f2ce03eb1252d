/*
 * Interpolation measures of the identity on the unit sphere, where all of them are known: the line
 * between two points at distance d passes the sphere's surface at 1 - |z|, and with an identity as
 * decoder too, the latent line is the blend of the images. Points are float32: tolerance 1e-6 (an
 * error of 1e-7 in each coordinate), in squares about 2 |difference| 1e-7.
 */
#include "identity_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/path_error.h"
#include "eval/measure.h"
#include "geometry/dataset.h"

static const struct lb_path_extras images_alone = {0};
static const double pi = 3.14159265358979323846;

/* Means over t = 1/8, ..., 7/8 of 1 - |z(t)| and of |z(t) - gamma(t)|^2 / 3, calculated in the
   plane of x, y. */
static void chord_errors(double d, double *off, double *square)
{
    *off = 0.0;
    *square = 0.0;
    for (int j = 1; j < 8; j++) {
        const double t = j / 8.0;
        const double z[2] = {1.0 - t + t * cos(d), t * sin(d)};
        const double gap[2] = {z[0] - cos(t * d), z[1] - sin(t * d)};
        *off += (1.0 - hypot(z[0], z[1])) / 7.0;
        *square += (gap[0] * gap[0] + gap[1] * gap[1]) / 21.0;
    }
}

static void check_estimate(const char *what, size_t i, struct lb_estimate got, double want,
                           double tolerance)
{
    check_near(what, i, got.mean, want, tolerance);
    check_near("standard error", i, got.standard_error, 0.0, tolerance);
}

static void errors_on_the_sphere_are_those_of_chords(void **state)
{
    static const double distances[] = {0.05, 0.3, 1.0, 2.0, 2.9};
    static const struct lb_path_extras searched = {.searched = 20, .cloud = 200, .seed = 3};
    const struct device_fixture *fixture = *state;
    struct lb_run run;
    open_identity(fixture, &run, "sphere-points", 1.0f);
    for (uint32_t i = 0; i < LB_COUNT(distances); i++) {
        enum { N = 40 };
        const double d = distances[i];
        float paths[N * LB_PATH_FRAMES * 3];
        struct lb_interpolation_errors errors;
        double off;
        double square;
        bool found = false;
        chord_errors(d, &off, &square);
        require_ok(fixture, lb_interpolation_paths(run.dataset, 3, i, d, N, paths, &found));
        assert_true(found);
        require_ok(fixture,
                   lb_interpolation_errors_of_paths(&run, paths, N, d, &searched, &errors));
        const double tolerance = 1e-6 * sqrt(square) + 1e-12;
        check_near("distance", i, errors.distance, d, 0.0);
        check_estimate("latent gap", i, errors.latent_gap, 1.0 - cos(0.5 * d), 1e-6);
        check_estimate("off manifold", i, errors.off_manifold, off, 1e-6);
        check_estimate("image error", i, errors.image_mse, square, tolerance);
        check_estimate("blend error", i, errors.blend_mse, square, tolerance);
    }
    close_identity(&run);
}

/* With a decoder that halves, |z(t)/2 - gamma(t)|^2 differs from the blend's error. */
static void image_errors_are_those_of_decoded_lines(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_run run;
    struct lb_run half;
    enum { N = 8 };
    const double d = 1.0;
    float paths[N * LB_PATH_FRAMES * 3];
    struct lb_interpolation_errors errors;
    bool found = false;
    open_identity(fixture, &run, "sphere-points", 1.0f);
    open_identity(fixture, &half, "sphere-points", 0.5f);
    struct lb_run mixed = run;
    mixed.decoder = half.decoder;
    double wanted = 0.0;
    for (int j = 1; j < 8; j++) {
        const double t = j / 8.0;
        const double x = 0.5 * (1.0 - t + t * cos(d)) - cos(t * d);
        const double y = 0.5 * t * sin(d) - sin(t * d);
        wanted += (x * x + y * y) / 21.0;
    }
    require_ok(fixture, lb_interpolation_paths(run.dataset, 1, 0, d, N, paths, &found));
    require_ok(fixture,
               lb_interpolation_errors_of_paths(&mixed, paths, N, d, &images_alone, &errors));
    check_estimate("image error", 0, errors.image_mse, wanted, 1e-6);
    assert_true(isnan(errors.off_manifold.mean));
    mixed.decoder = NULL;
    require_ok(fixture,
               lb_interpolation_errors_of_paths(&mixed, paths, N, d, &images_alone, &errors));
    assert_true(isnan(errors.image_mse.mean));
    assert_true(errors.blend_mse.mean > 0.0);
    close_identity(&run);
    close_identity(&half);
}

/* The projection Pi onto the unit sphere. */
static enum lb_status normalise(void *user, const double *codes, size_t n, double *projected)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        const double *z = codes + 3 * i;
        const double norm = sqrt(z[0] * z[0] + z[1] * z[1] + z[2] * z[2]);
        for (size_t k = 0; k < 3; k++) {
            projected[3 * i + k] = z[k] / norm;
        }
    }
    return LB_OK;
}

/* Great circles are the exact geodesics; the remaining error is rounding of the curve to float32,
   1e-7. */
static void latent_geodesics_of_the_sphere_have_no_error(void **state)
{
    static const struct lb_projection projection = {
        .project = normalise, .latent = 3, .dimension = 2};
    static const double distances[] = {0.3, 1.0, 2.9};
    const struct device_fixture *fixture = *state;
    struct lb_path_extras extras = {.followed = 5};
    struct lb_run run;
    open_identity(fixture, &run, "sphere-points", 1.0f);
    require_ok(fixture, lb_geometry_create(&extras.geometry, fixture->ctx, &projection));
    for (uint32_t i = 0; i < LB_COUNT(distances); i++) {
        enum { N = 8 };
        float paths[N * LB_PATH_FRAMES * 3];
        struct lb_interpolation_errors errors;
        double off;
        double square;
        bool found = false;
        chord_errors(distances[i], &off, &square);
        require_ok(fixture,
                   lb_interpolation_paths(run.dataset, 7, i, distances[i], N, paths, &found));
        require_ok(fixture, lb_interpolation_errors_of_paths(&run, paths, N, distances[i], &extras,
                                                             &errors));
        check_estimate("latent geodesic", i, errors.geodesic_mse, 0.0, 1e-12);
        check_near("latent line", i, errors.image_mse.mean, square, 1e-6);
    }
    lb_geometry_destroy(&extras.geometry);
    close_identity(&run);
}

/* Lengths, equal steps, and the largest distance: pi for the sphere, twice 60 degrees here. */
static void paths_are_geodesics_inside_the_manifold(void **state)
{
    static const struct {
        const char *dataset;
        double distance;
        bool found;
    } cases[] = {
        {"sphere-points", 3.1, true}, {"sphere-points", 3.2, false}, {"sundial", 1.2, true},
        {"sundial", 1.9, true},       {"sundial", 2.1, false},       {"so3-points", 3.0, true},
        {"so3-points", 3.3, false},   {"rp2-points", 1.5, true},     {"rp2-points", 1.6, false},
        {"box-points", 1.9, true},    {"box-points", 2.9, false},    {"bures-points", 0.8, true},
        {"torus-points", 3.0, true},  {"klein-points", 0.45, true},
    };
    enum { N = 100 };
    const struct device_fixture *fixture = *state;
    for (uint32_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_dataset *dataset = NULL;
        require_ok(fixture,
                   lb_dataset_open(&dataset, fixture->device,
                                   &(const struct lb_dataset_params){.name = cases[i].dataset}));
        const size_t p = (size_t)lb_dataset_get_info(dataset)->point_size;
        float *paths = allocate(N * LB_PATH_FRAMES * p, sizeof *paths);
        float *ends = allocate(2 * N * p, sizeof *ends);
        float measured[N];
        bool found = false;
        require_ok(fixture,
                   lb_interpolation_paths(dataset, 5, 0, cases[i].distance, N, paths, &found));
        print_message("%s at %g: %s\n", cases[i].dataset, cases[i].distance,
                      found ? "found" : "none");
        assert_int_equal(found, cases[i].found);
        for (size_t frame = 1; frame < LB_PATH_FRAMES && found; frame++) {
            for (size_t j = 0; j < N; j++) {
                const float *path = paths + j * LB_PATH_FRAMES * p;
                memcpy(ends + j * p, path, p * sizeof *ends);
                memcpy(ends + (N + j) * p, path + frame * p, p * sizeof *ends);
                if (strcmp(cases[i].dataset, "sundial") == 0 &&
                    !((double)path[frame * p + 2] >= cos(pi / 3.0) - 1e-6)) {
                    fail_msg("path %zu leaves the cap: z = %g", j, (double)path[frame * p + 2]);
                }
            }
            require_ok(fixture, lb_dataset_distances(dataset, ends, ends + N * p, N, measured));
            for (size_t j = 0; j < N; j++) {
                check_near(cases[i].dataset, j, (double)measured[j],
                           cases[i].distance * (double)frame / 8.0, 1e-3 * cases[i].distance);
            }
        }
        free(paths);
        free(ends);
        lb_dataset_close(&dataset);
    }
}

static void evaluation_goes_as_far_as_the_manifold(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_evaluate_params params = {.pairs = 64, .points = 64, .seed = 2};
    struct lb_evaluation out = {0};
    struct lb_run run;
    open_identity(fixture, &run, "sphere-points", 1.0f);
    run.params.epsilon = 0.6;
    require_ok(fixture, lb_interpolation_measure.run(&run, &params, &out));
    assert_int_equal(out.interpolation_count, 4); // 6 epsilon exceeds pi
    for (size_t i = 0; i < 4; i++) {
        const double d = 0.6 * (double)(i + 1);
        check_near("distance", i, out.interpolation[i].distance, d, 1e-12);
        check_near("gap", i, out.interpolation[i].latent_gap.mean, 1.0 - cos(0.5 * d), 1e-6);
    }
    free(out.interpolation);
    close_identity(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_on_the_sphere_are_those_of_chords),
        cmocka_unit_test(image_errors_are_those_of_decoded_lines),
        cmocka_unit_test(latent_geodesics_of_the_sphere_have_no_error),
        cmocka_unit_test(paths_are_geodesics_inside_the_manifold),
        cmocka_unit_test(evaluation_goes_as_far_as_the_manifold),
    };
    return cmocka_run_group_tests_name("interpolation", tests, open_device_fixture,
                                       close_device_fixture);
}
