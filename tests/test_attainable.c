/*
 * Attainable energy: embeddings against distances, training on points against E* and against values
 * measured with point datasets in another program, and the cache.
 */
#include "support.h"

#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/file.h"
#include "base/text.h"
#include "eval/attainable.h"
#include "eval/measure.h"
#include "eval/statistics.h"
#include "geometry/dataset.h"

/* Opens just the parts of a run that attainable E uses. */
static void open_run(const struct device_fixture *fixture, struct lb_run *run, const char *dataset,
                     double lambda, double epsilon)
{
    *run = (struct lb_run){.ctx = fixture->ctx};
    lb_train_params_default(&run->params);
    snprintf(run->params.dataset, sizeof run->params.dataset, "%s", dataset);
    run->params.lambda = lambda;
    run->params.epsilon = epsilon;
    require_ok(fixture, lb_dataset_open(&run->dataset, fixture->device,
                                        &(const struct lb_dataset_params){.name = dataset}));
    run->point_size = (size_t)lb_dataset_get_info(run->dataset)->point_size;
    run->latent = (size_t)run->params.latent;
}

static void close_run(struct lb_run *run)
{
    lb_dataset_close(&run->dataset);
}

/* ---- points as images ------------------------------------------------------------------------ */

/* Every embedding of this program is isometric: chords of short geodesics are as long as the
 * geodesics, up to third order. */
static void embeddings_are_isometric(void **state)
{
    enum { N = 64, MOST = 16 };
    static const char *const names[] = {"arcs",          "box-points",      "ellipses",
                                        "klein-patches", "rotating-object", "rp2-points",
                                        "se2-shapes",    "sphere",          "sundial"};
    const struct device_fixture *fixture = *state;
    const struct lb_pairs_params params = {.epsilon = 0.04, .min_distance = 0.02, .seed = 3};
    for (size_t k = 0; k < LB_COUNT(names); k++) {
        struct lb_run run;
        struct lb_dataset *points = NULL;
        float x[N * MOST];
        float y[N * MOST];
        float distance[N];
        open_run(fixture, &run, names[k], 0.1, 0.1);
        require_ok(fixture, lb_dataset_open_points(
                                &points, run.dataset,
                                &(const struct lb_dataset_params){.name = names[k], .size = 24}));
        const struct lb_dataset_info *info = lb_dataset_get_info(points);
        const size_t size = (size_t)info->channels;
        assert_int_equal(info->height, 1);
        assert_int_equal(info->width, 1);
        assert_true(size <= MOST);
        require_ok(fixture, lb_dataset_pairs(
                                points, &params, N,
                                &(const struct lb_pairs){.x = x, .y = y, .distance = distance}));
        for (size_t i = 0; i < N; i++) {
            const double chord = sqrt(lb_squared_distance(x + i * size, y + i * size, size));
            check_near(names[k], i, chord / (double)distance[i], 1.0, 3e-3);
        }
        lb_dataset_close(&points);
        close_run(&run);
    }
}

static char *write_dataset(const struct device_fixture *fixture, const char *folder,
                           const char *embedding)
{
    char text[2048];
    snprintf(text, sizeof text,
             "#define MANIFOLD \"line\"\n#define DIMENSION 1\n#define POINT_SIZE 1\n"
             "#define TANGENT_SIZE 1\n#define INJECTIVITY_RADIUS INFINITY\n%s"
             "#define HEIGHT 4\n#define WIDTH 4\n#define CHANNELS 1\n"
             "void manifold_sample(struct rng *rng, float *x) { x[0] = rng_uniform(rng); }\n"
             "int manifold_contains(const float *x) { return x[0] >= 0.0f && x[0] <= 1.0f; }\n"
             "float manifold_radius(struct rng *rng, float a, float b)\n"
             "{ return mix(a, b, rng_uniform(rng)); }\n"
             "void manifold_frame(const float *x, float *frame) { frame[0] = 1.0f; }\n"
             "void manifold_exponential(const float *x, const float *v, float *y)\n"
             "{ y[0] = x[0] + v[0]; }\n"
             "float manifold_distance(const float *x, const float *y)\n"
             "{ return fabs(y[0] - x[0]); }\n"
             "void manifold_midpoint(const float *x, const float *y, float *m)\n"
             "{ m[0] = 0.5f * (x[0] + y[0]); }\n"
             "void dataset_pixel(const float *p, vfloat row, vfloat column, vfloat *pixel)\n"
             "{ pixel[0] = 0.5f + 0.4f * p[0] * row / HEIGHT; }\n",
             embedding);
    char *path = lb_path_join(folder, "line.cl");
    require_ok(fixture, lb_file_write(fixture->ctx, path, text, strlen(text)));
    return path;
}

/* User datasets: without an embedding attainable E is unknown, with one it is trained on the
   embedding. */
