/*
 * Networks with image layers: passes against the reference vectors and plain C in double.
 *
 * Tolerances are relative to the largest number of a result: as in test_network.c, with sums of up
 * to a few hundred terms.
 */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "conv_support.h"
#include "nn/activation.h"
#include "nn/column_sum.h"
#include "nn/layers.h"

#define TOLERANCE (128.0 * UNIT)

static const enum lb_gemm_kind kinds[] = {LB_GEMM_PANEL, LB_GEMM_CLBLAST};

/* ---- the reference vectors ------------------------------------------------------------------- */

static int integer_at(const json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

static struct lb_shape shape_at(const json_t *sizes)
{
    return (struct lb_shape){
        (int)json_integer_value(json_array_get(sizes, 0)),
        (int)json_integer_value(json_array_get(sizes, 1)),
        (int)json_integer_value(json_array_get(sizes, 2)),
    };
}

static struct lb_layer layer_at(const json_t *object)
{
    const char *type = json_string_value(json_object_get(object, "type"));
    const char *activation = json_string_value(json_object_get(object, "activation"));
    const int channels = (int)json_array_size(json_object_get(object, "bias"));
    struct lb_layer layer = {.out = {1, 1, channels},
                             .kernel = integer_at(object, "kernel"),
                             .stride = integer_at(object, "stride"),
                             .padding = integer_at(object, "padding")};
    for (int i = 0; lb_layer_kinds[i] != NULL; i++) {
        if (strcmp(lb_layer_kinds[i]->name, type) == 0) {
            layer.kind = lb_layer_kinds[i];
        }
    }
    assert_non_null(layer.kind);
    if (activation != NULL && strcmp(activation, "linear") != 0) {
        assert_int_equal(lb_activation_parse(&layer.activation, activation), LB_OK);
    }
    const json_t *shape = json_object_get(object, "shape");
    layer.out = shape != NULL ? shape_at(shape) : layer.out;
    return layer;
}

/* The network's layers; *rows receives the batch size. */
static struct lb_layer_list layers_at(const struct device_fixture *fixture, const json_t *network,
                                      int *rows)
{
    const json_t *images = json_object_get(network, "input");
    const json_t *image = json_array_get(images, 0);
    const json_t *line = json_array_get(image, 0);
    const json_t *pixel = json_array_get(line, 0);
    const json_t *layers = json_object_get(network, "layers");
    struct lb_layer_list list = lb_layer_list((struct lb_shape){
        (int)json_array_size(image), (int)json_array_size(line), (int)json_array_size(pixel)});
    *rows = (int)json_array_size(images);
    for (size_t k = 0; k < json_array_size(layers); k++) {
        const struct lb_layer layer = layer_at(json_array_get(layers, k));
        require_ok(fixture, lb_layer_list_add(&list, fixture->ctx, &layer));
    }
    return list;
}

/* A block with the numbers of "weight" and "bias" of the array's objects. */
static double *block_at(const struct lb_layer_list *list, const json_t *layers)
{
    double *block = allocate(list->block_size + 1, sizeof *block);
    for (int k = 0; k < list->count; k++) {
        const struct lb_layer *layer = &list->layer[k];
        const json_t *numbers = json_array_get(layers, (size_t)k);
        if (layer->number >= 0) {
            const size_t weights = lb_layer_weight_count(layer);
            const size_t biases = layer->kind->parameters(layer).bias;
            double *weight = numbers_at(numbers, "weight", weights);
            double *bias = numbers_at(numbers, "bias", biases);
            memcpy(block + layer->weight, weight, weights * sizeof *block);
            memcpy(block + layer->bias, bias, biases * sizeof *block);
            free(weight);
            free(bias);
        }
    }
    return block;
}

static void check_vectors(const struct device_fixture *fixture, struct lb_gemm *gemm,
                          const json_t *network)
{
    char name[120];
    int rows = 0;
    const struct lb_layer_list layers = layers_at(fixture, network, &rows);
    struct conv_subject s = conv_subject_make(fixture, gemm, &layers, rows, 1);
    snprintf(name, sizeof name, "%s: %s", lb_gemm_kind_name(lb_gemm_get_kind(gemm)),
             json_string_value(json_object_get(network, "name")));
    double *block = block_at(&layers, json_object_get(network, "layers"));
    double *input = numbers_at(network, "input", s.inputs);
    double *cotangent = numbers_at(network, "output_cotangent", s.outputs);
    struct conv_passes want = {
        .output = numbers_at(network, "output", s.outputs),
        .gradient = block_at(&layers, json_object_get(network, "layer_gradients")),
        .input_gradient = numbers_at(network, "gradient_input", s.inputs),
    };
    conv_write(&s, s.network->parameters, block, layers.block_size);
    conv_write(&s, s.input, input, s.inputs);
    conv_check_passes(name, &s, cotangent, &want, TOLERANCE);
    /* Also checks the plain C reference of the other tests against the vectors. */
    struct conv_passes plain = conv_reference(&layers, block, NULL, input, cotangent, (size_t)rows);
    for (size_t i = 0; i < s.outputs; i++) {
        check_near("plain C: output", i, plain.output[i], want.output[i], 1e-12);
    }
    for (size_t i = 0; i < s.inputs; i++) {
        check_near("plain C: gradient of the input", i, plain.input_gradient[i],
                   want.input_gradient[i], 1e-12);
    }
    for (size_t i = 0; i < layers.block_size; i++) {
        check_near("plain C: gradient of the parameters", i, plain.gradient[i], want.gradient[i],
                   1e-12 * rows * (double)s.outputs);
    }
    conv_passes_free(&plain);
    conv_passes_free(&want);
    free(block);
    free(input);
    free(cotangent);
    conv_subject_free(&s);
}

/* Calls the check for each back end in this build. */
static void each_gemm(void **state,
                      void (*check)(const struct device_fixture *fixture, struct lb_gemm *gemm,
                                    const json_t *vectors),
                      const json_t *vectors)
{
    const struct device_fixture *fixture = *state;
    for (size_t kind = 0; kind < LB_COUNT(kinds); kind++) {
        struct lb_gemm *gemm = NULL;
        if (lb_gemm_is_built(kinds[kind])) {
            require_ok(fixture, lb_gemm_create(&gemm, fixture->device, kinds[kind]));
            check(fixture, gemm, vectors);
            lb_gemm_destroy(&gemm);
        }
    }
}

static void check_all_vectors(const struct device_fixture *fixture, struct lb_gemm *gemm,
                              const json_t *networks)
{
    for (size_t i = 0; i < json_array_size(networks); i++) {
        check_vectors(fixture, gemm, json_array_get(networks, i));
    }
}

static void passes_give_the_vectors(void **state)
{
    json_t *root = load_reference("conv.json");
    const json_t *networks = json_object_get(root, "networks");
    assert_true(json_array_size(networks) > 0);
    each_gemm(state, check_all_vectors, networks);
    json_decref(root);
}

/* ---- random networks against plain C --------------------------------------------------------- */

/* Each kernel and stride, with odd sides, channel counts that fill vectors or not, pixels that meet
 * no tap (k1s2), images smaller than kernels, and each kind before and after every other. */
static const struct conv_text texts[] = {
    {{5, 7, 3}, "conv4k7,conv5k5s2,conv3k1,3"},
    {{9, 6, 1}, "conv5k1s2,conv20k3s2,4"},
    {{8, 12, 18}, "pool,conv33,conv4k4s2,7"},
    {{7, 1, 2}, "conv3,conv3s2,conv2k7"},
    {{13, 10, 2}, "conv6k7s2,conv16k4s2,conv1k5"},
    {{1, 1, 20}, "dense3x2x5,up,deconv6,conv17"},
    {{2, 3, 3}, "deconv4,deconv19,pool,conv2k5"},
    {{6, 4, 24}, "conv24k1,pool,up,up,conv3"},
    {{4, 4, 1}, "up,pool,pool,deconv2,pool,up"},
    {{41, 40, 2}, "conv5"}, // so many patches that CLBlast sums in parts
    /* Products with pooling: with few blocks and images, ends of vectors, too many columns, too
     * long rows. */
    {{42, 40, 1}, "conv7,pool,conv16k5,8"},
    {{8, 12, 3}, "conv32k4s2,pool,conv3"},
    {{4, 4, 2}, "conv33,pool,conv17,pool"},
    {{2, 66, 1}, "conv2,pool"},
    {{2, 64, 1}, "conv2k7,pool"},
};

static void check_texts(const struct device_fixture *fixture, struct lb_gemm *gemm,
                        const json_t *vectors)
{
    (void)vectors;
    for (size_t i = 0; i < LB_COUNT(texts); i++) {
        for (int a = LB_LINEAR; a < (int)lb_activation_count(); a++) {
            conv_check_text(fixture, gemm, &texts[i], (enum lb_activation)a, 1, TOLERANCE);
        }
    }
}

static void passes_equal_plain_c(void **state)
{
    each_gemm(state, check_texts, NULL);
}

/* ---- the mean image -------------------------------------------------------------------------- */

static void check_mean(const struct device_fixture *fixture, struct lb_gemm *gemm,
                       const json_t *vectors)
{
    enum { ROWS = 3 };
    static const struct conv_text text = {{1, 1, 5}, "dense3x2x4,up,conv3"};
    (void)vectors;
    for (int a = LB_LINEAR; a < (int)lb_activation_count(); a++) {
        char name[160];
        float *mean = NULL;
        const struct lb_layer_list layers = conv_text_parse(&text, (enum lb_activation)a);
        struct conv_subject s = conv_subject_make(fixture, gemm, &layers, ROWS, 1);
        struct conv_problem p = conv_problem_make(&s);
        const size_t outputs = (size_t)lb_network_outputs(s.network);
        mean = allocate(outputs, sizeof *mean);
        for (size_t i = 0; i < outputs; i++) {
            mean[i] = (float)p.mean[i];
        }
        require_ok(fixture, lb_network_set_output_mean(s.network, mean));
        snprintf(name, sizeof name, "%s: mean image, %s", lb_gemm_kind_name(lb_gemm_get_kind(gemm)),
                 lb_activation_name(a));
        struct conv_passes want =
            conv_reference(&layers, p.block, p.mean, p.input, p.cotangent, ROWS);
        conv_check_passes(name, &s, p.cotangent, &want, TOLERANCE);
        conv_passes_free(&want);
        require_ok(fixture, lb_network_set_output_mean(s.network, NULL));
        want = conv_reference(&layers, p.block, NULL, p.input, p.cotangent, ROWS);
        conv_check_passes(name, &s, p.cotangent, &want, TOLERANCE);
        conv_passes_free(&want);
        free(mean);
        conv_problem_free(&p);
        conv_subject_free(&s);
    }
}

static void mean_image_is_added(void **state)
{
    each_gemm(state, check_mean, NULL);
}

/* ---- chunks of patches ----------------------------------------------------------------------- */

static struct conv_results run_with_memory(const struct device_fixture *fixture,
                                           const struct lb_layer_list *layers, uint64_t bytes)
{
    enum { ROWS = 5 };
    struct lb_gemm *gemm = NULL;
    const uint64_t real = fixture->device->info.memory_bytes;
    require_ok(fixture, lb_gemm_create(&gemm, fixture->device, LB_GEMM_CLBLAST));
    struct conv_subject s = conv_subject_make(fixture, gemm, layers, ROWS, 0);
    struct conv_problem p = conv_problem_make(&s);
    fixture->device->info.memory_bytes = bytes > 0 ? bytes : real;
    conv_run(&s, p.cotangent, false);
    fixture->device->info.memory_bytes = real;
    struct conv_results results = conv_results_read(&s);
    conv_problem_free(&p);
    conv_subject_free(&s);
    lb_gemm_destroy(&gemm);
    return results;
}

/* On CPU devices a row does not depend on the number of rows. */
static void check_chunks(const struct device_fixture *fixture, const char *what, const float *whole,
                         const float *parts, size_t n)
{
    double largest = 0.0;
    if (fixture->device->info.type == LB_DEVICE_CPU) {
        assert_memory_equal(whole, parts, n * sizeof(float));
    }
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs((double)whole[i]));
    }
    for (size_t i = 0; i < n; i++) {
        check_near(what, i, (double)parts[i], (double)whole[i], TOLERANCE * largest);
    }
}

