/* Memory needs of a run against sums by hand, and the device's limits. */
#include "support.h"

#include <string.h>

#include "device/vector.h"
#include "nn/activations.h"
#include "nn/layers.h"
#include "train/memory.h"

enum { SIZE = 3, PAIRS = 10 };

static struct lb_train_params small(void)
{
    struct lb_train_params params;
    lb_train_params_default(&params);
    params.pairs = PAIRS;
    params.gemm = LB_GEMM_CLBLAST;
    return params;
}

/* The phases of separate training, with batches of PAIRS pairs. */
static struct lb_memory_plan plan_of(enum lb_phase phase, int microbatch, bool normalised,
                                     size_t image_size)
{
    const int encoded = phase == LB_PHASE_DECODER ? PAIRS : 3 * PAIRS;
    const int part = microbatch > 0 && microbatch < encoded ? microbatch : encoded;
    const int decoded_part = microbatch > 0 && microbatch < PAIRS ? microbatch : PAIRS;
    struct lb_memory_plan plan = {
        .images = encoded,
        .image_size = image_size,
        .normalised = normalised,
        .encoder = {encoded, part, phase != LB_PHASE_DECODER},
    };
    if (phase != LB_PHASE_ENCODER) {
        plan.decoder = (struct lb_learner_use){PAIRS, decoded_part, true};
    }
    return plan;
}

static struct lb_memory_needs needs_of(const struct device_fixture *fixture,
                                       const struct lb_train_params *params, enum lb_phase phase,
                                       bool normalised, const struct lb_layer_list *encoder,
                                       const struct lb_layer_list *decoder)
{
    const struct lb_memory_plan plan =
        plan_of(phase, params->microbatch, normalised, (size_t)lb_shape_size(encoder->input));
    return lb_memory_needs(fixture->device, params, &plan, encoder, decoder);
}

/* Networks with the layers SIZE,100,7 and 7,100,SIZE. */
static void small_networks(const struct device_fixture *fixture, struct lb_layer_list *encoder,
                           struct lb_layer_list *decoder)
{
    static const int hidden[] = {100};
    require_ok(fixture, lb_layer_list_mlp(encoder, fixture->ctx,
                                          &(struct lb_mlp){SIZE, hidden, 1, 7, LB_ELU, LB_LINEAR}));
    require_ok(fixture,
               lb_layer_list_mlp(decoder, fixture->ctx,
                                 &(struct lb_mlp){7, hidden, 1, SIZE, LB_ELU, LB_SIGMOID}));
}

static void needs_are_sums(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_train_params params = small();
    struct lb_layer_list encoder;
    struct lb_layer_list decoder;
    small_networks(fixture, &encoder, &decoder);
    const struct lb_memory_needs one =
        needs_of(fixture, &params, LB_PHASE_ENCODER, false, &encoder, NULL);
    /* 3*100+100 + 100*7+7 = 1107 parameters; 30 rows of 3 * 100 + 2 * 7 numbers. */
    check_near("parameters", 0, one.parameters, 4.0 * 4.0 * 1107, 0.0);
    check_near("activations", 0, one.activations, 4.0 * 30 * 314, 0.0);
    check_near("images", 0, one.images, 4.0 * 30 * SIZE, 0.0);
    check_near("largest", 0, one.largest, 4.0 * 30 * 100, 0.0);
    assert_true(one.largest_grows_with_pairs);
    const struct lb_memory_needs both =
        needs_of(fixture, &params, LB_PHASE_JOINT, true, &encoder, &decoder);
    check_near("images", 1, both.images, 4.0 * 2 * 30 * SIZE, 0.0);
    /* 7*100+100 + 100*3+3 = 1103 more; 10 rows of 3 * 100 + 3 * 3. */
    check_near("parameters", 1, both.parameters, 4.0 * 4.0 * (1107 + 1103), 0.0);
    check_near("activations", 1, both.activations, 4.0 * (30 * 314 + 10 * 309), 0.0);
}

/* A network that is not in training has no gradient, and one that is not in use no activations; the
 * encoder of the decoder phase passes outputs of 100 and 7 numbers through two buffers. */
