/* Networks as text: meaning of tokens, the decoder's mirror, and rejected texts. */
#include "layers_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/settings.h"
#include "run/settings_layers.h"
#include "run/settings_text.h"

static void check_text(const struct lb_layer_list *list, const char *wanted)
{
    struct lb_text text = text_of(list);
    assert_string_equal(text.data, wanted);
    lb_text_free(&text);
}

static void check_description(const struct lb_layer_list *list, const char *wanted)
{
    struct lb_text text = {0};
    lb_layer_list_describe(list, &text);
    assert_string_equal(text.data, wanted);
    lb_text_free(&text);
}

/* ---- valid texts ----------------------------------------------------------------------------- */

/* Whole networks, including the implied last layers. */
static const struct {
    struct lb_shape image;
    const char *encoder;
    const char *decoder; ///< NULL: the mirror
    const char *encoder_layers;
    const char *encoder_shapes;
    const char *decoder_layers;
    const char *decoder_shapes;
} networks[] = {
    /* The example in the documentation, its mirror and its transposed convolutions. */
    {{32, 32, 3},
     "pool,conv24,pool,conv48,pool,conv96,256",
     NULL,
     "pool,conv24,pool,conv48,pool,conv96,256,5",
     "32x32x3 -> pool 16x16x3 -> conv 16x16x24 -> pool 8x8x24 -> conv 8x8x48 -> pool 4x4x48 -> "
     "conv 4x4x96 -> 256 -> 5",
     "256,dense4x4x96,up,conv48,up,conv24,up,conv3",
     "5 -> 256 -> 4x4x96 -> up 8x8x96 -> conv 8x8x48 -> up 16x16x48 -> conv 16x16x24 -> "
     "up 32x32x24 -> conv 32x32x3"},
    {{32, 32, 3},
     "pool,64",
     "256,dense4x4x64,deconv32,deconv16",
     "pool,64,5",
     "32x32x3 -> pool 16x16x3 -> 64 -> 5",
     "256,dense4x4x64,deconv32,deconv16,deconv3",
     "5 -> 256 -> 4x4x64 -> deconv 8x8x32 -> deconv 16x16x16 -> deconv 32x32x3"},
    /* Dense networks ignore rows and columns. */
    {{8, 8, 2}, "7,6", NULL, "7,6,5", "128-7-6-5", "6,7,128", "5-6-7-128"},
    {{1, 1, 9}, "7", "4,3", "7,5", "9-7-5", "4,3,9", "5-4-3-9"},
    {{8, 8, 2}, "conv4,6", "9", "conv4,6,5", "8x8x2 -> conv 8x8x4 -> 6 -> 5", "9,128", "5-9-128"},
    {{4, 4, 2},
     "6",
     "dense2x2x3,up",
     "6,5",
     "32-6-5",
     "dense2x2x3,up,conv2",
     "5 -> 2x2x3 -> up 4x4x3 -> conv 4x4x2"},
    /* Unequal sides; no dense layer at the end; kernels of all kinds, all of which mirror to 3 x
       3. */
    {{12, 8, 1},
     "conv4k5,pool,conv6k1,conv8k4s2",
     NULL,
     "conv4k5,pool,conv6k1,conv8k4s2,5",
     "12x8x1 -> conv 12x8x4 -> pool 6x4x4 -> conv 6x4x6 -> conv 3x2x8 -> 5",
     "dense3x2x8,up,conv6,up,conv4,conv1",
     "5 -> 3x2x8 -> up 6x4x8 -> conv 6x4x6 -> up 12x8x6 -> conv 12x8x4 -> conv 12x8x1"},
    {{8, 8, 3},
     "conv4s2,conv6k7s2,9,8",
     NULL,
     "conv4s2,conv6k7s2,9,8,5",
     "8x8x3 -> conv 4x4x4 -> conv 2x2x6 -> 9 -> 8 -> 5",
     "8,9,dense2x2x6,up,conv4,up,conv3",
     "5 -> 8 -> 9 -> 2x2x6 -> up 4x4x6 -> conv 4x4x4 -> up 8x8x4 -> conv 8x8x3"},
    /* conv,pool and pool,conv have the same mirror; pools alone mirror to `up` alone. */
    {{8, 8, 3},
     "conv4,pool,conv6,pool,9",
     NULL,
     "conv4,pool,conv6,pool,9,5",
     "8x8x3 -> conv 8x8x4 -> pool 4x4x4 -> conv 4x4x6 -> pool 2x2x6 -> 9 -> 5",
     "9,dense2x2x6,up,conv4,up,conv3",
     "5 -> 9 -> 2x2x6 -> up 4x4x6 -> conv 4x4x4 -> up 8x8x4 -> conv 8x8x3"},
    {{8, 8, 3},
     "pool,pool,conv6,9",
     NULL,
     "pool,pool,conv6,9,5",
     "8x8x3 -> pool 4x4x3 -> pool 2x2x3 -> conv 2x2x6 -> 9 -> 5",
     "9,dense2x2x6,up,up,conv3",
     "5 -> 9 -> 2x2x6 -> up 4x4x6 -> up 8x8x6 -> conv 8x8x3"},
    {{8, 8, 3},
     "pool,9",
     NULL,
     "pool,9,5",
     "8x8x3 -> pool 4x4x3 -> 9 -> 5",
     "9,dense4x4x3,up,conv3",
     "5 -> 9 -> 4x4x3 -> up 8x8x3 -> conv 8x8x3"},
    /* Odd sides, not halved by any layer. */
    {{5, 3, 2},
     "conv4,9",
     NULL,
     "conv4,9,5",
     "5x3x2 -> conv 5x3x4 -> 9 -> 5",
     "9,dense5x3x4,conv2",
     "5 -> 9 -> 5x3x4 -> conv 5x3x2"},
    /* One pixel counts as an image if an image layer follows. */
    {{2, 2, 3},
     "pool,conv7,6",
     NULL,
     "pool,conv7,6,5",
     "2x2x3 -> pool 3 -> conv 7 -> 6 -> 5",
     "6,dense1x1x7,up,conv3",
     "5 -> 6 -> 7 -> up 2x2x7 -> conv 2x2x3"},
    /* Layers that encoders rarely need, but may have. */
    {{4, 4, 1},
     "up,conv2,dense4x4x2,deconv3,7",
     "6,dense4x4x2,8",
     "up,conv2,dense4x4x2,deconv3,7,5",
     "4x4x1 -> up 8x8x1 -> conv 8x8x2 -> 4x4x2 -> deconv 8x8x3 -> 7 -> 5",
     "6,dense4x4x2,8,dense4x4x1",
     "5 -> 6 -> 4x4x2 -> 8 -> 4x4x1"},
};

