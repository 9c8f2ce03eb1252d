/* Recipes: recommendations for the data, kept settings, and rejected texts. */
#include "support.h"

#include <stdlib.h>
#include <string.h>

#include <lowbend/dataset.h>
#include <lowbend/tensor.h>
#include <lowbend/train.h>

#include "base/file.h"
#include "base/text.h"
#include "geometry/dataset.h"
#include "run/recipe.h"

static void check(const struct lb_train_params *params, const char *name, const char *wanted)
{
    char value[LB_PATH_BYTES];
    assert_int_equal(lb_train_params_get(params, name, value, sizeof value), LB_OK);
    if (strcmp(value, wanted) != 0) {
        fail_msg("%s: %s is %s, not %s", params->dataset, name, value, wanted);
    }
}

static struct lb_train_params start(const char *dataset)
{
    struct lb_train_params params;
    lb_train_params_default(&params);
    snprintf(params.dataset, sizeof params.dataset, "%s", dataset);
    return params;
}

static struct lb_train_params recommend(const struct device_fixture *fixture, const char *dataset)
{
    struct lb_train_params params = start(dataset);
    require_ok(fixture, lb_train_params_recommend(fixture->device, &params, NULL));
    return params;
}

/* Writes a user dataset; returns its path, which the caller frees. */
static char *write_dataset(const struct device_fixture *fixture, const char *folder,
                           const char *manifold, const char *recipe)
{
    char text[1024];
    snprintf(text, sizeof text,
             "#include \"manifold/%s.cl\"\n#include \"lib/vfloat.cl\"\n"
             "#ifdef OPTION_SIZE\n#define HEIGHT OPTION_SIZE\n#else\n#define HEIGHT 16\n#endif\n"
             "#define WIDTH HEIGHT\n#define CHANNELS 1\n%s\n"
             "void dataset_pixel(const float *p, vfloat row, vfloat column, vfloat *pixel)\n"
             "{\n    pixel[0] = 0.5f + 0.4f * p[0] * row / HEIGHT;\n}\n",
             manifold, recipe);
    char *path = lb_path_join(folder, "mine.cl");
    require_ok(fixture, lb_file_write(fixture->ctx, path, text, strlen(text)));
    return path;
}

/* ---- built-in datasets ----------------------------------------------------------------------- */

/* A recipe may only change settings whose default depends on the data according to the help. */
static void what_built_in_recipes_state_depends_on_the_data(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params defaults;
    char **names = NULL;
    size_t count = 0;
    require_ok(fixture, lb_dataset_names(fixture->device, &names, &count));
    for (size_t i = 0; i < count; i++) {
        const struct lb_train_params params = recommend(fixture, names[i]);
        lb_train_params_default(&defaults);
        check(&params, "dataset", names[i]);
        for (size_t k = 1; k < lb_setting_count(); k++) {
            const struct lb_setting_info setting = lb_setting_at(k);
            char a[LB_PATH_BYTES];
            char b[LB_PATH_BYTES];
            assert_int_equal(lb_train_params_get(&params, setting.name, a, sizeof a), LB_OK);
            assert_int_equal(lb_train_params_get(&defaults, setting.name, b, sizeof b), LB_OK);
            if (strcmp(a, b) != 0 && !setting.by_data) {
                fail_msg("%s: %s is %s, but --help says %s", names[i], setting.name, a, b);
            }
        }
        assert_true(params.epsilon_start == 0.0 || params.epsilon_start > params.epsilon);
    }
    lb_dataset_names_free(&names, count);
}

/* Two-dimensional images have one recipe, points another; each dataset adds values. */
static void kinds_of_data_differ(void **state)
{
    static const struct {
        const char *dataset;
        const char *name;
        const char *value;
    } cases[] = {
        {"rotating-object", "network", "conv"},
        {"rotating-object", "optimizer", "muon"},
        {"rotating-object", "activation", "silu"},
        {"rotating-object", "lambda", "0.3"},
        {"rotating-object", "epsilon-start", "2.5"},
        {"se2-shapes", "cross-weight", "0.5"},
        {"sundial", "lambda", "0.03"},
        {"sundial", "epsilon", "0.3"},
        {"sundial", "epsilon-start", "0"},
        {"klein-patches", "epsilon", "0.05"},
        {"sphere", "network", "mlp"},
        {"sphere", "optimizer", "adam"},
        {"sphere", "activation", "elu"},
        {"sphere", "epsilon", "0.3"},
        {"sphere", "lambda", "0.03"},
        {"sphere-points", "decoder-lr", "0.004"},
    };
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        const struct lb_train_params params = recommend(fixture, cases[i].dataset);
        check(&params, cases[i].name, cases[i].value);
    }
}

