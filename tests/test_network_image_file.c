/* Files of networks with image layers: content, and rejection of damaged files. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/tensor.h>

#include "base/text.h"
#include "nn/layers.h"
#include "nn/network.h"

static const char encoder_text[] = "conv3k5,pool,conv4s2,deconv2,conv5k4s2,6";

static struct lb_network *make(const struct device_fixture *fixture, struct lb_gemm *gemm)
{
    struct lb_layer_list list = lb_layer_list((struct lb_shape){8, 12, 2});
    struct lb_text why = {0};
    struct lb_network *network = NULL;
    if (!lb_layers_parse(&list, encoder_text, LB_SILU, &why)) {
        fail_msg("%s", why.data);
    }
    list.layer[list.count - 1].activation = LB_SIGMOID;
    require_ok(fixture, lb_network_create(&network, fixture->device, gemm, &list));
    return network;
}

static void check_tensor(const struct lb_tensor_file *file, const char *name, int rank,
                         const size_t *shape)
{
    const struct lb_tensor *tensor = lb_tensor_file_find(file, name);
    if (tensor == NULL || tensor->dtype != LB_F32 || tensor->rank != rank ||
        memcmp(tensor->shape, shape, (size_t)rank * sizeof *shape) != 0) {
        fail_msg("%s is missing or has another shape", name);
    }
}

static void check_content(const struct device_fixture *fixture, const char *path,
                          const float *parameters, const float *mean)
{
    static const struct {
        const char *weight;
        const char *bias;
        int rank;
        size_t shape[4];
    } wanted[] = {
        {"layer0.weight", "layer0.bias", 4, {5, 5, 2, 3}},
        {"layer1.weight", "layer1.bias", 4, {3, 3, 3, 4}},
        {"layer2.weight", "layer2.bias", 4, {4, 4, 4, 2}}, // of deconv: in, 4, 4, out
        {"layer3.weight", "layer3.bias", 4, {4, 4, 2, 5}},
        {"layer4.weight", "layer4.bias", 2, {2 * 3 * 5, 6}},
    };
    struct lb_tensor_file *file = NULL;
    require_ok(fixture, lb_tensor_file_read(&file, fixture->ctx, path));
    assert_int_equal(lb_tensor_file_count(file), 2 * LB_COUNT(wanted) + 1);
    for (size_t i = 0; i < LB_COUNT(wanted); i++) {
        check_tensor(file, wanted[i].weight, wanted[i].rank, wanted[i].shape);
        check_tensor(file, wanted[i].bias, 1, &wanted[i].shape[wanted[i].rank - 1]);
        for (size_t j = 0; j < 2; j++) {
            const char *name = j == 0 ? wanted[i].weight : wanted[i].bias;
            const struct lb_tensor *tensor = lb_tensor_file_find(file, name);
            const size_t n = lb_tensor_count(tensor);
            assert_memory_equal(tensor->data, parameters, n * sizeof *parameters);
            parameters += n;
        }
    }
    check_tensor(file, "output_mean", 3, (const size_t[]){1, 1, 6});
    assert_memory_equal(lb_tensor_file_find(file, "output_mean")->data, mean, 6 * sizeof *mean);
    assert_string_equal(lb_tensor_file_metadata(file, "input"), "8x12x2");
    assert_string_equal(lb_tensor_file_metadata(file, "layers"), encoder_text);
    assert_string_equal(lb_tensor_file_metadata(file, "activation"), "silu");
    assert_string_equal(lb_tensor_file_metadata(file, "output_activation"), "sigmoid");
    assert_string_equal(lb_tensor_file_metadata(file, "input_mean"), "0.25,-1");
    assert_string_equal(lb_tensor_file_metadata(file, "input_scale"), "2,0.5");
    lb_tensor_file_free(&file);
}

static void saved_network_loads_and_saves_the_same_bytes(void **state)
{
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *first = lb_path_join(folder, "first.safetensors");
    char *second = lb_path_join(folder, "second.safetensors");
    struct lb_gemm *gemm = NULL;
    struct lb_network *loaded = NULL;
    require_ok(fixture, lb_gemm_create(&gemm, fixture->device, LB_GEMM_PANEL));
    struct lb_network *network = make(fixture, gemm);
    const size_t n = lb_network_parameter_count(network);
    float *values = allocate(n, sizeof *values);
    float mean[6];
    for (size_t i = 0; i < n; i++) {
        values[i] = draw(1, i);
    }
    for (size_t i = 0; i < LB_COUNT(mean); i++) {
        mean[i] = draw(2, i);
    }
    require_ok(fixture, lb_network_set_parameters(network, values));
    require_ok(fixture, lb_network_set_output_mean(network, mean));
    require_ok(fixture,
               lb_normalisation_set(&network->normalisation, fixture->device, 8 * 12 * 2, 2,
                                    (const float[]){0.25f, -1.0f}, (const float[]){2.0f, 0.5f}));
    require_ok(fixture, lb_network_save(network, first));
    check_content(fixture, first, values, mean);

    require_ok(fixture, lb_network_load(&loaded, fixture->device, LB_GEMM_PANEL, first));
    assert_true(lb_network_same_layers(network, loaded));
    assert_int_equal(loaded->layers.activation, LB_SILU);
    require_ok(fixture, lb_network_save(loaded, second));
    size_t first_size;
    size_t second_size;
    char *first_bytes = read_file(fixture, folder, "first.safetensors", &first_size);
    char *second_bytes = read_file(fixture, folder, "second.safetensors", &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first_bytes, second_bytes, first_size);
    free(first_bytes);
    free(second_bytes);
    free(values);
    lb_network_destroy(&loaded);
    lb_network_destroy(&network);
    lb_gemm_destroy(&gemm);
    free(first);
    free(second);
    remove_folder(folder);
}

/* ---- damage ---------------------------------------------------------------------------------- */