static void texts_make_networks(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(networks); i++) {
        struct lb_train_params params;
        struct lb_layer_list list;
        require_ok(fixture, set_texts(fixture, &params, networks[i].encoder, networks[i].decoder));
        require_ok(fixture, lb_settings_check(fixture->ctx, &params));
        require_ok(fixture, lb_settings_encoder(&list, fixture->ctx, &params, networks[i].image));
        check_text(&list, networks[i].encoder_layers);
        check_description(&list, networks[i].encoder_shapes);
        assert_int_equal(list.layer[list.count - 1].activation, LB_LINEAR);
        require_ok(fixture, lb_settings_decoder(&list, fixture->ctx, &params, networks[i].image));
        check_text(&list, networks[i].decoder_layers);
        check_description(&list, networks[i].decoder_shapes);
        assert_int_equal(list.layer[list.count - 1].activation, LB_SIGMOID);
    }
}

static void activations_are_those_of_layers_with_weights(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    struct lb_layer_list list;
    const struct lb_shape image = {8, 8, 1};
    require_ok(fixture, set_texts(fixture, &params, "pool,conv4,6", NULL));
    params.activation = LB_SILU;
    require_ok(fixture, lb_settings_encoder(&list, fixture->ctx, &params, image));
    const enum lb_activation wanted[] = {LB_LINEAR, LB_SILU, LB_SILU, LB_LINEAR};
    assert_int_equal(list.count, LB_COUNT(wanted));
    for (int k = 0; k < list.count; k++) {
        assert_int_equal(list.layer[k].activation, wanted[k]);
    }
    assert_int_equal(list.activation, LB_SILU);
}

