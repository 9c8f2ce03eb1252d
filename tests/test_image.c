/*
 * The sundial's images against a quadrature in double of the formula in cl/dataset/sundial.cl, and
 * properties that the method needs: smooth in the pose, shadow inside the picture.
 *
 * Tolerance of a pixel, u = 2^-24: the exponent is DENSITY / s.z times a mean density, that is the
 * difference of two antiderivatives of at most 2/3, each with an error of about 4 u there, over a
 * reach of at least 0.15 (below it Gauss-Legendre takes over): 9 * 2 * 2/3 * 4 u / 0.15 = 2e-5 at
 * worst; 7e-6 was measured. exp(-) makes errors no larger.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "geometry/dataset.h"
#include "sphere_reference.h"

#define PIXEL_TOLERANCE 1e-5

static const double pi = 3.14159265358979323846;

static struct lb_dataset *open_sundial(const struct device_fixture *fixture, int size, double cap)
{
    struct lb_dataset *dataset = NULL;
    const struct lb_dataset_params params = {.name = "sundial", .size = size, .cap_degrees = cap};
    require_ok(fixture, lb_dataset_open(&dataset, fixture->device, &params));
    return dataset;
}

static void pose(double tilt, double turn, float *point)
{
    point[0] = (float)(sin(tilt) * cos(turn));
    point[1] = (float)(sin(tilt) * sin(turn));
    point[2] = (float)cos(tilt);
}

/* ---- the formula ----------------------------------------------------------------------------- */

/* Light at the ground point q with the sun at `point`: Gauss-Legendre on 64 pieces of the rod. */
static double light(const float *point, double cap, double qx, double qy)
{
    const double width = 0.11;
    const double height = 0.8 / tan(cap * pi / 180.0);
    const double z = (double)point[2];
    const double shadow[2] = {-height * (double)point[0] / z, -height * (double)point[1] / z};
    const double nodes[3] = {-sqrt(0.6), 0.0, sqrt(0.6)};
    const double weights[3] = {5.0 / 18.0, 8.0 / 18.0, 5.0 / 18.0};
    enum { PIECES = 64 };
    double integral = 0.0;
    for (int i = 0; i < PIECES; i++) {
        for (int j = 0; j < 3; j++) {
            const double t = (i + 0.5 + 0.5 * nodes[j]) / PIECES;
            const double x = (qx - t * shadow[0]) / width;
            const double y = (qy - t * shadow[1]) / width;
            const double b = 1.0 + x * x + y * y;
            integral += weights[j] / (b * b * sqrt(b)) / PIECES;
        }
    }
    return exp(-9.0 / z * integral);
}

static void check_image(const char *what, const float *image, const float *point, int size,
                        double cap)
{
    for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
            const double qx = 2.0 * (column + 0.5) / size - 1.0;
            const double qy = 1.0 - 2.0 * (row + 0.5) / size;
            const size_t at = (size_t)row * (size_t)size + (size_t)column;
            check_near(what, at, (double)image[at], light(point, cap, qx, qy), PIXEL_TOLERANCE);
            if (!(image[at] >= 0.0f && image[at] <= 1.0f)) {
                fail_msg("%s [%zu]: %.9g, expected 0 to 1", what, at, (double)image[at]);
            }
        }
    }
}

/* The sun overhead, near the switch to Gauss-Legendre (reach of 0.15 rod widths), and up to the
   rim. */
static size_t make_poses(double cap, float *points)
{
    const double rim = cap * pi / 180.0;
    /* Reach r has tan(tilt) = r 0.11 / height. */
    const double switched = atan(0.15 * 0.11 / 0.8 * tan(rim));
    const double tilts[] = {0.0,
                            1e-6,
                            1e-3,
                            0.5 * switched,
                            0.999 * switched,
                            1.001 * switched,
                            1.2 * switched,
                            0.1 * rim,
                            0.3 * rim,
                            0.6 * rim,
                            0.9 * rim,
                            rim};
    size_t n = 0;
    for (size_t i = 0; i < LB_COUNT(tilts); i++) {
        for (int j = 0; j < 3; j++) {
            pose(tilts[i], 0.3 + 2.0 * j + 0.1 * (double)i, points + 3 * n);
            n++;
        }
    }
    /* Along the axes and diagonals, where the shadow is closest to the border. */
    for (int j = 0; j < 8; j++) {
        pose(rim, j * pi / 4.0, points + 3 * n);
        n++;
    }
    return n;
}

