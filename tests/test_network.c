/* Networks: passes against the reference vectors and plain C in double, files, initial weights. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mlp_reference.h"
#include "nn/activation.h"

#define TOLERANCE (64.0 * UNIT)
#define BATCH     6
#define GUARD     32

static const enum lb_gemm_kind kinds[] = {LB_GEMM_PANEL, LB_GEMM_CLBLAST};

/* ---- passes against the vectors -------------------------------------------------------------- */

static enum lb_activation activation_at(const json_t *object, const char *key)
{
    const char *name = json_string_value(json_object_get(object, key));
    enum lb_activation activation = LB_LINEAR;
    if (strcmp(name, "identity") != 0) {
        assert_int_equal(lb_activation_parse(&activation, name), LB_OK);
    }
    return activation;
}

/* The layers of a network of the vectors; `hidden` receives their widths. */
static struct lb_mlp mlp_at(const json_t *network, int hidden[LB_NETWORK_MAX_LAYERS])
{
    const json_t *sizes = json_object_get(network, "layer_sizes");
    const size_t n = json_array_size(sizes);
    for (size_t k = 0; k + 2 < n; k++) {
        hidden[k] = (int)json_integer_value(json_array_get(sizes, k + 1));
    }
    return (struct lb_mlp){
        .in = (int)json_integer_value(json_array_get(sizes, 0)),
        .hidden = hidden,
        .hidden_count = (int)n - 2,
        .out = (int)json_integer_value(json_array_get(sizes, n - 1)),
        .activation = activation_at(network, "hidden_activation"),
        .output_activation = activation_at(network, "output_activation"),
    };
}

/* A parameter block from the layers' numbers, with NaN in the padding, which must not be used. */
static double *block_at(const struct lb_network *network, const json_t *layers)
{
    double *block = allocate(network->layers.block_size, sizeof *block);
    for (size_t i = 0; i < network->layers.block_size; i++) {
        block[i] = (double)NAN;
    }
    for (int k = 0; k < network->layers.count; k++) {
        const json_t *numbers = json_array_get(layers, (size_t)k);
        const struct lb_layer *layer = &network->layers.layer[k];
        const size_t in = (size_t)lb_shape_size(layer->in);
        const size_t out = (size_t)lb_shape_size(layer->out);
        double *weight = numbers_at(numbers, "weight_in_by_out", in * out);
        double *bias = numbers_at(numbers, "bias", out);
        memcpy(block + layer->weight, weight, in * out * sizeof *weight);
        memcpy(block + layer->bias, bias, out * sizeof *bias);
        free(weight);
        free(bias);
    }
    return block;
}

static void write_block(const struct device_fixture *fixture, const struct lb_network *network,
                        const double *block)
{
    float *values = allocate(network->layers.block_size, sizeof *values);
    for (size_t i = 0; i < network->layers.block_size; i++) {
        values[i] = (float)block[i];
    }
    require_ok(fixture, lb_buffer_write(fixture->device, network->parameters, 0, values,
                                        network->layers.block_size * sizeof *values));
    free(values);
}

/* The batch in a matrix with an offset and with NaN after each row. */
static struct lb_matrix upload_input(const struct device_fixture *fixture, const json_t *network,
                                     size_t in)
{
    const struct lb_matrix shape = {NULL, 5, in + 3};
    const size_t size = shape.offset + BATCH * shape.stride;
    float *numbers = floats_at(network, "inputs", BATCH * in);
    float *padded = allocate(size, sizeof *padded);
    for (size_t i = 0; i < size; i++) {
        padded[i] = NAN;
    }
    for (size_t i = 0; i < BATCH * in; i++) {
        padded[shape.offset + i / in * shape.stride + i % in] = numbers[i];
    }
    const struct lb_matrix matrix = {upload(fixture, padded, size), shape.offset, shape.stride};
    free(numbers);
    free(padded);
    return matrix;
}

static void check_gradients(const char *name, const struct lb_network *network, const float *got,
                            const double *want)
{
    char what[160];
    for (int k = 0; k < network->layers.count; k++) {
        const struct lb_layer *layer = &network->layers.layer[k];
        const size_t out = (size_t)lb_shape_size(layer->out);
        const size_t count = (size_t)lb_shape_size(layer->in) * out;
        snprintf(what, sizeof what, "%s: gradient of weight %d", name, k);
        check_floats(what, got + layer->weight, want + layer->weight, count, TOLERANCE);
        snprintf(what, sizeof what, "%s: gradient of bias %d", name, k);
        check_floats(what, got + layer->bias, want + layer->bias, out, TOLERANCE);
    }
}