/* Programs may omit all hidden layers. */
static void networks_without_hidden_layers(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_shape image = {8, 4, 2};
    struct lb_train_params params;
    struct lb_layer_list list;
    require_ok(fixture, set_texts(fixture, &params, NULL, NULL));
    params.hidden_count = 0;
    require_ok(fixture, lb_settings_encoder(&list, fixture->ctx, &params, image));
    check_description(&list, "64-5");
    require_ok(fixture, lb_settings_decoder(&list, fixture->ctx, &params, image));
    check_description(&list, "5-64");
}

/* ---- invalid texts --------------------------------------------------------------------------- */

#define ONES  "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"
#define CONVS "conv1,conv1,conv1,conv1,conv1,conv1,conv1,conv1,conv1,conv1,"

static const struct {
    const char *encoder;
    const char *decoder;
    struct lb_shape image; ///< height 0: rejected before images are known
    const char *text;
} refusals[] = {
    {"", NULL, {0}, "--hidden '': token 1, '': is empty (write one layer between commas)"},
    {"conv8,", NULL, {0}, "--hidden 'conv8,': token 2, '': is empty"},
    {"conv8,,9", NULL, {0}, "token 2, '': is empty"},
    {"conv8, 9", NULL, {0}, "token 2, ' 9': has a space (write only commas between layers)"},
    {"conv8\n", NULL, {0}, "has a space"},
    {"conv8,swish", NULL, {0}, "token 2, 'swish': is not a layer (use 512, conv24,"},
    {"conv", NULL, {0}, "token 1, 'conv': is not a layer"},
    {"conv8k", NULL, {0}, "is not a layer"},
    {"conv8s", NULL, {0}, "is not a layer"},
    {"conv8s2k3", NULL, {0}, "is not a layer"},
    {"conv8k3s2x", NULL, {0}, "is not a layer"},
    {"Conv8", NULL, {0}, "is not a layer"},
    {"-8", NULL, {0}, "is not a layer"},
    {"+8", NULL, {0}, "is not a layer"},
    {"8.5", NULL, {0}, "is not a layer"},
    {"0x8", NULL, {0}, "is not a layer"},
    {"pool2", NULL, {0}, "is not a layer"},
    {"dense4x4", NULL, {0}, "is not a layer"},
    {"dense8", NULL, {0}, "is not a layer"},
    {"dense4x4x8x", NULL, {0}, "is not a layer"},
    {"deconv8k3", NULL, {0}, "is not a layer"},
    {"mirror", NULL, {0}, "is not a layer"},
    {"0", NULL, {0}, "token 1, '0': units, channels, rows and columns must be from 1 to 65536"},
    {"65537", NULL, {0}, "from 1 to 65536"},
    {"99999999999999999999", NULL, {0}, "from 1 to 65536"},
    {"conv0", NULL, {0}, "from 1 to 65536"},
    {"conv65537", NULL, {0}, "from 1 to 65536"},
    {"deconv0", NULL, {0}, "from 1 to 65536"},
    {"dense0x4x8", NULL, {0}, "from 1 to 65536"},
    {"dense4x65537x8", NULL, {0}, "from 1 to 65536"},
    {"dense65536x65536x1", NULL, {0}, "has 2^30 units or more"},
    {"dense65536x65536x65536", NULL, {0}, "has 2^30 units or more"},
    {"conv8k2", NULL, {0}, "token 1, 'conv8k2': there is no kernel 2x2 of stride 1"},
    {"conv8k9", NULL, {0}, "no kernel 9x9"},
    {"conv8k0", NULL, {0}, "no kernel 0x0"},
    {"conv8k4", NULL, {0}, "no kernel 4x4 of stride 1"},
    {"conv8s3", NULL, {0}, "no kernel 3x3 of stride 3"},
    {"conv8s0", NULL, {0}, "no kernel 3x3 of stride 0"},
    {"conv8k99999999999s99999999999", NULL, {0}, "there is no kernel"},
    {ONES ",1", NULL, {0}, "token 31, '1': there are at most 30 hidden layers"},
    {ONES ",1,1,1", NULL, {0}, "token 31, '1': there are at most 30 hidden layers"},
    {"conv0000000000000000000000000000000000000000000000000000000000000000008",
     NULL,
     {0},
     "longer than any layer"},
    {"64,conv8", NULL, {0}, "token 2, 'conv8': needs an image, but gets 64 numbers"},
    {"64,pool", NULL, {0}, "token 2, 'pool': needs an image, but gets 64 numbers"},
    {"64,32,up", NULL, {0}, "token 3, 'up': needs an image, but gets 32 numbers"},
    {"64", "32,conv8", {0}, "--decoder-hidden '32,conv8': token 2, 'conv8': needs an image"},
    {"64", "", {0}, "--decoder-hidden '': token 1, '': is empty"},
    {"64", "mirror,8", {0}, "token 1, 'mirror': is not a layer"},
    {"conv8", NULL, {1, 1, 3}, "--hidden conv8: token 1, 'conv8': needs an image, but gets 3 "},
    {"pool,pool",
     NULL,
     {12, 10, 1},
     "--hidden pool,pool: token 2, 'pool': the image is 6x5, which 2x2 blocks do not fill"},
    {"conv8k4s2",
     NULL,
     {1, 1024, 1},
     "--hidden conv8k4s2: token 1, 'conv8k4s2': the kernel is 4x4, but the image 1x1024, 3x1026 "
     "when padded (use a smaller kernel)"},
    {"up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up",
     "8",
     {64, 64, 3},
     "token 9, 'up': its input is 16384x16384x3 and its output 32768x32768x3: 2^30 numbers or "
     "more"},
    {"dense65536x1x1,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up,up",
     "8",
     {8, 8, 1},
     "token 8, 'up': its input is 4194304x64x1 and its output 8388608x128x1: 2^30 numbers or more"},
    {"pool,conv65536",
     "8",
     {512, 512, 1},
     "token 2, 'conv65536': its input is 256x256x1 and its output 256x256x65536: 2^30 numbers or "
     "more (use "
     "smaller"},
    {"conv64s2,8",
     NULL,
     {9, 8, 1},
     "--hidden conv64s2,8: token 1, 'conv64s2', outputs 5x4 for 9x8, which `up` would turn into "
     "10x8 "
     "(write the decoder with --decoder-hidden)"},
    {"conv8,conv64k4s2,8", NULL, {9, 8, 1}, "token 2, 'conv64k4s2', outputs 4x4 for 9x8"},
    {"conv8,up,8", NULL, {8, 8, 1}, "token 2, 'up', has no mirror (write the decoder with"},
    {"dense4x4x2,conv2", NULL, {8, 8, 1}, "token 1, 'dense4x4x2', has no mirror"},
    {"conv8,dense4x4x2", NULL, {8, 8, 1}, "token 2, 'dense4x4x2', has no mirror"},
    {CONVS CONVS "conv2s2,conv2s2,conv2s2,conv2s2,conv2s2,conv2s2,conv2s2,conv2s2,conv2s2,conv2s2",
     NULL,
     {1024, 1024, 1},
     "its mirror dense1x1x2,up,conv2,up,conv2,"},
    {CONVS CONVS "conv2s2,conv2s2,conv2s2,conv2s2,conv2s2,conv2s2,conv2s2,conv2s2,conv2s2,conv2s2",
     NULL,
     {1024, 1024, 1},
     "at most 32 layers (remove some) (write the decoder with"},
    {"8",
     "conv8",
     {8, 8, 1},
     "--decoder-hidden conv8: token 1, 'conv8': needs an image, but gets 5 numbers"},
    {"8",
     "dense4x4x8",
     {8, 8, 1},
     "--decoder-hidden dense4x4x8: ends at 4x4, but images are 8x8 (change denseHxWxC or"},
    {"8", "dense4x4x8,up,up", {8, 8, 1}, "ends at 16x16, but images are 8x8"},
    {"8", "dense4x4x8,deconv2,up", {8, 8, 1}, "ends at 16x16, but images are 8x8"},
    {"8", "dense2x2x8,deconv2", {9, 8, 1}, "ends at 4x4, but images are 9x8"},
    {"8", "dense2x2x8,up", {1, 1, 7}, "ends at 4x4, but images are 1x1"},
};

