/* Networks chosen for an image size, and networks from random texts. */
#include "layers_support.h"

#include "run/settings.h"
#include "run/settings_layers.h"
#include "run/settings_text.h"

/* ---- presets --------------------------------------------------------------------------------- */

static void presets_are_texts(void **state)
{
    static const struct {
        struct lb_shape image;
        const char *encoder;
        const char *decoder;
    } cases[] = {
        {{128, 128, 3},
         "pool,conv8,pool,conv8,pool,conv16,pool,conv32,pool,256,256",
         "256,dense4x4x64,deconv32,deconv16,deconv8,deconv8"},
        {{64, 64, 1},
         "pool,conv8,pool,conv16,pool,conv32,pool,256,256",
         "256,dense4x4x64,deconv32,deconv16,deconv8"},
        {{32, 32, 3}, "pool,conv16,pool,conv32,pool,256,256", "256,dense4x4x64,deconv32,deconv16"},
        {{28, 28, 1}, "conv16,pool,conv32,pool,256,256", "256,dense7x7x64,deconv32"},
        {{16, 16, 1}, "conv16,pool,conv32,pool,256,256", "256,dense4x4x64,deconv32"},
        {{8, 8, 3}, "conv32,pool,256,256", "256,dense4x4x64,deconv32"},
        {{4, 4, 3}, "conv32,256,256", "256,dense4x4x16"},
        {{5, 7, 3}, "conv32,256,256", "256,dense5x7x16"},
        {{33, 33, 3}, "conv16s2,conv32s2,256,256", "256,512"},
        {{66, 50, 1}, "pool,conv16s2,conv32s2,256,256", "256,dense33x25x16,deconv8"},
        {{100, 100, 3}, "pool,conv16,pool,conv32s2,256,256", "256,dense25x25x16,deconv8"},
    };
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_train_params params;
        struct lb_train_params again;
        require_ok(fixture, set_texts(fixture, &params, "7,8", NULL));
        require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "network", "conv"));
        check_setting(&params, "network", "conv");
        require_ok(fixture, lb_settings_fill_layers(&params, fixture->ctx, cases[i].image));
        check_setting(&params, "network", "");
        check_setting(&params, "hidden", cases[i].encoder);
        check_setting(&params, "decoder-hidden", cases[i].decoder);
        /* The texts themselves are the same settings, and so is the preset given again. */
        require_ok(fixture, set_texts(fixture, &again, cases[i].encoder, cases[i].decoder));
        require_ok(fixture, lb_settings_compare(fixture->ctx, &again, &params, "RUN"));
        require_ok(fixture, lb_train_params_set(fixture->ctx, &again, "network", "conv"));
        require_ok(fixture, lb_settings_fill_layers(&again, fixture->ctx, cases[i].image));
        require_ok(fixture, lb_settings_compare(fixture->ctx, &again, &params, "RUN"));
        /* The last setting wins, and an explicit decoder is kept. */
        require_ok(fixture, lb_train_params_set(fixture->ctx, &again, "network", "conv"));
        require_ok(fixture, lb_train_params_set(fixture->ctx, &again, "decoder-hidden", "9"));
        require_ok(fixture, lb_settings_fill_layers(&again, fixture->ctx, cases[i].image));
        check_setting(&again, "decoder-hidden", "9");
        require_ok(fixture, lb_train_params_set(fixture->ctx, &again, "network", "conv"));
        require_ok(fixture, lb_train_params_set(fixture->ctx, &again, "hidden", "7,8"));
        require_ok(fixture, lb_settings_fill_layers(&again, fixture->ctx, cases[i].image));
        check_setting(&again, "hidden", "7,8");
    }
    struct lb_train_params params;
    struct lb_train_params defaults;
    lb_train_params_default(&defaults);
    require_ok(fixture, set_texts(fixture, &params, "conv8", NULL));
    require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "network", "mlp"));
    require_ok(fixture, lb_settings_fill_layers(&params, fixture->ctx, (struct lb_shape){1, 1, 4}));
    check_setting(&params, "hidden", "512,512,512");
    assert_memory_equal(params.hidden, defaults.hidden, sizeof params.hidden);
    require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "network", "conv"));
    require_error(fixture,
                  lb_settings_fill_layers(&params, fixture->ctx, (struct lb_shape){1, 1, 4}),
                  LB_ERR_ARGUMENT,
                  "--network conv: convolutions need images, but these are vectors of 4 numbers "
                  "(use mlp)");
}

static void check_preset(const struct device_fixture *fixture, struct lb_shape image)
{
    struct lb_train_params params;
    struct lb_layer_list encoder;
    struct lb_layer_list decoder;
    lb_train_params_default(&params);
    params.network = LB_PRESET_CONV;
    require_ok(fixture, lb_settings_encoder(&encoder, fixture->ctx, &params, image));
    require_ok(fixture, lb_settings_decoder(&decoder, fixture->ctx, &params, image));
    assert_true(same_shape(encoder.layer[0].in, image));
    assert_int_equal(lb_shape_size(lb_layer_list_output(&encoder)), params.latent);
    assert_int_equal(lb_shape_size(lb_layer_list_output(&decoder)), lb_shape_size(image));
    /* The input of the dense layer stays small for all image sizes. */
    for (int k = 0; k < encoder.count; k++) {
        const struct lb_layer *layer = &encoder.layer[k];
        if (layer->kind == &lb_layer_dense) {
            assert_true(lb_shape_size(layer->in) <= 16 * 16 * 128);
        } else {
            assert_true(layer->kind == &lb_layer_pool || layer->out.channels % 8 == 0);
        }
    }
}