static void phases_need_their_own(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params = small();
    struct lb_layer_list encoder;
    struct lb_layer_list decoder;
    small_networks(fixture, &encoder, &decoder);
    const struct lb_memory_needs first =
        needs_of(fixture, &params, LB_PHASE_ENCODER, true, &encoder, &decoder);
    check_near("parameters", 0, first.parameters, 4.0 * (4 * 1107 + 3 * 1103), 0.0);
    check_near("activations", 0, first.activations, 4.0 * 30 * 314, 0.0);
    check_near("images", 0, first.images, 4.0 * 2 * 30 * SIZE, 0.0);
    const struct lb_memory_needs second =
        needs_of(fixture, &params, LB_PHASE_DECODER, true, &encoder, &decoder);
    check_near("parameters", 1, second.parameters, 4.0 * (3 * 1107 + 4 * 1103), 0.0);
    check_near("activations", 1, second.activations, 4.0 * 10 * (107 + 309), 0.0);
    check_near("images", 1, second.images, 4.0 * 2 * 10 * SIZE, 0.0);
    params.microbatch = 7; // two more parts of inputs, one of them with a gradient, and all outputs
    const struct lb_memory_needs parts =
        needs_of(fixture, &params, LB_PHASE_DECODER, true, &encoder, &decoder);
    check_near("activations", 2, parts.activations,
               4.0 * (7 * (107 + 309) + 7 * 3 + 10 * 7 + 2 * (7 * 7 + 10 * 3) +
                      (double)decoder.block_size),
               0.0);
}

/* Microbatches of 7 for 30 images and for 10 codes: additional memory for two microbatches of
 * inputs, for the outputs of all, and for one more gradient. */
static void microbatches_need_less(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params = small();
    struct lb_layer_list encoder;
    struct lb_layer_list decoder;
    small_networks(fixture, &encoder, &decoder);
    const double blocks = (double)(encoder.block_size + decoder.block_size);
    params.microbatch = 7;
    const struct lb_memory_needs needs =
        needs_of(fixture, &params, LB_PHASE_JOINT, true, &encoder, &decoder);
    check_near("activations", 0, needs.activations,
               4.0 * (7 * 314 + 7 * 309 + 2 * (7 * 3 + 30 * 7) + 2 * (7 * 7 + 10 * 3) + blocks),
               0.0);
    check_near("images", 0, needs.images, 4.0 * (30 + 7) * SIZE, 1e-9);
    check_near("largest", 0, needs.largest, 4.0 * 1107, 0.0); // the encoder's parameters
    params.microbatch = 30;
    const struct lb_memory_needs whole =
        needs_of(fixture, &params, LB_PHASE_JOINT, true, &encoder, &decoder);
    check_near("activations", 1, whole.activations, 4.0 * (30 * 314 + 10 * 309), 0.0);
}

/* Of inference, only what the next layers still read: a convolution with its pool needs a third
 * buffer, since the product may write the pool's output while it reads the convolution's input. */
static void inference_shares_buffers(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_layer_list list = lb_layer_list((struct lb_shape){16, 16, 2});
    struct lb_activations *activations = NULL;
    struct lb_text why = {0};
    double largest;
    assert_true(lb_layers_parse(&list, "conv4,pool,conv3,pool,20,6,5", LB_ELU, &why));
    require_ok(fixture, lb_activations_create(&activations, fixture->device, &list, 9, false));
    for (int k = 0; k < list.count; k++) {
        assert_null(activations->slope[k]);
        assert_null(activations->gradient[k]);
        assert_true(k < 1 || activations->output[k] != activations->output[k - 1]);
        assert_true(k < 2 || list.layer[k].kind != &lb_layer_pool ||
                    activations->output[k] != activations->output[k - 2]);
    }
    lb_activations_destroy(&activations);
    /* 16*16*4, the pool 8*8*4, and the pool 4*4*3; the rest fits into the first two */
    check_near("bytes", 0, lb_activations_bytes(&list, 9, false, &largest),
               4.0 * 9 * (16 * 16 * 4 + 8 * 8 * 4 + 4 * 4 * 3), 0.0);
    check_near("largest", 0, largest, 4.0 * 9 * 16 * 16 * 4, 0.0);
}

/* pool,conv8,pool,conv16s2,20 on 16x12x3, and a linear layer to 5 numbers. */
static struct lb_layer_list image_layers(const struct device_fixture *fixture)
{
    struct lb_text why = {0};
    struct lb_layer_list list = lb_layer_list((struct lb_shape){16, 12, 3});
    const bool taken = lb_layers_parse(&list, "pool,conv8,pool,conv16s2,20", LB_ELU, &why) &&
                       lb_layers_parse(&list, "5", LB_LINEAR, &why);
    if (!taken) {
        fail_msg("%s (%s)", why.data, lb_context_error(fixture->ctx));
    }
    return list;
}

/* The first convolution needs no input gradient: nothing below it learns. In the second one's input
 * gradient, of 4 rows two meet one tap and two meet two; of 3 columns two meet one tap and one
 * meets two. */