static void what_cannot_be_is_refused(void **state)
{
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(refusals); i++) {
        struct lb_train_params params;
        struct lb_layer_list list;
        enum lb_status status =
            set_texts(fixture, &params, refusals[i].encoder, refusals[i].decoder);
        if (refusals[i].image.height > 0) {
            require_ok(fixture, status);
            require_ok(fixture, lb_settings_check(fixture->ctx, &params));
            status = lb_settings_encoder(&list, fixture->ctx, &params, refusals[i].image);
            if (status == LB_OK) {
                status = lb_settings_decoder(&list, fixture->ctx, &params, refusals[i].image);
            }
        }
        if (status == LB_OK) {
            fail_msg("--hidden %s is allowed", refusals[i].encoder);
        }
        require_error(fixture, status, LB_ERR_ARGUMENT, refusals[i].text);
    }
}

/* A rejected text changes no settings. */
static void refused_texts_leave_settings_alone(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params before;
    struct lb_train_params params;
    require_ok(fixture, set_texts(fixture, &before, "pool,conv8,9", "7"));
    params = before;
    require_error(fixture, lb_train_params_set(fixture->ctx, &params, "hidden", "8,conv"),
                  LB_ERR_ARGUMENT, "token 2");
    require_error(fixture, lb_train_params_set(fixture->ctx, &params, "decoder-hidden", "8,"),
                  LB_ERR_ARGUMENT, "token 2");
    require_error(fixture, lb_train_params_set(fixture->ctx, &params, "network", "cnn"),
                  LB_ERR_ARGUMENT, "must be one of mlp|conv");
    assert_memory_equal(&params, &before, sizeof params);
}