static void own_manifolds(void **state)
{
    static const char embedding[] = "#define EMBEDDING_SIZE 2\n"
                                    "void manifold_embedding(const float *x, float *z)\n"
                                    "{ z[0] = cos(x[0]); z[1] = sin(x[0]); }\n";
    const struct device_fixture *fixture = *state;
    const struct lb_evaluate_params params = {.pairs = 64, .points = 64};
    struct lb_evaluation out = {.minimum = (double)NAN, .energy = {0.5, 0.1}};
    struct lb_attainable attainable;
    struct lb_run run;
    char *folder = make_folder();
    char *path = write_dataset(fixture, folder, "");
    open_run(fixture, &run, path, 0.1, 0.2);
    out.attainable = out.attainable_recall = out.ratio = (double)NAN;
    require_ok(fixture, lb_attainable_measure.run(&run, &params, &out));
    assert_true(isnan(out.attainable) && isnan(out.attainable_recall) && isnan(out.ratio));
    require_error(
        fixture,
        lb_attainable_train(&run, &(const struct lb_attainable_effort){.steps = 1}, &attainable),
        LB_ERR_UNSUPPORTED, "EMBEDDING_SIZE");
    close_run(&run);
    free(path);
    path = write_dataset(fixture, folder, embedding); // an arc, which can be flattened: E* = 0
    open_run(fixture, &run, path, 0.1, 0.2);
    require_ok(fixture, lb_attainable_train(
                            &run, &(const struct lb_attainable_effort){.steps = 600}, &attainable));
    print_message("an arc: E %g, recall %g\n", attainable.energy, attainable.recall);
    assert_true(attainable.energy < 1e-3 && attainable.recall > 0.95);
    close_run(&run);
    free(path);
    remove_folder(folder);
}

/* ---- training -------------------------------------------------------------------------------- */

/* E* where it is known (method.md, section 3), otherwise the result of 4000 steps of 128,128 with
 * softplus on the point datasets; here with fewer steps. */
static void training_reaches_what_is_known(void **state)
{
    static const struct {
        const char *dataset;
        double lambda;
        double epsilon;
        int steps;
        double energy; // 0: E*
        double tolerance;
    } cases[] = {
        {"sphere", 0.5, 0.2, 800, 0.0, 0.02},
        {"rotating-object", 0.5, 0.2, 800, 0.0, 0.02},
        {"arcs", 0.5, 0.2, 800, 0.0, 0.02},
        {"rp2-points", 0.5, 0.2, 800, 0.0, 0.02},
        {"sundial", 0.1, 0.3, 1200, 0.0233, 0.05},
        {"klein-patches", 0.01, 0.05, 1000, 0.2985, 0.03},
        {"se2-shapes", 0.02, 0.1, 1000, 0.061, 0.06},
    };
    const struct device_fixture *fixture = *state;
    for (size_t k = 0; k < LB_COUNT(cases); k++) {
        struct lb_attainable attainable;
        struct lb_run run;
        open_run(fixture, &run, cases[k].dataset, cases[k].lambda, cases[k].epsilon);
        const double minimum =
            lb_energy_minimum(lb_dataset_get_info(run.dataset)->h, cases[k].lambda, 0.0).energy;
        const double known = cases[k].energy > 0.0 ? cases[k].energy : minimum;
        require_ok(fixture, lb_attainable_train(
                                &run, &(const struct lb_attainable_effort){.steps = cases[k].steps},
                                &attainable));
        print_message("%s: E %.6g of %.6g, recall %.4f\n", cases[k].dataset, attainable.energy,
                      known, attainable.recall);
        check_near(cases[k].dataset, k, attainable.energy / known, 1.0, cases[k].tolerance);
        assert_true(attainable.recall > 0.9 && attainable.recall <= 1.0);
        close_run(&run);
    }
}

/* If the time is too short, training makes fewer steps, but with the full learning-rate schedule;
 * the result is marked as shortened. */
static void too_little_time(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_attainable in_haste;
    struct lb_attainable of_as_many;
    struct lb_run run;
    open_run(fixture, &run, "sphere", 0.5, 0.3);
    require_ok(fixture,
               lb_attainable_train(&run, &(const struct lb_attainable_effort){.seconds = 1e-6},
                                   &in_haste));
    require_ok(fixture, lb_attainable_train(
                            &run, &(const struct lb_attainable_effort){.steps = 500}, &of_as_many));
    assert_true(in_haste.energy == of_as_many.energy);
    assert_true(in_haste.shortened);
    assert_false(of_as_many.shortened);
    close_run(&run);
}

static bool stop_training(void *user, const char *measure, int done, int total)
{
    int *asked = user;
    (void)measure;
    (void)done;
    (void)total;
    return ++*asked < 10;
}

static void training_can_be_stopped(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_attainable attainable;
    struct lb_run run;
    int asked = 0;
    open_run(fixture, &run, "sundial", 0.1, 0.3);
    run.cancellation =
        (struct lb_cancellation){"evaluation", stop_training, &asked, "attainable", 0, 1};
    require_error(fixture,
                  lb_attainable_train(&run, &(const struct lb_attainable_effort){0}, &attainable),
                  LB_ERR_INTERRUPTED, "stopped");
    assert_int_equal(asked, 10);
    close_run(&run);
}

