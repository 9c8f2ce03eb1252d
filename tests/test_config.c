/* config.json: content, missing keys and errors. */
#include "settings_support.h"

#include <lowbend/dataset.h>

#include "base/file.h"
#include "base/text.h"
#include "run/config.h"

/* Every setting differs from its default; of exclusive flags, the last is set. */
static void make_other_params(const struct device_fixture *fixture, struct lb_train_params *params)
{
    lb_train_params_default(params);
    for (size_t i = 0; i < LB_COUNT(others); i++) {
        require_ok(fixture,
                   lb_train_params_set(fixture->ctx, params, others[i].name, others[i].value));
    }
}

static void config_reads_back_what_it_wrote(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_device device = {.ctx = fixture->ctx, .info = {.name = "Some \"device\""}};
    const struct lb_dataset_info facts = {.name = "somewhere",
                                          .manifold = "sphere",
                                          .dimension = 2,
                                          .point_size = 3,
                                          .height = 31,
                                          .width = 31,
                                          .channels = 1,
                                          .injectivity_radius = (double)INFINITY,
                                          .h = (double)NAN};
    struct lb_train_params written;
    struct lb_train_params read;
    make_other_params(fixture, &written);
    char *folder = make_folder();
    require_ok(fixture, lb_config_write(&device, &written, &facts, NULL, folder));
    require_ok(fixture, lb_train_params_read(fixture->ctx, &read, folder));
    check_same(fixture, &written, &read);
    /* JSON has neither NaN nor infinity. */
    size_t size;
    json_error_t error;
    char *text = read_file(fixture, folder, "config.json", &size);
    json_t *root = json_loadb(text, size, 0, &error);
    assert_int_equal(json_integer_value(json_object_get(root, "format")), 1);
    const json_t *stored = json_object_get(root, "dataset_facts");
    assert_true(json_is_null(json_object_get(stored, "injectivity_radius")));
    assert_true(json_is_null(json_object_get(stored, "E_star")));
    assert_string_equal(json_string_value(json_object_get(json_object_get(root, "device"), "name")),
                        "Some \"device\"");
    json_decref(root);
    free(text);
    remove_folder(folder);
}

/* Writes config.json with one member replaced or removed (NULL). */
static void write_changed(const struct device_fixture *fixture, const char *folder,
                          const char *name, json_t *value)
{
    struct lb_train_params params;
    lb_train_params_default(&params);
    params.min_distance = 0.03; // settings of a run are resolved
    params.code_noise = 0.03;
    json_t *root = json_object();
    assert_true(lb_settings_to_json(&params, root));
    if (value == NULL) {
        assert_int_equal(json_object_del(root, name), 0);
    } else {
        assert_int_equal(json_object_set_new(root, name, value), 0);
    }
    char *text = json_dumps(root, 0);
    char *path = lb_path_join(folder, "config.json");
    require_ok(fixture, lb_file_write(fixture->ctx, path, text, strlen(text)));
    free(text);
    free(path);
    json_decref(root);
}

static void damaged_configs_are_refused(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params read;
    char *folder = make_folder();
    require_error(fixture, lb_train_params_read(fixture->ctx, &read, folder), LB_ERR_NOT_FOUND,
                  "is not a run");
    for (size_t i = 0; i < lb_setting_count(); i++) {
        char quoted[64];
        if (!is_stored(lb_setting_at(i).name)) {
            continue;
        }
        snprintf(quoted, sizeof quoted, "\"%s\"", lb_setting_at(i).name);
        write_changed(fixture, folder, lb_setting_at(i).name, json_null());
        require_error(fixture, lb_train_params_read(fixture->ctx, &read, folder), LB_ERR_FORMAT,
                      quoted);
    }
    write_changed(fixture, folder, "dataset", NULL); // no default replaces it
    require_error(fixture, lb_train_params_read(fixture->ctx, &read, folder), LB_ERR_FORMAT,
                  "\"dataset\" is missing");
    const struct {
        const char *name;
        json_t *value;
    } cases[] = {
        {"pairs", json_integer(0)},           {"pairs", json_real(64.0)},
        {"pairs", json_integer(1LL << 40)},   {"seed", json_integer(-1)},
        {"epsilon", json_real(-0.3)},         {"hidden", json_array()},
        {"hidden", json_string("512,")},      {"hidden", json_pack("[i,s]", 512, "512")},
        {"activation", json_string("swish")}, {"joint", json_integer(1)},
        {"dataset", json_string("")},
    };
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        write_changed(fixture, folder, cases[i].name, cases[i].value);
        require_error(fixture, lb_train_params_read(fixture->ctx, &read, folder), LB_ERR_FORMAT,
                      cases[i].name);
    }
    remove_folder(folder);
}