/* ---- settings that are kept ------------------------------------------------------------------ */

static void what_is_given_wins(void **state)
{
    static const char *const given[] = {"optimizer", "hidden", "epsilon", "latent", NULL};
    static const char *const network[] = {"network", "decoder-hidden", NULL};
    const struct device_fixture *fixture = *state;
    struct lb_train_params params = start("rotating-object");
    params.seed = 7;
    params.optimizer = LB_ADAM;
    params.epsilon = 3.0;
    params.latent = 5;
    params.pairs = 9; // not marked as given
    require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "hidden", "conv3,17"));
    require_ok(fixture, lb_train_params_recommend(fixture->device, &params, given));
    check(&params, "seed", "7");
    check(&params, "optimizer", "adam");
    check(&params, "hidden", "conv3,17");
    check(&params, "network", "");
    check(&params, "decoder-hidden", "mirror");
    check(&params, "epsilon", "3");
    check(&params, "epsilon-start", "0"); // the radius cannot increase
    check(&params, "latent", "5");
    check(&params, "pairs", "128");
    check(&params, "lambda", "0.3");
    check(&params, "activation", "silu");

    params = start("rotating-object");
    params.network = LB_PRESET_MLP;
    require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "decoder-hidden", "31"));
    require_ok(fixture, lb_train_params_recommend(fixture->device, &params, network));
    check(&params, "network", "mlp");
    check(&params, "decoder-hidden", "31");
}

static void what_is_not_possible_gives_way(void **state)
{
    static const char *const given[] = {"strategy", "epsilon-start", NULL};
    const struct device_fixture *fixture = *state;
    for (int plain = 0; plain < 2; plain++) {
        struct lb_train_params params = start("se2-shapes");
        params.mode = plain > 0 ? LB_TRAIN_PLAIN : LB_TRAIN_SEPARATE;
        params.samples = plain > 0 ? 0 : 100;
        struct lb_train_params asked = params;
        require_ok(fixture, lb_train_params_recommend(fixture->device, &params, NULL));
        check(&params, "samples", plain > 0 ? "fresh" : "100");
        check(&params, "plain", plain > 0 ? "1" : "0");
        check(&params, "strategy", "ball");
        check(&params, "epsilon-start", "0");
        check(&params, "cross-weight", "0");
        check(&params, "optimizer", "muon");
        /* Settings given by the user stay, even if they will be rejected later. */
        asked.strategy = LB_STRATEGY_CHAIN;
        asked.epsilon_start = 0.7;
        require_ok(fixture, lb_train_params_recommend(fixture->device, &asked, given));
        check(&asked, "strategy", "chain");
        check(&asked, "epsilon-start", "0.7");
        check(&asked, "cross-weight", "0");
    }
}

/* ---- user datasets --------------------------------------------------------------------------- */

static void own_files_state_theirs(void **state)
{
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *path = write_dataset(fixture, folder, "so3",
                               "#if HEIGHT > 32\n#define RECIPE \"lambda=0.7 latent=6\"\n#else\n"
                               "#define RECIPE \"lambda=0.2 \" \\\n  \"steps=7  hidden=conv4,8\"\n"
                               "#endif");
    struct lb_train_params params = recommend(fixture, path);
    check(&params, "lambda", "0.2");
    check(&params, "steps", "7");
    check(&params, "hidden", "conv4,8");
    check(&params, "network", "");
    check(&params, "latent", "16");
    check(&params, "epsilon", "0.31"); // a tenth of pi
    check(&params, "optimizer", "muon");
    params = start(path);
    params.size = 64;
    require_ok(fixture, lb_train_params_recommend(fixture->device, &params, NULL));
    check(&params, "lambda", "0.7");
    check(&params, "latent", "6");
    check(&params, "network", "conv");
    check(&params, "size", "64");
    free(path);
    /* The radius is 1/2; lambda has the unit of epsilon squared. */
    path = write_dataset(fixture, folder, "klein", "");
    params = recommend(fixture, path);
    check(&params, "epsilon", "0.05");
    check(&params, "lambda", "0.0025");
    static const char *const given[] = {"epsilon", NULL};
    params.epsilon = 0.2;
    require_ok(fixture, lb_train_params_recommend(fixture->device, &params, given));
    check(&params, "lambda", "0.04");
    free(path);
    /* If the host cannot evaluate the text, the compiler does, with the same result. */
    path = write_dataset(fixture, folder, "klein",
                         "#define OTHER(x) \"steps=\" #x\n#define RECIPE \"lambda=0.5 \" OTHER(3)");
    params = recommend(fixture, path);
    check(&params, "lambda", "0.5");
    check(&params, "steps", "3");
    free(path);
    remove_folder(folder);
}