/* CLBlast gets the patches in chunks limited to a share of the device's memory, but at least one
 * patch at a time. */
static void chunks_change_nothing(void **state)
{
    static const uint64_t memories[] = {1, 16 * 4 * 700, 16 * 4 * 10000, 16 * 4 * 100000};
    const struct device_fixture *fixture = *state;
    if (!lb_gemm_is_built(LB_GEMM_CLBLAST)) {
        skip();
    }
    for (size_t i = 0; i < LB_COUNT(texts); i++) {
        const struct lb_layer_list layers = conv_text_parse(&texts[i], LB_TANH);
        const size_t inputs = 5 * (size_t)lb_shape_size(layers.input);
        const size_t outputs = 5 * (size_t)lb_shape_size(lb_layer_list_output(&layers));
        struct conv_results whole = run_with_memory(fixture, &layers, 0);
        double *gradient = allocate(layers.block_size + 1, sizeof *gradient);
        for (size_t j = 0; j < layers.block_size; j++) {
            gradient[j] = (double)whole.gradient[j];
        }
        const bool large = inputs > 10000; // the smallest chunks would take minutes
        for (size_t m = large ? 1 : 0; m < LB_COUNT(memories); m++) {
            struct conv_results parts = run_with_memory(fixture, &layers, memories[m]);
            check_chunks(fixture, "output", whole.output, parts.output, outputs);
            check_chunks(fixture, "dX", whole.input_gradient, parts.input_gradient, inputs);
            conv_check_parameters(texts[i].layers, &layers, parts.gradient, gradient, TOLERANCE);
            conv_results_free(&parts);
        }
        free(gradient);
        conv_results_free(&whole);
    }
}