static void check_value(const struct lb_train_params *params, const char *name, const char *value)
{
    char text[LB_PATH_BYTES];
    assert_int_equal(lb_train_params_get(params, name, text, sizeof text), LB_OK);
    assert_string_equal(text, value);
}

/* Lists of widths, as written by 0.1.0, and texts. */
static void hidden_layers_are_read_as_list_and_as_text(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params read;
    struct lb_train_params again;
    char *folder = make_folder();
    write_changed(fixture, folder, "hidden", json_pack("[i,i]", 12, 34));
    require_ok(fixture, lb_train_params_read(fixture->ctx, &read, folder));
    check_value(&read, "hidden", "12,34");
    assert_int_equal(read.hidden_count, 2);
    write_changed(fixture, folder, "hidden", json_string("12,34"));
    require_ok(fixture, lb_train_params_read(fixture->ctx, &again, folder));
    check_same(fixture, &read, &again);
    write_changed(fixture, folder, "hidden", json_string("pool,conv24,256"));
    require_ok(fixture, lb_train_params_read(fixture->ctx, &read, folder));
    check_value(&read, "hidden", "pool,conv24,256");
    require_error(fixture, lb_settings_compare(fixture->ctx, &again, &read, "runs/a"),
                  LB_ERR_ARGUMENT,
                  "--hidden 12,34: runs/a was trained with pool,conv24,256 (leave it out");
    /* Presets are neither stored nor accepted from files. */
    json_t *object = json_object();
    read.network = LB_PRESET_MLP;
    assert_true(lb_settings_to_json(&read, object));
    assert_null(json_object_get(object, "network"));
    assert_string_equal(json_string_value(json_object_get(object, "decoder-hidden")), "mirror");
    json_decref(object);
    write_changed(fixture, folder, "network", json_string("conv"));
    require_ok(fixture, lb_train_params_read(fixture->ctx, &read, folder));
    assert_int_equal(read.network, LB_PRESET_NONE);
    remove_folder(folder);
}

/* The values with which RUNs without the key were trained. They must never change. */
static const struct {
    const char *name;
    const char *value;
} absent[] = {
    {"size", "0"},
    {"cap", "0"},
    {"mesh", ""},
    {"epsilon", "0.3"},
    {"epsilon-start", "0"},
    {"epsilon-share", "0.75"},
    {"min-distance", "0.03"},
    {"strategy", "ball"},
    {"samples", "fresh"},
    {"held-out", "0.1"},
    {"scale", "0"},
    {"lambda", "0.03"},
    {"c", "0"},
    {"cross-weight", "0"},
    {"latent", "16"},
    {"hidden", "512,512,512"},
    {"decoder-hidden", "mirror"},
    {"activation", "elu"},
    {"output-activation", "linear"},
    {"pairs", "128"},
    {"steps", "1200"},
    {"decoder-steps", "1500"},
    {"lr", "0.001"},
    {"decoder-lr", "0.004"},
    {"schedule", "cosine"},
    {"warmup", "0"},
    {"optimizer", "adam"},
    {"muon-lr", "0.02"},
    {"muon-steps", "5"},
    {"weight-decay", "0.01"},
    {"clip", "0"},
    {"average", "0"},
    {"joint", "0"},
    {"plain", "0"},
    {"reconstruction-weight", "1"},
    {"code-noise", "0"},
    {"gemm", "auto"},
    {"microbatch", "0"},
    {"log-every", "50"},
    {"checkpoint-every", "500"},
    {"skip-nonfinite", "0"},
    {"seed", "0"},
};