/* Runs twice: the second pass adds its input gradient to that of the first. */
static void check_backward(const struct device_fixture *fixture, const char *name,
                           struct lb_network *network, struct lb_activations *activations,
                           struct lb_matrix input, const json_t *reference)
{
    char what[160];
    const size_t in = (size_t)lb_network_inputs(network);
    const size_t out = (size_t)lb_network_outputs(network);
    const size_t bytes = BATCH * out * sizeof(float);
    float *cotangent = floats_at(reference, "output_cotangent", BATCH * out);
    double *gradients = block_at(network, json_object_get(reference, "layer_gradients"));
    double *input_gradient = numbers_at(reference, "gradient_inputs", BATCH * in);
    cl_mem gradient_mem = NULL;
    cl_mem input_mem = NULL;
    require_ok(fixture, lb_buffer_create(fixture->device, &gradient_mem,
                                         network->layers.block_size * sizeof(float), "gradient"));
    require_ok(fixture, lb_buffer_create(fixture->device, &input_mem, BATCH * in * sizeof(float),
                                         "input gradient"));
    for (int pass = 0; pass < 2; pass++) {
        require_ok(fixture, lb_network_forward(network, activations, input, BATCH));
        require_ok(fixture,
                   lb_buffer_write(fixture->device, lb_activations_output_gradient(activations), 0,
                                   cotangent, bytes));
        require_ok(fixture, lb_network_backward(network, activations, input, BATCH,
                                                pass == 0 ? gradient_mem : NULL,
                                                (struct lb_input_gradient){input_mem, pass == 1}));
        float *got = download(fixture, input_mem, BATCH * in);
        snprintf(what, sizeof what, "%s: gradient of the input, pass %d", name, pass);
        check_floats(what, got, input_gradient, BATCH * in, TOLERANCE);
        free(got);
        for (size_t i = 0; i < BATCH * in; i++) {
            input_gradient[i] *= 2.0;
        }
    }
    float *got = download(fixture, gradient_mem, network->layers.block_size);
    check_gradients(name, network, got, gradients);
    free(got);
    free(cotangent);
    free(gradients);
    free(input_gradient);
    lb_buffer_release(&gradient_mem);
    lb_buffer_release(&input_mem);
}

static void check_network(const struct device_fixture *fixture, struct lb_gemm *gemm, size_t i,
                          const json_t *reference)
{
    char name[100];
    int hidden[LB_NETWORK_MAX_LAYERS];
    struct lb_activations *activations = NULL;
    const struct lb_mlp mlp = mlp_at(reference, hidden);
    snprintf(name, sizeof name, "%s: network %zu (%s, %s)",
             lb_gemm_kind_name(lb_gemm_get_kind(gemm)), i, lb_activation_name(mlp.activation),
             lb_activation_name(mlp.output_activation));
    struct lb_network *network = mlp_create(fixture, gemm, &mlp);
    /* One row more than the batch: passes use only the first BATCH rows. */
    require_ok(fixture, lb_activations_create(&activations, fixture->device, &network->layers,
                                              BATCH + 1, true));
    double *block = block_at(network, json_object_get(reference, "layers"));
    write_block(fixture, network, block);
    const size_t out = (size_t)lb_network_outputs(network);
    const struct lb_matrix input =
        upload_input(fixture, reference, (size_t)lb_network_inputs(network));
    double *outputs = numbers_at(reference, "outputs", BATCH * out);
    require_ok(fixture, lb_network_forward(network, activations, input, BATCH));
    float *got = download(fixture, lb_activations_output(activations), BATCH * out);
    check_floats(name, got, outputs, BATCH * out, TOLERANCE);
    check_backward(fixture, name, network, activations, input, reference);
    free(got);
    free(outputs);
    free(block);
    cl_mem mem = input.mem;
    lb_buffer_release(&mem);
    lb_activations_destroy(&activations);
    lb_network_destroy(&network);
}

static void passes_give_the_vectors(void **state)
{
    const struct device_fixture *fixture = *state;
    json_t *root = load_reference("mlp.json");
    const json_t *networks = json_object_get(root, "networks");
    assert_int_equal(json_array_size(networks), 13);
    for (size_t kind = 0; kind < LB_COUNT(kinds) && lb_gemm_is_built(kinds[kind]); kind++) {
        struct lb_gemm *gemm = NULL;
        require_ok(fixture, lb_gemm_create(&gemm, fixture->device, kinds[kind]));
        for (size_t i = 0; i < json_array_size(networks); i++) {
            check_network(fixture, gemm, i, json_array_get(networks, i));
        }
        lb_gemm_destroy(&gemm);
    }
    json_decref(root);
}