/* 25 layers in n characters, where n is 251 to 299. */
static void fill_text(char *text, size_t n)
{
    size_t length = 0;
    for (int k = 0; k < 24; k++) {
        length += (size_t)sprintf(text + length, "conv65536,");
    }
    sprintf(text + length, "conv%0*d", (int)(n - length - 4), 8);
    assert_int_equal(strlen(text), n);
}

static void long_texts_are_refused(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    char text[5000];
    lb_train_params_default(&params);
    fill_text(text, LB_LAYERS_BYTES - 1);
    require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "hidden", text));
    fill_text(text, LB_LAYERS_BYTES);
    require_error(fixture, lb_train_params_set(fixture->ctx, &params, "hidden", text),
                  LB_ERR_ARGUMENT, "has 256 characters (use at most 255)");
    memset(text, '8', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    require_error(fixture, lb_train_params_set(fixture->ctx, &params, "decoder-hidden", text),
                  LB_ERR_ARGUMENT, "8...': has 4999 characters (use at most 255)");
}

/* Programs write to the struct directly: nothing may crash. */
static void fields_are_checked(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    lb_train_params_default(&params);
    memset(params.encoder_layers, '8', sizeof params.encoder_layers);
    require_error(fixture, lb_settings_check(fixture->ctx, &params), LB_ERR_ARGUMENT,
                  "--hidden: must have at most 255 characters");
    lb_train_params_default(&params);
    memset(params.decoder_layers, '8', sizeof params.decoder_layers);
    require_error(fixture, lb_settings_check(fixture->ctx, &params), LB_ERR_ARGUMENT,
                  "--decoder-hidden: must have at most 255 characters");
    lb_train_params_default(&params);
    strcpy(params.encoder_layers, "conv8,mirror");
    require_error(fixture, lb_settings_check(fixture->ctx, &params), LB_ERR_ARGUMENT,
                  "--hidden: token 2, 'mirror': is not a layer");
    lb_train_params_default(&params);
    params.network = (enum lb_preset)3;
    require_error(fixture, lb_settings_check(fixture->ctx, &params), LB_ERR_ARGUMENT,
                  "--network: must be one of mlp|conv");
    /* If the text defines the layers, `hidden` is ignored. */
    require_ok(fixture, set_texts(fixture, &params, "conv8,9", NULL));
    params.hidden_count = -1;
    require_ok(fixture, lb_settings_check(fixture->ctx, &params));
}

/* ---- canonical texts ------------------------------------------------------------------------- */