enum { TENSORS = 5, MOST_TENSORS = TENSORS + 1, PAIRS = 4 };

/* The content of a file that a test can damage: a decoder from 5 numbers to images of 8x8x2. */
struct content {
    float values[MOST_TENSORS][128];
    struct lb_tensor tensors[MOST_TENSORS];
    size_t count;
    struct lb_metadata metadata[PAIRS];
    size_t pairs;
};

static void fill(struct content *content)
{
    static const struct lb_tensor tensors[TENSORS] = {
        {"layer0.weight", LB_F32, 2, {5, 12}, NULL},      {"layer0.bias", LB_F32, 1, {12}, NULL},
        {"layer1.weight", LB_F32, 4, {3, 4, 4, 2}, NULL}, {"layer1.bias", LB_F32, 1, {2}, NULL},
        {"output_mean", LB_F32, 3, {8, 8, 2}, NULL},
    };
    *content = (struct content){
        .count = TENSORS,
        .metadata = {{"activation", "elu"},
                     {"output_activation", "sigmoid"},
                     {"input", "5"},
                     {"layers", "dense2x2x3,up,deconv2"}},
        .pairs = PAIRS,
    };
    memcpy(content->tensors, tensors, sizeof tensors);
    for (size_t i = 0; i < TENSORS; i++) {
        content->tensors[i].data = content->values[i];
        for (size_t k = 0; k < LB_COUNT(content->values[i]); k++) {
            content->values[i][k] = draw((uint32_t)i, k);
        }
    }
}

/* Writes the file and loads it; without `text` loading must succeed. */
static void judge(const struct device_fixture *fixture, const struct content *content,
                  const char *what, const char *text)
{
    char *folder = make_folder();
    char *path = lb_path_join(folder, "network.safetensors");
    struct lb_network *network = NULL;
    require_ok(fixture, lb_tensor_file_write(fixture->ctx, path, content->tensors, content->count,
                                             content->metadata, content->pairs));
    const enum lb_status status = lb_network_load(&network, fixture->device, LB_GEMM_PANEL, path);
    if ((status == LB_OK) != (text == NULL)) {
        fail_msg("%s: status %d, %s", what, (int)status, lb_context_error(fixture->ctx));
    }
    if (text != NULL) {
        require_error(fixture, status, LB_ERR_FORMAT, text);
        require_error(fixture, status, LB_ERR_FORMAT, path);
        assert_null(strchr(lb_context_error(fixture->ctx), '\n'));
        assert_null(network);
    }
    lb_network_destroy(&network);
    free(path);
    remove_folder(folder);
}