static void images_are_the_formula(void **state)
{
    static const struct {
        int size; ///< 31 is not a multiple of a vector width
        double cap;
        int pixels;
        double degrees;
    } cases[] = {{0, 0.0, 64, 60.0}, {31, 0.0, 31, 60.0}, {8, 75.0, 8, 75.0}, {8, 5.0, 8, 5.0}};
    const struct device_fixture *fixture = *state;
    float points[3 * 64];
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        const int pixels = cases[i].pixels;
        const size_t image_size = (size_t)pixels * (size_t)pixels;
        struct lb_dataset *dataset = open_sundial(fixture, cases[i].size, cases[i].cap);
        const struct lb_dataset_info *info = lb_dataset_get_info(dataset);
        assert_int_equal(info->height, pixels);
        assert_int_equal(info->width, pixels);
        assert_int_equal(info->channels, 1);
        check_near("cap", i, info->cap_degrees, cases[i].degrees, 0.0);
        assert_string_equal(info->manifold, "hemisphere");
        const size_t n = make_poses(cases[i].degrees, points);
        float *images = allocate(n * image_size + 1, sizeof *images);
        images[n * image_size] = CANARY;
        require_ok(fixture, lb_dataset_render(dataset, points, n, images));
        for (size_t j = 0; j < n; j++) {
            char what[80];
            snprintf(what, sizeof what, "size %d cap %g pose %zu pixel", pixels, cases[i].degrees,
                     j);
            check_image(what, images + j * image_size, points + 3 * j, pixels, cases[i].degrees);
        }
        check_near("behind the images", 0, (double)images[n * image_size], (double)CANARY, 0.0);
        free(images);
        lb_dataset_close(&dataset);
    }
}

/* ---- smoothness and margins ------------------------------------------------------------------ */

/* The largest |first| and |second| of the pixel map over pairs at one distance. */
static void largest_quotients(const struct device_fixture *fixture, struct lb_dataset *dataset,
                              double d, double *first, double *second)
{
    enum { N = 400, SIZE = 31 * 31 };
    const double cap = 60.0 * pi / 180.0;
    float *points = allocate(3 * 3 * N, sizeof *points);
    float *images = allocate(3 * N * SIZE, sizeof *images);
    for (size_t i = 0; i < N; i++) {
        /* The average is inside the cap, the pair d/2 to both sides of it. */
        const double z = 1.0 - 0.5 * (1.0 + (double)draw(1, i)) * (1.0 - cos(cap - 0.1));
        const double turn = pi * (double)draw(2, i);
        const double angle = pi * (double)draw(3, i);
        const double middle[3] = {sqrt(1.0 - z * z) * cos(turn), sqrt(1.0 - z * z) * sin(turn), z};
        for (size_t k = 0; k < 3; k++) {
            double point[3];
            exponential3(middle, angle, k == 0 ? -0.5 * d : k == 1 ? 0.5 * d : 0.0, point);
            for (size_t j = 0; j < 3; j++) {
                points[(k * N + i) * 3 + j] = (float)point[j];
            }
        }
    }
    require_ok(fixture, lb_dataset_render(dataset, points, 3 * N, images));
    *first = 0.0;
    *second = 0.0;
    for (size_t i = 0; i < N; i++) {
        double a = 0.0;
        double b = 0.0;
        for (size_t j = 0; j < SIZE; j++) {
            const double x = (double)images[i * SIZE + j];
            const double y = (double)images[(N + i) * SIZE + j];
            const double m = (double)images[(2 * N + i) * SIZE + j];
            a += (y - x) * (y - x) / (d * d);
            b += 64.0 * (0.5 * (x + y) - m) * (0.5 * (x + y) - m) / (d * d * d * d);
        }
        *first = fmax(*first, sqrt(a));
        *second = fmax(*second, sqrt(b));
    }
    free(points);
    free(images);
}

/*
 * A C^2 map has bounded quotients as d shrinks (first about 17, second about 250); with a hard edge
 * the second would double with each halving. Rounding by 7e-6 in all 961 pixels would add 8
 * sqrt(961) 7e-6 / d^2 = 0.7 at d = 0.05 and 4 at 0.02.
 */