/* Each network has one canonical text, which resumed runs compare. */
static void texts_have_one_form(void **state)
{
    static const struct {
        const char *text;
        const char *form;
    } cases[] = {
        {"conv8k3s1", "conv8"},
        {"conv008k05s02", "conv8k5s2"},
        {"conv8,0512,dense1x1x9", "conv8,512,9"},
        {"dense1x1x9,up,conv8,pool", "dense1x1x9,up,conv8,pool"},
        {"dense01x2x3", "dense1x2x3"},
    };
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        require_ok(fixture, set_texts(fixture, &params, cases[i].text, cases[i].text));
        check_setting(&params, "hidden", cases[i].form);
        check_setting(&params, "decoder-hidden", cases[i].form);
        /* Also for texts that a program wrote itself. */
        lb_train_params_default(&params);
        strcpy(params.encoder_layers, cases[i].text);
        strcpy(params.decoder_layers, cases[i].text);
        require_ok(fixture,
                   lb_settings_fill_layers(&params, fixture->ctx, (struct lb_shape){64, 64, 1}));
        check_setting(&params, "hidden", cases[i].form);
        check_setting(&params, "decoder-hidden", cases[i].form);
    }
}

/* Programs that use only widths find them in the old fields. */
static void whole_numbers_are_widths(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params;
    require_ok(fixture, set_texts(fixture, &params, "conv8,9", "7"));
    require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "hidden", "12,34"));
    assert_string_equal(params.encoder_layers, "");
    assert_int_equal(params.hidden_count, 2);
    assert_int_equal(params.hidden[0], 12);
    assert_int_equal(params.hidden[1], 34);
    assert_int_equal(params.hidden[2], 0);
    require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "decoder-hidden", "mirror"));
    assert_string_equal(params.decoder_layers, "");
    check_setting(&params, "decoder-hidden", "mirror");
}

/* ---- descriptions ---------------------------------------------------------------------------- */

static void descriptions_are_cut_between_layers(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_dataset_info info = {.height = 32, .width = 32, .channels = 3};
    const char *whole = "32x32x3 -> pool 16x16x3 -> conv 16x16x24 -> 256 -> 5";
    struct lb_train_params params;
    char text[LB_NETWORK_TEXT_BYTES];
    require_ok(fixture, set_texts(fixture, &params, "pool,conv24,256", NULL));
    require_ok(fixture, lb_train_describe_encoder(fixture->ctx, &params, &info, text, sizeof text));
    assert_string_equal(text, whole);
    require_ok(fixture,
               lb_train_describe_encoder(fixture->ctx, &params, &info, text, strlen(whole) + 1));
    assert_string_equal(text, whole);
    require_ok(fixture, lb_train_describe_encoder(fixture->ctx, &params, &info, text, 42));
    assert_string_equal(text, "32x32x3 -> pool 16x16x3 -> conv ...");
    require_ok(fixture, lb_train_describe_decoder(fixture->ctx, &params, &info, text, sizeof text));
    assert_string_equal(text, "the reverse");
    require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "decoder-hidden", "7"));
    require_ok(fixture, lb_train_describe_decoder(fixture->ctx, &params, &info, text, sizeof text));
    assert_string_equal(text, "5-7-3072");
    /* The longest description fits. */
    char longest[LB_LAYERS_BYTES];
    fill_text(longest, sizeof longest - 1);
    require_ok(fixture, lb_train_params_set(fixture->ctx, &params, "hidden", longest));
    const struct lb_dataset_info large = {.height = 100, .width = 100, .channels = 1677};
    require_ok(fixture,
               lb_train_describe_encoder(fixture->ctx, &params, &large, text, sizeof text));
    assert_non_null(strstr(text, "conv 100x100x65536 -> conv 100x100x8 -> 5"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_make_networks),
        cmocka_unit_test(activations_are_those_of_layers_with_weights),
        cmocka_unit_test(networks_without_hidden_layers),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(refused_texts_leave_settings_alone),
        cmocka_unit_test(long_texts_are_refused),
        cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(texts_have_one_form),
        cmocka_unit_test(whole_numbers_are_widths),
        cmocka_unit_test(descriptions_are_cut_between_layers),
    };
    return cmocka_run_group_tests_name("layers_text", tests, open_context_fixture,
                                       close_context_fixture);
}