/* ---- cache ----------------------------------------------------------------------------------- */

static char *key_of(const struct device_fixture *fixture, struct lb_run *run)
{
    char *key = NULL;
    require_ok(fixture, lb_attainable_key(run, &key));
    return key;
}

static void keys_tell_apart_what_counts(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_run run;
    open_run(fixture, &run, "sundial", 0.1, 0.3);
    const struct lb_train_params kept = run.params;
    char *key = key_of(fixture, &run);
    static const struct {
        const char *name;
        const char *value;
        bool counts;
    } cases[] = {
        {"lambda", "0.2", true},       {"epsilon", "0.31", true},       {"c", "0.5", true},
        {"latent", "5", true},         {"min-distance", "0.01", true},  {"cap", "50", true},
        {"size", "32", false},         {"steps", "7", false},           {"seed", "9", false},
        {"activation", "tanh", false}, {"min-distance", "0.03", false}, // equal to the default
    };
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        run.params = kept;
        require_ok(fixture,
                   lb_train_params_set(fixture->ctx, &run.params, cases[i].name, cases[i].value));
        char *other = key_of(fixture, &run);
        if ((strcmp(key, other) != 0) != cases[i].counts) {
            fail_msg("--%s %s: %s against %s", cases[i].name, cases[i].value, other, key);
        }
        free(other);
    }
    free(key);
    close_run(&run);
    open_run(fixture, &run, "hemisphere", 0.1, 0.3); // the same manifold with another cap
    char *other = key_of(fixture, &run);
    assert_non_null(strstr(other, "hemisphere"));
    free(other);
    close_run(&run);
}

/* Gives this program another cache folder. */
static char *own_cache(void)
{
    char *folder = make_folder();
    assert_int_equal(setenv("XDG_CACHE_HOME", folder, 1), 0);
    return folder;
}

static void damage(const char *folder, const char *text)
{
    char pattern[512];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/lowbend/attainable-*.json", folder);
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, 1);
    FILE *file = fopen(found.gl_pathv[0], "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    globfree(&found);
}

/* A cached result is used unchanged; a damaged one is ignored, and nothing is trained unless
   requested. */
static void what_is_kept_is_used(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_evaluate_params params = {.pairs = 64, .points = 64, .no_attainable = true};
    const struct lb_attainable made_up = {.energy = 0.125, .recall = 0.75};
    static const char *const damaged[] = {"", "{", "[]", "{\"key\": \"other\"}"};
    struct lb_evaluation out = {.minimum = (double)NAN, .energy = {0.5, 0.1}};
    struct lb_attainable found;
    struct lb_run run;
    char *folder = own_cache();
    open_run(fixture, &run, "sundial", 0.1, 0.3);
    char *key = key_of(fixture, &run);
    assert_false(lb_attainable_load(fixture->ctx, key, &found));
    require_ok(fixture, lb_attainable_measure.run(&run, &params, &out));
    assert_true(isnan(out.attainable) && isnan(out.ratio));
    require_ok(fixture, lb_attainable_store(fixture->ctx, key, &made_up));
    require_ok(fixture, lb_attainable_measure.run(&run, &params, &out));
    check_near("attainable", 0, out.attainable, 0.125, 0.0);
    check_near("recall", 0, out.attainable_recall, 0.75, 0.0);
    check_near("ratio", 0, out.ratio, 4.0, 1e-12);
    for (size_t i = 0; i < LB_COUNT(damaged); i++) {
        damage(folder, damaged[i]);
        require_ok(fixture, lb_attainable_measure.run(&run, &params, &out));
        assert_true(isnan(out.attainable) && isnan(out.ratio));
    }
    require_ok(fixture, lb_attainable_store(fixture->ctx, key, &made_up)); // replaces it
    assert_true(lb_attainable_load(fixture->ctx, key, &found));
    free(key);
    close_run(&run);
    remove_folder(lb_path_join(folder, "lowbend"));
    remove_folder(folder);
}

static void a_known_minimum_is_the_measure(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_evaluate_params params = {.pairs = 64, .points = 64};
    struct lb_evaluation out = {.minimum = 0.25, .energy = {0.5, 0.1}};
    struct lb_run run;
    out.attainable = (double)NAN;
    open_run(fixture, &run, "sphere", 0.1, 0.3);
    require_ok(fixture, lb_attainable_measure.run(&run, &params, &out));
    assert_true(isnan(out.attainable));
    check_near("ratio", 0, out.ratio, 2.0, 1e-15);
    close_run(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embeddings_are_isometric),
        cmocka_unit_test(own_manifolds),
        cmocka_unit_test(training_reaches_what_is_known),
        cmocka_unit_test(too_little_time),
        cmocka_unit_test(training_can_be_stopped),
        cmocka_unit_test(keys_tell_apart_what_counts),
        cmocka_unit_test(what_is_kept_is_used),
        cmocka_unit_test(a_known_minimum_is_the_measure),
    };
    return cmocka_run_group_tests_name("attainable", tests, open_device_fixture,
                                       close_device_fixture);
}