static void arithmetic_of_image_layers(void **state)
{
    const struct lb_layer_list list = image_layers(*state);
    const double first = 2.0 * (8 * 6) * 27 * 8;   // 8x6x3 to 8x6x8
    const double second = 2.0 * (2 * 2) * 72 * 16; // 4x3x8 to 2x2x16
    const double dense = 2.0 * (64 * 20 + 20 * 5);
    const double second_input = 2.0 * (6 * 4) * 8 * 16;
    const double both = 2.0 * first + 2.0 * second + second_input + 3.0 * dense;
    check_near("flops", 0, lb_layer_list_flops(&list, 10, false), 10.0 * both, 0.0);
    check_near("flops", 1, lb_layer_list_flops(&list, 10, true), 10.0 * (both + first), 0.0);
}

/* Shapes for input gradients and transposed convolutions: the pixels that meet a tap, times the
 * mean number of taps that they meet; or another number of rows if this mean is not an integer. */
static void shapes_are_those_of_the_step(void **state)
{
    static const struct {
        const char *text;
        int which;
        struct lb_gemm_shape shape;
    } cases[] = {
        {"conv5", 2, {false, false, 10 * 48, 3, 9 * 5}},
        {"conv8s2", 2, {false, false, 10 * 48, 3, 9 * 8 / 4}},
        {"conv8k4s2", 2, {false, false, 10 * 48, 3, 4 * 8}},
        {"conv5s2", 2, {false, false, 10 * 54, 3, 2 * 5}}, // 108 taps: 2 at once instead of 2.25
        {"conv5k1s2", 2, {false, false, 10 * 12, 3, 5}},
        {"deconv5", 0, {false, false, 10 * 4 * 48, 5, 4 * 3}},
        {"deconv5", 1, {true, false, 16 * 5, 3, 10 * 48}},
        {"deconv5", 2, {false, true, 10 * 48, 3, 16 * 5}},
    };
    (void)state;
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct lb_text why = {0};
        struct lb_gemm_shape shapes[LB_LAYER_PRODUCTS];
        struct lb_layer_list list = lb_layer_list((struct lb_shape){8, 6, 3});
        assert_true(lb_layers_parse(&list, cases[i].text, LB_ELU, &why));
        assert_int_equal(list.layer[0].kind->products(&list.layer[0], 10, shapes), 3);
        const struct lb_gemm_shape *got = &shapes[cases[i].which];
        const struct lb_gemm_shape *want = &cases[i].shape;
        if (got->transpose_a != want->transpose_a || got->transpose_b != want->transpose_b ||
            got->m != want->m || got->n != want->n || got->k != want->k) {
            fail_msg("%s: product %d is (%d,%d,%d)", cases[i].text, cases[i].which, got->m, got->n,
                     got->k);
        }
    }
}

static void batches_of_large_layers_are_small(void **state)
{
    const struct lb_layer_list small = image_layers(*state);
    const struct lb_layer layer = {.kind = &lb_layer_up};
    struct lb_layer_list large = lb_layer_list((struct lb_shape){64, 64, 128});
    struct lb_text why = {0};
    assert_int_equal(lb_activations_rows(&small, 256), 256);
    assert_true(lb_layer_list_try(&large, &layer, &why)); // from 2 MiB to 128x128x128: 8 MiB
    assert_int_equal(lb_activations_rows(&large, 256), 6);
    assert_true(lb_layer_list_try(&large, &layer, &why)); // and 32 MiB
    assert_int_equal(lb_activations_rows(&large, 256), 1);
    assert_true(lb_layer_list_try(&large, &layer, &why));
    assert_int_equal(lb_activations_rows(&large, 256), 1);
}

/* 8x8x2 -> pool 4x4x2 -> conv 4x4x6 -> 5: 2 * 32 + 3 * 96 + 2 * 5 numbers for each of 30 rows. The
 * back ends store patches (480, 18), or partial sums, which so few patches do not need. The network
 * stores column sums, a little more than a 16th of (480, 6). */