/* ---- applying -------------------------------------------------------------------------------- */

struct subject {
    struct lb_gemm *gemm;
    struct lb_network *network;
};

static struct subject make_subject(const struct device_fixture *fixture, enum lb_gemm_kind kind,
                                   const struct lb_mlp *mlp)
{
    struct subject s = {0};
    require_ok(fixture, lb_gemm_create(&s.gemm, fixture->device, kind));
    s.network = mlp_create(fixture, s.gemm, mlp);
    require_ok(fixture, lb_network_initialise(s.network, 5, 1));
    return s;
}

static void free_subject(struct subject *s)
{
    lb_network_destroy(&s->network);
    lb_gemm_destroy(&s->gemm);
}

static double *read_block(const struct device_fixture *fixture, const struct lb_network *network)
{
    float *values = download(fixture, network->parameters, network->layers.block_size);
    double *block = allocate(network->layers.block_size, sizeof *block);
    for (size_t i = 0; i < network->layers.block_size; i++) {
        block[i] = (double)values[i];
    }
    free(values);
    return block;
}

static const int small_hidden[] = {5, 4};
static const struct lb_mlp small = {7, small_hidden, 2, 3, LB_ELU, LB_LINEAR};

static void apply_takes_any_number_of_rows(void **state)
{
    static const size_t sizes[] = {0, 1, 255, 256, 257, 1000};
    enum { MOST = 1000, IN = 7, OUT = 3 };
    const struct device_fixture *fixture = *state;
    float *in = allocate(MOST * IN, sizeof *in);
    double *wide = allocate(MOST * IN, sizeof *wide);
    for (size_t i = 0; i < MOST * IN; i++) {
        in[i] = 2.0f * draw(1, i);
        wide[i] = (double)in[i];
    }
    for (size_t kind = 0; kind < LB_COUNT(kinds) && lb_gemm_is_built(kinds[kind]); kind++) {
        struct subject s = make_subject(fixture, kinds[kind], &small);
        double *block = read_block(fixture, s.network);
        double *want = allocate(MOST * OUT, sizeof *want);
        mlp_forward(s.network, block, wide, MOST, want);
        for (size_t i = 0; i < LB_COUNT(sizes); i++) {
            const size_t count = sizes[i] * OUT;
            char what[64];
            snprintf(what, sizeof what, "%s: %zu rows", lb_gemm_kind_name(kinds[kind]), sizes[i]);
            float *out = allocate(count + GUARD, sizeof *out);
            for (size_t j = 0; j < count + GUARD; j++) {
                out[j] = CANARY;
            }
            require_ok(fixture, lb_network_apply(s.network, in, sizes[i], out));
            check_floats(what, out, want, count, TOLERANCE);
            for (size_t j = count; j < count + GUARD; j++) {
                check_near(what, j, (double)out[j], (double)CANARY, 0.0);
            }
            free(out);
        }
        free(want);
        free(block);
        free_subject(&s);
    }
    free(in);
    free(wide);
}

/* ---- creation and first weights -------------------------------------------------------------- */

static void impossible_lists_are_refused(void **state)
{
    static const int huge[] = {(1 << 30) - 1};
    const struct device_fixture *fixture = *state;
    int hidden[LB_NETWORK_MAX_LAYERS];
    struct lb_network *network = NULL;
    struct lb_layer_list list = lb_layer_list(lb_shape_vector(7));
    require_error(fixture, lb_network_create(&network, fixture->device, NULL, &list),
                  LB_ERR_ARGUMENT, "0 layers");
    struct lb_mlp mlp = {7, hidden, LB_NETWORK_MAX_LAYERS, 3, LB_ELU, LB_LINEAR};
    for (int k = 0; k < LB_NETWORK_MAX_LAYERS; k++) {
        hidden[k] = 2;
    }
    require_error(fixture, lb_layer_list_mlp(&list, fixture->ctx, &mlp), LB_ERR_ARGUMENT,
                  "layer 32: a network has at most 32 layers");
    hidden[0] = 0;
    require_error(fixture, lb_layer_list_mlp(&list, fixture->ctx, &mlp), LB_ERR_ARGUMENT,
                  "layer 0: it is 7 to 0");
    mlp = (struct lb_mlp){7, huge, 1, 3, LB_ELU, LB_LINEAR};
    require_ok(fixture, lb_layer_list_mlp(&list, fixture->ctx, &mlp));
    require_error(fixture, lb_network_create(&network, fixture->device, NULL, &list),
                  LB_ERR_ARGUMENT, "parameters");
    const struct lb_layer larger = {.kind = &lb_layer_dense, .out = {1 << 15, 1 << 15, 2}};
    list = lb_layer_list(lb_shape_vector(7));
    require_error(fixture, lb_layer_list_add(&list, fixture->ctx, &larger), LB_ERR_ARGUMENT,
                  "2^30 numbers or more");
    assert_null(network);
}