/* Removes one key at a time from a RUN whose settings all differ from the defaults; the others must
   not change. */
static void a_missing_key_takes_the_default_of_its_day(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_dataset_info facts = {.name = "somewhere", .manifold = "sphere"};
    struct lb_device device = {.ctx = fixture->ctx};
    char *folder = make_folder();
    char *path = lb_path_join(folder, "config.json");
    assert_int_equal(LB_COUNT(absent), lb_setting_count() - 2); // all but dataset and preset
    for (size_t i = 0; i < LB_COUNT(absent); i++) {
        struct lb_train_params written;
        struct lb_train_params read;
        make_other_params(fixture, &written);
        if (strcmp(absent[i].name, "min-distance") == 0) { // a tenth of epsilon
            written.epsilon = 0.3;
        }
        require_ok(fixture, lb_config_write(&device, &written, &facts, NULL, folder));
        json_t *root = json_load_file(path, 0, NULL);
        assert_int_equal(json_object_del(root, absent[i].name), 0);
        assert_int_equal(json_dump_file(root, path, 0), 0);
        json_decref(root);
        require_ok(fixture, lb_train_params_read(fixture->ctx, &read, folder));
        check_value(&read, absent[i].name, absent[i].value);
        for (size_t k = 0; k < lb_setting_count(); k++) {
            char text[LB_PATH_BYTES];
            const char *name = lb_setting_at(k).name;
            if (strcmp(name, absent[i].name) != 0 && is_stored(name)) {
                assert_int_equal(lb_train_params_get(&written, name, text, sizeof text), LB_OK);
                check_value(&read, name, text);
            }
        }
    }
    free(path);
    remove_folder(folder);
}

static void of_user_pairs_no_smallest_distance_is_missing(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params read;
    json_t *root = json_pack("{s:s, s:f}", "dataset", "mine.safetensors", "epsilon", 0.5);
    require_ok(fixture, lb_settings_from_json(fixture->ctx, &read, root, "config.json"));
    check_value(&read, "min-distance", "0");
    json_decref(root);
}

static void unknown_keys_are_ignored(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params read;
    char *folder = make_folder();
    write_changed(fixture, folder, "colour-of-tomorrow", json_string("blue"));
    require_ok(fixture, lb_train_params_read(fixture->ctx, &read, folder));
    check_value(&read, "epsilon", "0.3");
    remove_folder(folder);
}

static void only_known_formats_are_read(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params read;
    char *folder = make_folder();
    write_changed(fixture, folder, "format", json_integer(1));
    require_ok(fixture, lb_train_params_read(fixture->ctx, &read, folder));
    write_changed(fixture, folder, "format", json_integer(2));
    require_error(fixture, lb_train_params_read(fixture->ctx, &read, folder), LB_ERR_FORMAT,
                  "a newer lowbend");
    json_t *const wrong[] = {json_integer(0), json_string("1"), json_real(1.0), json_null()};
    for (size_t i = 0; i < LB_COUNT(wrong); i++) {
        write_changed(fixture, folder, "format", wrong[i]);
        require_error(fixture, lb_train_params_read(fixture->ctx, &read, folder), LB_ERR_FORMAT,
                      "\"format\"");
    }
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_reads_back_what_it_wrote),
        cmocka_unit_test(damaged_configs_are_refused),
        cmocka_unit_test(hidden_layers_are_read_as_list_and_as_text),
        cmocka_unit_test(a_missing_key_takes_the_default_of_its_day),
        cmocka_unit_test(of_user_pairs_no_smallest_distance_is_missing),
        cmocka_unit_test(unknown_keys_are_ignored),
        cmocka_unit_test(only_known_formats_are_read),
    };
    return cmocka_run_group_tests_name("config", tests, open_context_fixture,
                                       close_context_fixture);
}