static void image_layers_count(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params = small();
    struct lb_layer_list encoder = lb_layer_list((struct lb_shape){8, 8, 2});
    struct lb_text why = {0};
    assert_true(lb_layers_parse(&encoder, "pool,conv18,5", LB_ELU, &why));
    encoder.layer[2].activation = LB_LINEAR;
    const double layers = 4.0 * 30 * (2 * 32 + 3 * 288 + 2 * 5) + 4.0 * (480 / 16 + 256) * 18;
    for (int i = 0; i < 2; i++) {
        params.gemm = i == 0 ? LB_GEMM_CLBLAST : LB_GEMM_PANEL;
        const double patches = i == 0 && lb_gemm_is_built(params.gemm) ? 4.0 * 480 * 18 : 0.0;
        /* and a packed copy of the last layer's (30, 5), in panels of two vectors */
        const double packed = i == 1 ? 4.0 * 30 * 2 * lb_vector_width(fixture->device) : 0.0;
        const struct lb_memory_needs needs =
            needs_of(fixture, &params, LB_PHASE_ENCODER, false, &encoder, NULL);
        check_near("activations", (size_t)i, needs.activations, layers + patches + packed, 0.0);
        check_near("parameters", (size_t)i, needs.parameters,
                   4.0 * 4.0 * (18 * 18 + 18 + 288 * 5 + 5), 0.0);
    }
    /* A decoder to 8x8x3: 3 * 96 + 2 * 192 numbers for each of 10 rows, column sums of (640, 3),
     * the mean image, and patches of 24 numbers for each of 640 pixels, the largest. */
    struct lb_layer_list decoder = lb_layer_list((struct lb_shape){1, 1, 5});
    assert_true(lb_layers_parse(&decoder, "dense4x4x6,deconv3", LB_ELU, &why));
    decoder.layer[1].activation = LB_LINEAR;
    const double decoded = 4.0 * (10 * (3 * 96 + 2 * 192) + (640 / 16 + 256) * 3 + 192);
    params.gemm = LB_GEMM_CLBLAST;
    const double patches = lb_gemm_is_built(params.gemm) ? 4.0 * 640 * 24 : 0.0;
    const struct lb_memory_needs both =
        needs_of(fixture, &params, LB_PHASE_JOINT, false, &encoder, &decoder);
    check_near("activations", 2, both.activations, layers + decoded + patches, 0.0);
    /* 10 partial sums for 10240 patches; CLBlast uses a share of the device's memory for patches of
     * large images. */
    const struct lb_gemm_shape product = {true, false, 18, 24, 10240};
    check_near("sums", 0, lb_gemm_patch_bytes(fixture->device, LB_GEMM_PANEL, &product, true),
               4.0 * 10 * 19 * 24, 0.0);
    /* Two partial sums over patches of one pixel, which are the images themselves; none for other
       products. */
    const struct lb_gemm_shape pixels = {true, false, 18, 6, 2048};
    const struct lb_gemm_shape forward = {false, false, 2048, 6, 18};
    if (lb_gemm_is_built(LB_GEMM_CLBLAST)) {
        check_near("parts", 0,
                   lb_gemm_patch_bytes(fixture->device, LB_GEMM_CLBLAST, &pixels, false),
                   4.0 * 2 * 18 * 6, 0.0);
    }
    check_near("parts", 1, lb_gemm_patch_bytes(fixture->device, LB_GEMM_PANEL, &forward, true), 0.0,
               0.0);
    const struct lb_gemm_shape large = {true, false, 1 << 15, 6, 1 << 25};
    assert_true(lb_gemm_patch_bytes(fixture->device, LB_GEMM_CLBLAST, &large, true) <= 256 << 20);
}

static void limits_are_kept(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_train_params params = small();
    struct lb_device device = *fixture->device;
    const struct lb_memory_needs needs = {2e6, 3e6, 1e6, 1.5e6, true};
    device.info.max_allocation_bytes = 1500000;
    device.info.memory_bytes = 6000000;
    require_ok(fixture, lb_memory_check(&device, &params, LB_PHASE_ENCODER, &needs));
    device.info.memory_bytes = 5999999;
    require_error(fixture, lb_memory_check(&device, &params, LB_PHASE_ENCODER, &needs),
                  LB_ERR_MEMORY, "--pairs 10: ");
    device.info.memory_bytes = 0; // unknown
    require_ok(fixture, lb_memory_check(&device, &params, LB_PHASE_ENCODER, &needs));
    device.info.max_allocation_bytes = 1499999;
    require_error(fixture, lb_memory_check(&device, &params, LB_PHASE_ENCODER, &needs),
                  LB_ERR_MEMORY, "lower --pairs");
    const struct lb_memory_needs wide = {7e6, 3e6, 1e6, 1.5e6, false};
    require_error(fixture, lb_memory_check(&device, &params, LB_PHASE_ENCODER, &wide),
                  LB_ERR_MEMORY, "smaller layers with --hidden");
    device.info.max_allocation_bytes = 0;
    device.info.memory_bytes = 6000000;
    require_error(fixture, lb_memory_check(&device, &params, LB_PHASE_ENCODER, &wide),
                  LB_ERR_MEMORY, "smaller layers with --hidden");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(needs_are_sums),
        cmocka_unit_test(phases_need_their_own),
        cmocka_unit_test(microbatches_need_less),
        cmocka_unit_test(inference_shares_buffers),
        cmocka_unit_test(arithmetic_of_image_layers),
        cmocka_unit_test(shapes_are_those_of_the_step),
        cmocka_unit_test(batches_of_large_layers_are_small),
        cmocka_unit_test(image_layers_count),
        cmocka_unit_test(limits_are_kept),
    };
    return cmocka_run_group_tests_name("memory", tests, open_device_fixture, close_device_fixture);
}