static void check_shape(const char *what, struct lb_shape got, int height, int width, int channels)
{
    if (got.height != height || got.width != width || got.channels != channels) {
        fail_msg("%s is %dx%dx%d, not %dx%dx%d", what, got.height, got.width, got.channels, height,
                 width, channels);
    }
}

/* A dense layer may have an image on either side; checks the list's description, views and
   arithmetic. */
static void lists_tell_of_their_layers(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_layer layers[] = {
        {.kind = &lb_layer_dense, .out = {1, 1, 5}, .activation = LB_SILU},
        {.kind = &lb_layer_dense, .out = {2, 3, 4}, .activation = LB_SIGMOID},
    };
    struct lb_gemm *gemm = NULL;
    struct lb_network *network = NULL;
    struct lb_layer_info info;
    struct lb_layer_list list = lb_layer_list((struct lb_shape){4, 2, 3});
    for (size_t k = 0; k < LB_COUNT(layers); k++) {
        require_ok(fixture, lb_layer_list_add(&list, fixture->ctx, &layers[k]));
    }
    require_ok(fixture, lb_gemm_create(&gemm, fixture->device, LB_GEMM_PANEL));
    require_ok(fixture, lb_network_create(&network, fixture->device, gemm, &list));
    assert_int_equal(lb_network_layer_count(network), 2);
    assert_int_equal(lb_network_inputs(network), 24);
    assert_int_equal(lb_network_outputs(network), 24);
    assert_int_equal(lb_network_get_layer(network, 0, &info), LB_OK);
    assert_string_equal(info.kind, "dense");
    check_shape("input of layer 0", info.in, 4, 2, 3);
    check_shape("output of layer 0", info.out, 1, 1, 5);
    assert_int_equal(info.activation, LB_SILU);
    assert_int_equal(info.parameters, 24 * 5 + 5);
    assert_int_equal(lb_network_get_layer(network, 1, &info), LB_OK);
    check_shape("input of layer 1", info.in, 1, 1, 5);
    check_shape("output of layer 1", info.out, 2, 3, 4);
    assert_int_equal(info.activation, LB_SIGMOID);
    assert_int_equal(lb_network_get_layer(network, 2, &info), LB_ERR_ARGUMENT);
    assert_int_equal(lb_network_get_layer(network, -1, &info), LB_ERR_ARGUMENT);
    struct lb_text text = {0};
    lb_layer_list_describe(&list, &text);
    assert_string_equal(text.data, "4x2x3 -> 5 -> 2x3x4");
    lb_text_free(&text);
    /* Three products of 2 * 10 * 24 * 5 operations per layer, except that the first has no input
       gradient. */
    check_near("flops", 0, lb_layer_list_flops(&list, 10, false), 5 * 2400.0, 0.0);
    check_near("flops", 1, lb_layer_list_flops(&list, 10, true), 6 * 2400.0, 0.0);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(list.layer[k].number, k);
        assert_int_equal(list.layer[k].weight % 32, 0);
        assert_int_equal(list.layer[k].bias % 32, 0);
    }
    lb_network_destroy(&network);
    lb_gemm_destroy(&gemm);
}

/* Mean, variance and bound of a layer's weights, within 5 standard deviations. */
static void check_weights(const char *what, const double *weight, size_t in, size_t out, bool he)
{
    const double n = (double)(in * out);
    const double variance = he ? 2.0 / (double)in : 2.0 / (double)(in + out);
    const double bound = he ? 6.0 * sqrt(variance) : sqrt(6.0 / (double)(in + out));
    const double kurtosis = he ? 3.0 : 1.8;
    double sum = 0.0;
    double squares = 0.0;
    double largest = 0.0;
    for (size_t i = 0; i < in * out; i++) {
        sum += weight[i];
        squares += weight[i] * weight[i];
        largest = fmax(largest, fabs(weight[i]));
    }
    check_near(what, 0, sum / n, 0.0, 5.0 * sqrt(variance / n));
    check_near(what, 1, squares / n, variance, 5.0 * variance * sqrt((kurtosis - 1.0) / n));
    check_near(what, 2, largest, bound, he ? 0.5 * bound : 0.01 * bound);
    if (!(largest <= bound * (1.0 + UNIT))) {
        fail_msg("%s: largest %.9g, bound %.9g", what, largest, bound);
    }
}