/* ---- column sums ----------------------------------------------------------------------------- */

static void many_rows_are_summed(void **state)
{
    static const int shapes[][2] = {{1, 3},    {127, 5},  {128, 1},   {129, 24},
                                    {1000, 3}, {8193, 7}, {20011, 2}, {1000003, 3}};
    enum { OFFSET = 3, MOST = 24 };
    const struct device_fixture *fixture = *state;
    const struct conv_text text = {{1, 1, 1}, "1"};
    const struct lb_layer_list layers = conv_text_parse(&text, LB_LINEAR);
    struct lb_gemm *gemm = NULL;
    require_ok(fixture, lb_gemm_create(&gemm, fixture->device, LB_GEMM_PANEL));
    for (size_t i = 0; i < LB_COUNT(shapes); i++) {
        char what[64];
        const size_t columns = (size_t)shapes[i][1];
        const size_t n = (size_t)shapes[i][0] * columns;
        struct lb_network *network = NULL;
        float *x = allocate(n, sizeof *x);
        float guard[OFFSET + MOST + 1];
        double want[MOST] = {0.0};
        for (size_t j = 0; j < n; j++) {
            x[j] = 1.0f + draw(5, j);
            want[j % columns] += (double)x[j];
        }
        for (size_t j = 0; j < LB_COUNT(guard); j++) {
            guard[j] = CANARY;
        }
        cl_mem mem = upload(fixture, x, n);
        cl_mem sum = upload(fixture, guard, LB_COUNT(guard));
        require_ok(fixture, lb_network_create(&network, fixture->device, gemm, &layers));
        require_ok(fixture,
                   lb_column_sum_many(network, mem, shapes[i][0], shapes[i][1], sum, OFFSET));
        float *got = download(fixture, sum, LB_COUNT(guard));
        snprintf(what, sizeof what, "column sums of %d rows", shapes[i][0]);
        check_floats(what, got + OFFSET, want, columns, 8.0 * UNIT);
        for (size_t j = 0; j < LB_COUNT(guard); j++) {
            assert_true(got[j] == CANARY || (j >= OFFSET && j < OFFSET + columns));
        }
        free(got);
        free(x);
        lb_buffer_release(&mem);
        lb_buffer_release(&sum);
        lb_network_destroy(&network);
    }
    lb_gemm_destroy(&gemm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_give_the_vectors), cmocka_unit_test(passes_equal_plain_c),
        cmocka_unit_test(mean_image_is_added),     cmocka_unit_test(chunks_change_nothing),
        cmocka_unit_test(many_rows_are_summed),
    };
    return cmocka_run_group_tests(tests, open_device_fixture, close_device_fixture);
}