static void wrong_recipes_are_refused(void **state)
{
    static const struct {
        const char *recipe;
        const char *text;
    } cases[] = {
        {"lambda=-1", "lambda=-1: must be a number of at least 0"},
        {"lambda", "lambda: is not OPTION=VALUE"},
        {"steps=3 lamda=1", "lamda=1: no such setting"},
        {"=3", "=3: no such setting"},
        {"hidden=pool,,3", "hidden=pool,,3: token 2, '': is empty"},
        {"size=8", "size=8: cannot be set by a dataset"},
        {"seed=8", "seed=8: cannot be set by a dataset"},
        {"plain=1", "plain=1: cannot be set by a dataset"},
        {"network=dense", "network=dense: must be one of mlp|conv"},
    };
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        char define[128];
        char wanted[256];
        snprintf(define, sizeof define, "#define RECIPE \"%s\"", cases[i].recipe);
        char *path = write_dataset(fixture, folder, "so3", define);
        struct lb_train_params params = start(path);
        const struct lb_train_params before = params;
        snprintf(wanted, sizeof wanted, "mine.cl: RECIPE: %s", cases[i].text);
        require_error(fixture, lb_train_params_recommend(fixture->device, &params, NULL),
                      LB_ERR_FORMAT, wanted);
        assert_memory_equal(&params, &before, sizeof params);
        free(path);
    }
    char define[LB_RECIPE_BYTES + 64] = "#define RECIPE \"";
    memset(define + strlen(define), ' ', LB_RECIPE_BYTES);
    strcpy(define + 16 + LB_RECIPE_BYTES, "\"");
    char *path = write_dataset(fixture, folder, "so3", define);
    struct lb_train_params params = start(path);
    require_error(fixture, lb_train_params_recommend(fixture->device, &params, NULL), LB_ERR_BUILD,
                  "mine.cl: RECIPE: must have fewer than");
    free(path);
    params = start("nosuch");
    require_error(fixture, lb_train_params_recommend(fixture->device, &params, NULL),
                  LB_ERR_NOT_FOUND, "nosuch");
    remove_folder(folder);
}

/* ---- user pairs ------------------------------------------------------------------------------ */

static void write_pairs(const struct device_fixture *fixture, const char *path, size_t side)
{
    enum { PAIRS = 4 };
    static float images[PAIRS * 8 * 8];
    static const float distance[PAIRS] = {0.1f, 0.25f, 0.2f, 0.05f};
    struct lb_tensor tensors[4] = {{.name = "x"}, {.name = "y"}, {.name = "average"}};
    for (size_t i = 0; i < 3; i++) {
        tensors[i].dtype = LB_F32;
        tensors[i].rank = side > 1 ? 4 : 2;
        tensors[i].shape[0] = PAIRS;
        tensors[i].shape[1] = side > 1 ? side : 3;
        tensors[i].shape[2] = side;
        tensors[i].shape[3] = 1;
        tensors[i].data = images;
    }
    tensors[3] = (struct lb_tensor){
        .name = "distance", .dtype = LB_F32, .rank = 1, .shape = {PAIRS}, .data = distance};
    require_ok(fixture, lb_tensor_file_write(fixture->ctx, path, tensors, 4, NULL, 0));
}

static void user_pairs_take_what_their_data_allow(void **state)
{
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *path = lb_path_join(folder, "own.safetensors");
    write_pairs(fixture, path, 8);
    struct lb_train_params params = recommend(fixture, path);
    check(&params, "network", "conv");
    check(&params, "optimizer", "muon");
    check(&params, "pairs", "3"); // all but the held-out one
    check(&params, "strategy", "ball");
    check(&params, "epsilon-start", "0");
    check(&params, "cross-weight", "0");
    check(&params, "lambda", "0.062"); // the largest distance squared
    write_pairs(fixture, path, 1);
    params = recommend(fixture, path);
    check(&params, "network", "mlp");
    check(&params, "optimizer", "adam");
    check(&params, "lambda", "0.062");
    free(path);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_built_in_recipes_state_depends_on_the_data),
        cmocka_unit_test(kinds_of_data_differ),
        cmocka_unit_test(what_is_given_wins),
        cmocka_unit_test(what_is_not_possible_gives_way),
        cmocka_unit_test(own_files_state_theirs),
        cmocka_unit_test(wrong_recipes_are_refused),
        cmocka_unit_test(user_pairs_take_what_their_data_allow),
    };
    return cmocka_run_group_tests_name("recipe", tests, open_device_fixture, close_device_fixture);
}