static void first_weights_have_the_right_spread(void **state)
{
    const struct device_fixture *fixture = *state;
    for (int activation = LB_LINEAR; activation < (int)lb_activation_count(); activation++) {
        const bool he = activation == LB_ELU || activation == LB_RELU ||
                        activation == LB_SOFTPLUS || activation == LB_SILU;
        /* Includes an odd number of weights; the last layer depends on the output activation. */
        static const int hidden[] = {101};
        const struct lb_mlp mlp = {
            61, hidden, 1, 57, (enum lb_activation)activation, he ? LB_TANH : LB_SILU};
        struct subject s = make_subject(fixture, LB_GEMM_PANEL, &mlp);
        const struct lb_network *network = s.network;
        const struct lb_layer *layers = network->layers.layer;
        double *block = read_block(fixture, network);
        check_weights(lb_activation_name(mlp.activation), block + layers[0].weight, 61, 101, he);
        check_weights("last layer", block + layers[1].weight, 101, 57, !he);
        for (int k = 0; k < 2; k++) {
            const size_t end = k == 0 ? layers[1].weight : network->layers.block_size;
            for (size_t i = layers[k].bias; i < end; i++) {
                check_near("bias", i, block[i], 0.0, 0.0);
            }
        }
        free(block);
        free_subject(&s);
    }
}

/* The number of the first layer's weights that two draws have in common. */
static int shared_weights(const float *a, const float *b, size_t from_a, size_t from_b, size_t n)
{
    int shared = 0;
    for (size_t i = 0; i < n; i++) {
        shared += a[from_a + i] == b[from_b + i];
    }
    return shared;
}

static void first_weights_depend_on_seed_and_stream(void **state)
{
    static const struct {
        uint64_t seed;
        uint32_t stream;
    } draws[] = {{5, 1}, {6, 1}, {5, 2}, {5 + (1ull << 32), 1}, {5, 1}};
    const struct device_fixture *fixture = *state;
    struct subject s = make_subject(fixture, LB_GEMM_PANEL, &small);
    float *first = download(fixture, s.network->parameters, s.network->layers.block_size);
    for (size_t i = 1; i < LB_COUNT(draws); i++) {
        const bool same = i + 1 == LB_COUNT(draws);
        require_ok(fixture, lb_network_initialise(s.network, draws[i].seed, draws[i].stream));
        float *block = download(fixture, s.network->parameters, s.network->layers.block_size);
        check_near("shared weights", i, shared_weights(first, block, 0, 0, 35), same ? 35 : 0, 0.0);
        free(block);
    }
    /* Layers draw different numbers too: the last two have the same scale up to sqrt(5/4). */
    check_near("shared weights of layers", 0,
               shared_weights(first, first, s.network->layers.layer[1].weight,
                              s.network->layers.layer[2].weight, 12),
               0, 0.0);
    free(first);
    free_subject(&s);
}

static void scale_output_scales_the_last_layer_alone(void **state)
{
    const struct device_fixture *fixture = *state;
    struct subject s = make_subject(fixture, LB_GEMM_PANEL, &small);
    const size_t n = s.network->layers.block_size;
    float *before = allocate(n, sizeof *before);
    for (size_t i = 0; i < n; i++) {
        before[i] = draw(9, i);
    }
    require_ok(fixture, lb_buffer_write(fixture->device, s.network->parameters, 0, before,
                                        n * sizeof *before));
    require_ok(fixture, lb_network_scale_output(s.network, -2.5f));
    float *after = download(fixture, s.network->parameters, n);
    for (size_t i = 0; i < n; i++) {
        const float factor = i < s.network->layers.layer[2].weight ? 1.0f : -2.5f;
        check_near("parameter", i, (double)after[i], (double)(factor * before[i]), 0.0);
    }
    free(before);
    free(after);
    free_subject(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_give_the_vectors),
        cmocka_unit_test(apply_takes_any_number_of_rows),
        cmocka_unit_test(impossible_lists_are_refused),
        cmocka_unit_test(lists_tell_of_their_layers),
        cmocka_unit_test(first_weights_have_the_right_spread),
        cmocka_unit_test(first_weights_depend_on_seed_and_stream),
        cmocka_unit_test(scale_output_scales_the_last_layer_alone),
    };
    return cmocka_run_group_tests_name("network", tests, open_device_fixture, close_device_fixture);
}