/* Any height, width and channels. */
static void the_conv_preset_fits_every_image(void **state)
{
    static const struct lb_shape others[] = {
        {1024, 1024, 3}, {1023, 1, 1},    {1, 1024, 4},  {4096, 4096, 1}, {1, 1 << 24, 1},
        {1 << 24, 1, 1}, {999, 1998, 3},  {512, 384, 3}, {2, 1, 1 << 20}, {640, 480, 3},
        {8191, 2047, 1}, {1920, 1080, 3}, {65535, 3, 5}, {128, 4, 3},
    };
    const struct device_fixture *fixture = *state;
    for (int height = 1; height <= 72; height++) {
        for (int width = height == 1 ? 2 : 1; width <= 72; width++) {
            check_preset(fixture, (struct lb_shape){height, width, 1 + (height + width) % 3});
        }
    }
    for (size_t i = 0; i < LB_COUNT(others); i++) {
        check_preset(fixture, others[i]);
    }
}

/* ---- sweeps ---------------------------------------------------------------------------------- */

/* A simple generator of numbers below n. */
static int pick(uint64_t *seed, int n)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((*seed >> 33) % (uint64_t)n);
}

static void draw_token(struct lb_text *text, uint64_t *seed)
{
    static const char *const tokens[] = {
        "pool",       "up",
        "9",          "17",
        "conv3",      "conv4s2",
        "conv5k5",    "conv6k1s2",
        "conv7k4s2",  "deconv8",
        "dense4x4x3", "dense1x1x6",
        "dense2x3x5", "dense3000x2000x170",
        "65536",      "conv65536",
        "conv9k7",    "pool",
        "up",         "conv16",
    };
    static const char letters[] = "0123456789kscondeulpvx,- ";
    if (pick(seed, 40) > 0) {
        lb_text_add(text, tokens[pick(seed, (int)LB_COUNT(tokens))]);
        return;
    }
    for (int n = pick(seed, 12); n > 0; n--) {
        lb_text_addf(text, "%c", letters[pick(seed, (int)sizeof letters - 1)]);
    }
}

static void draw_text(struct lb_text *text, uint64_t *seed)
{
    const int n = 1 + pick(seed, pick(seed, 20) > 0 ? 7 : 34);
    lb_text_add(text, "");
    for (int k = 0; k < n; k++) {
        lb_text_add(text, k > 0 ? "," : "");
        draw_token(text, seed);
    }
}

static void check_same_layers(const struct lb_layer_list *a, const struct lb_layer_list *b)
{
    assert_int_equal(a->count, b->count);
    for (int k = 0; k < a->count; k++) {
        const struct lb_layer *x = &a->layer[k];
        const struct lb_layer *y = &b->layer[k];
        assert_ptr_equal(x->kind, y->kind);
        assert_true(same_shape(x->in, y->in) && same_shape(x->out, y->out));
        assert_true(x->activation == y->activation && x->kernel == y->kernel &&
                    x->stride == y->stride && x->padding == y->padding);
        assert_true(x->number == y->number && x->weight == y->weight && x->bias == y->bias);
    }
    assert_int_equal(a->block_size, b->block_size);
}

static void check_printed(const struct lb_layer_list *list)
{
    struct lb_layer_list again = lb_layer_list(list->input);
    struct lb_text printed = text_of(list);
    struct lb_text why = {0};
    if (!lb_layers_parse(&again, printed.data, list->activation, &why)) {
        fail_msg("%s: %s", printed.data, why.data);
    }
    again.layer[again.count - 1].activation = list->layer[list->count - 1].activation;
    check_same_layers(&again, list);
    lb_text_free(&why);
    lb_text_free(&printed);
}

/* An accepted text, printed and parsed again, gives the same list; a rejected one has a reason;
   nothing crashes. */
static void random_texts(void **state)
{
    const struct device_fixture *fixture = *state;
    uint64_t seed = 20;
    int made[2] = {0};
    for (int i = 0; i < 40000; i++) {
        const struct lb_shape image = {1 << pick(&seed, 6), 4 * (1 + pick(&seed, 8)), 1 + i % 3};
        struct lb_train_params params;
        struct lb_layer_list list;
        struct lb_text encoder = {0};
        struct lb_text decoder = {0};
        draw_text(&encoder, &seed);
        draw_text(&decoder, &seed);
        enum lb_status status =
            set_texts(fixture, &params, encoder.data, i % 2 > 0 ? decoder.data : NULL);
        if (status == LB_OK) {
            require_ok(fixture, lb_settings_check(fixture->ctx, &params));
            status = lb_settings_encoder(&list, fixture->ctx, &params, image);
            made[0] += status == LB_OK;
        }
        if (status == LB_OK) {
            check_printed(&list);
            status = lb_settings_decoder(&list, fixture->ctx, &params, image);
            made[1] += status == LB_OK;
        }
        if (status == LB_OK) {
            assert_int_equal(lb_shape_size(lb_layer_list_output(&list)), lb_shape_size(image));
            if (lb_layer_list_has_images(&list)) { // vectors of arbitrary length have no text
                check_printed(&list);
            }
        } else {
            require_error(fixture, status, LB_ERR_ARGUMENT, "hidden ");
        }
        lb_text_free(&encoder);
        lb_text_free(&decoder);
    }
    /* The sweep covers enough of both kinds. */
    assert_true(made[0] > 4000 && made[1] > 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets_are_texts),
        cmocka_unit_test(the_conv_preset_fits_every_image),
        cmocka_unit_test(random_texts),
    };
    return cmocka_run_group_tests_name("preset", tests, open_context_fixture,
                                       close_context_fixture);
}