static void metadata_is_checked(void **state)
{
    static const struct {
        const char *key;
        const char *value;
        const char *text; // NULL: the file is valid
    } cases[] = {
        {"input", "5", NULL},
        {"input", "1x1x5", NULL},
        {"input", "", "input '' is not a shape such as 32x32x3 or 16"},
        {"input", "0", "input '0' is not a shape"},
        {"input", "-5", "input '-5' is not a shape"},
        {"input", "1x5", "input '1x5' is not a shape"},
        {"input", "1x1x5x1", "input '1x1x5x1' is not a shape"},
        {"input", "0x4x5", "input '0x4x5' is not a shape"},
        {"input", "5 ", "input '5 ' is not a shape"},
        {"input", "6", "layer0.weight is F32 (5,12): must be F32 (6,12)"},
        {"input", "99999999999x1x1", "token 1, 'dense2x2x3': its input is 1073741825x1x1"},
        {"layers", "", "layers '': token 1, '': is empty"},
        {"layers", "dense2x2x3,up,deconv2,", "token 4, '': is empty"},
        {"layers", "dense2x2x3,banana", "token 2, 'banana': is not a layer"},
        {"layers", "dense2x2x3,\n", "token 2, '?': has a space"},
        {"layers", "dense1x3x4,pool,deconv2", "token 2, 'pool': the image is 1x3"},
        {"layers", "dense2x2x3,conv4k9,deconv2", "token 2, 'conv4k9': there is no kernel 9x9"},
        {"layers", "dense2x2x3,conv0,deconv2", "token 2, 'conv0': units, channels, rows"},
        {"layers", "dense2x0x3,up,deconv2", "token 1, 'dense2x0x3'"},
        {"layers", "dense1073741824x1073741824x0,up", "token 1, "},
        {"layers", "dense1073741824x1x1,up,up,deconv2", "token 1, "},
        {"layers", "dense536870912x1x1,up,up,deconv2", "token 2, 'up': its input is 536870912x1x1"},
        {"layers", "dense4x4x6553600,conv9999999k7,deconv2", "token 2, 'conv9999999k7'"},
        {"layers", "12,conv2", "token 2, 'conv2': needs an image"},
        {"layers", "dense2x2x3,70000", "layer1.weight is F32 (3,4,4,2): must be F32 (12,70000)"},
        {"layers", "dense2x2x3,up", "layers 'dense2x2x3,up' end with up"},
        {"layers", "dense2x2x3,up,conv2", "layer1.weight is F32 (3,4,4,2): must be F32 (3,3,3,2)"},
        {"layers", "dense2x2x3,deconv2", "output_mean is F32 (8,8,2): must be F32 (4,4,2)"},
        {"layers", "dense2x2x3,up,deconv2,4", "layer2.weight is missing"},
        {"layers", "dense2x2x3", "output_mean is F32 (8,8,2): must be F32 (2,2,3)"},
        {"activation", "swish", "activation"},
        {"output_activation", "", "output_activation"},
    };
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct content content;
        fill(&content);
        for (size_t k = 0; k < PAIRS; k++) {
            if (strcmp(content.metadata[k].key, cases[i].key) == 0) {
                content.metadata[k].value = cases[i].value;
            }
        }
        judge(fixture, &content, cases[i].value, cases[i].text);
    }
}

static void drop_input(struct content *content)
{
    content->metadata[2] = content->metadata[3];
    content->pairs = 3;
}

/* Without this entry the layers are read as dense ones. */
static void drop_layers(struct content *content)
{
    content->pairs = 3;
}

static void have_too_many_layers(struct content *content)
{
    content->metadata[3].value = "pool,pool,pool,pool,pool,pool,pool,pool,pool,pool,pool,"
                                 "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1";
    content->metadata[2].value = "2048x2048x1";
}

static void drop_last_bias(struct content *content)
{
    content->tensors[3] = content->tensors[4];
    content->count--;
}