static void images_are_smooth_in_the_pose(void **state)
{
    static const double distances[] = {0.2, 0.1, 0.05, 0.02};
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = open_sundial(fixture, 31, 0.0);
    double last[2] = {0.0, 0.0};
    for (size_t i = 0; i < LB_COUNT(distances); i++) {
        double now[2];
        largest_quotients(fixture, dataset, distances[i], &now[0], &now[1]);
        for (size_t k = 0; k < 2 && i > 0; k++) {
            const double ratio = now[k] / last[k];
            check_near(k == 0 ? "growth of first" : "growth of second", i, ratio, 1.0, 0.5);
        }
        memcpy(last, now, sizeof last);
    }
    lb_dataset_close(&dataset);
}

/* Border pixels keep at least 70 % of the light, even where the tip of the shadow is closest. */
static void the_shadow_stays_inside(void **state)
{
    enum { SIZE = 31, N = 64 };
    const struct device_fixture *fixture = *state;
    struct lb_dataset *dataset = open_sundial(fixture, SIZE, 0.0);
    float points[3 * N];
    float *images = allocate(N * SIZE * SIZE, sizeof *images);
    for (int i = 0; i < N; i++) {
        pose(60.0 * pi / 180.0 * (i % 4 == 0 ? 1.0 : 0.25 * (i % 4)), 2.0 * pi * i / N,
             points + 3 * i);
    }
    require_ok(fixture, lb_dataset_render(dataset, points, N, images));
    for (size_t i = 0; i < N; i++) {
        float darkest = 1.0f;
        float darkest_border = 1.0f;
        for (size_t j = 0; j < SIZE * SIZE; j++) {
            const float value = images[i * SIZE * SIZE + j];
            const size_t row = j / SIZE;
            const size_t column = j % SIZE;
            const bool border = row == 0 || column == 0 || row == SIZE - 1 || column == SIZE - 1;
            darkest = fminf(darkest, value);
            darkest_border = border ? fminf(darkest_border, value) : darkest_border;
        }
        check_near("light on the border", i, (double)darkest_border, 1.0, 0.3);
        check_near("darkest pixel", i, (double)darkest, 0.0, 0.1);
    }
    free(images);
    lb_dataset_close(&dataset);
}

/* ---- options --------------------------------------------------------------------------------- */

static void bad_options_are_refused(void **state)
{
    static const struct {
        struct lb_dataset_params params;
        enum lb_status status;
        const char *text;
    } cases[] = {
        {{.name = "sundial", .cap_degrees = 75.5}, LB_ERR_ARGUMENT, "at most 75"},
        {{.name = "sundial", .cap_degrees = -10.0}, LB_ERR_ARGUMENT, "cap"},
        {{.name = "sundial", .cap_degrees = (double)NAN}, LB_ERR_ARGUMENT, "cap"},
        {{.name = "sundial", .cap_degrees = (double)INFINITY}, LB_ERR_ARGUMENT, "cap"},
        {{.name = "sundial", .size = -8}, LB_ERR_ARGUMENT, "size"},
        {{.name = "sundial", .size = 40000}, LB_ERR_ARGUMENT, "size"},
        {{.name = "hemisphere", .cap_degrees = 90.5}, LB_ERR_ARGUMENT, "at most 90"},
        {{.name = "sphere", .cap_degrees = 30.0}, LB_ERR_ARGUMENT, "has no cap"},
        {{.name = "sphere", .size = 8}, LB_ERR_ARGUMENT, "has a fixed size"},
        {{.name = "moondial"}, LB_ERR_NOT_FOUND, "sphere-points, sundial"},
        {{.name = "/nonexistent/moondial.cl"}, LB_ERR_NOT_FOUND, "no such file"},
    };
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_dataset *dataset = NULL;
        const enum lb_status status = lb_dataset_open(&dataset, fixture->device, &cases[i].params);
        assert_null(dataset);
        require_error(fixture, status, cases[i].status, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_the_formula),
        cmocka_unit_test(images_are_smooth_in_the_pose),
        cmocka_unit_test(the_shadow_stays_inside),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests_name("image", tests, open_device_fixture, close_device_fixture);
}