static void drop_mean(struct content *content)
{
    content->count--;
}

static void add_stranger(struct content *content)
{
    content->tensors[TENSORS] = content->tensors[3];
    content->tensors[TENSORS].name = "layer2.bias";
    content->count++;
}

static void put_nan(struct content *content)
{
    content->values[2][95] = NAN;
}

static void put_infinity(struct content *content)
{
    content->values[4][127] = INFINITY;
}

static void flatten_weight(struct content *content)
{
    content->tensors[2].rank = 2;
    content->tensors[2].shape[0] = 48;
    content->tensors[2].shape[1] = 2;
}

static void flatten_mean(struct content *content)
{
    content->tensors[4].rank = 1;
    content->tensors[4].shape[0] = 128;
}

static void use_integers(struct content *content)
{
    content->tensors[2].dtype = LB_I32;
}

static void use_integers_in_the_mean(struct content *content)
{
    content->tensors[4].dtype = LB_I32;
}

static void tensors_are_checked(void **state)
{
    static const struct {
        void (*damage)(struct content *content);
        const char *text;
    } cases[] = {
        {drop_input, "its metadata has layers, but no input"},
        {drop_layers, "layer1.weight has no shape (in,out)"},
        {have_too_many_layers, "token 33: a network has at most 32 layers"},
        {drop_last_bias, "layer1.bias is missing"},
        {drop_mean, NULL},
        {add_stranger, "tensor layer2.bias belongs to no layer: the last one is layer1"},
        {put_nan, "layer1.weight holds NaN or infinity at element 95"},
        {put_infinity, "output_mean holds NaN or infinity at element 127"},
        {flatten_weight, "layer1.weight is F32 (48,2): must be F32 (3,4,4,2)"},
        {flatten_mean, "output_mean is F32 (128): must be F32 (8,8,2)"},
        {use_integers, "layer1.weight is I32 (3,4,4,2): must be F32 (3,4,4,2)"},
        {use_integers_in_the_mean, "output_mean is I32 (8,8,2): must be F32 (8,8,2)"},
    };
    const struct device_fixture *fixture = *state;
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct content content;
        fill(&content);
        cases[i].damage(&content);
        judge(fixture, &content, cases[i].text != NULL ? cases[i].text : "fine", cases[i].text);
    }
}

static void layers_have_the_activations_of_the_file(void **state)
{
    const struct device_fixture *fixture = *state;
    struct content content;
    struct lb_network *network = NULL;
    struct lb_layer_info info[3];
    char *folder = make_folder();
    char *path = lb_path_join(folder, "network.safetensors");
    fill(&content);
    require_ok(fixture, lb_tensor_file_write(fixture->ctx, path, content.tensors, content.count,
                                             content.metadata, content.pairs));
    require_ok(fixture, lb_network_load(&network, fixture->device, LB_GEMM_PANEL, path));
    for (int k = 0; k < 3; k++) {
        assert_int_equal(lb_network_get_layer(network, k, &info[k]), LB_OK);
    }
    assert_int_equal(info[0].activation, LB_ELU);
    assert_int_equal(info[1].activation, LB_LINEAR); // up
    assert_int_equal(info[2].activation, LB_SIGMOID);
    assert_string_equal(info[2].kind, "deconv");
    assert_int_equal(info[2].kernel, 4);
    assert_int_equal(info[2].stride, 2);
    assert_int_equal(info[2].padding, 1);
    assert_int_equal(info[2].parameters, 3 * 4 * 4 * 2 + 2);
    assert_int_equal(lb_network_outputs(network), 8 * 8 * 2);
    float *mean = download(fixture, network->output_mean, 128);
    assert_memory_equal(mean, content.values[4], 128 * sizeof *mean);
    free(mean);
    lb_network_destroy(&network);
    free(path);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_network_loads_and_saves_the_same_bytes),
        cmocka_unit_test(metadata_is_checked),
        cmocka_unit_test(tensors_are_checked),
        cmocka_unit_test(layers_have_the_activations_of_the_file),
    };
    return cmocka_run_group_tests_name("network_image_file", tests, open_device_fixture,
                                       close_device_fixture);
}
