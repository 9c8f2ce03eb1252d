/* Network files: round trips, and rejection of damaged files. */
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lowbend/tensor.h>

#include "base/text.h"
#include "mlp_reference.h"
#include "nn/network.h"

static const int sizes[] = {7, 5, 4, 3};
static const struct lb_mlp shape = {7, &sizes[1], 2, 3, LB_SILU, LB_SIGMOID};

/* ---- round trip ------------------------------------------------------------------------------ */

static void saved_network_loads_and_saves_the_same_bytes(void **state)
{
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *first = lb_path_join(folder, "first.safetensors");
    char *second = lb_path_join(folder, "second.safetensors");
    struct lb_gemm *gemm = NULL;
    struct lb_network *loaded = NULL;
    require_ok(fixture, lb_gemm_create(&gemm, fixture->device, LB_GEMM_PANEL));
    struct lb_network *network = mlp_create(fixture, gemm, &shape);
    const size_t n = network->layers.block_size;
    float *values = allocate(n, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        values[i] = draw(1, i); // including the padding, which must not be saved
    }
    require_ok(fixture, lb_buffer_write(fixture->device, network->parameters, 0, values,
                                        n * sizeof *values));
    require_ok(fixture, lb_network_save(network, first));
    require_ok(fixture, lb_network_load(&loaded, fixture->device, LB_GEMM_PANEL, first));
    assert_int_equal(lb_network_layer_count(loaded), 3);
    for (int k = 0; k < 3; k++) {
        struct lb_layer_info info;
        assert_int_equal(lb_network_get_layer(loaded, k, &info), LB_OK);
        assert_int_equal(info.in.channels, sizes[k]);
        assert_int_equal(info.out.channels, sizes[k + 1]);
        assert_int_equal(info.activation, k < 2 ? LB_SILU : LB_SIGMOID);
    }
    require_ok(fixture, lb_network_save(loaded, second));
    size_t first_size;
    size_t second_size;
    char *first_bytes = read_file(fixture, folder, "first.safetensors", &first_size);
    char *second_bytes = read_file(fixture, folder, "second.safetensors", &second_size);
    assert_int_equal(first_size, second_size);
    assert_memory_equal(first_bytes, second_bytes, first_size);
    float in[7];
    float out[2][3];
    for (size_t i = 0; i < 7; i++) {
        in[i] = draw(2, i);
    }
    require_ok(fixture, lb_network_apply(network, in, 1, out[0]));
    require_ok(fixture, lb_network_apply(loaded, in, 1, out[1]));
    assert_memory_equal(out[0], out[1], sizeof out[0]);
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

/* The activation of hidden layers is saved even if the network has none. */
static void file_of_one_layer_keeps_both_activations(void **state)
{
    const struct device_fixture *fixture = *state;
    const struct lb_mlp one = {7, NULL, 0, 3, LB_SILU, LB_SIGMOID};
    char *folder = make_folder();
    char *path = lb_path_join(folder, "network.safetensors");
    struct lb_gemm *gemm = NULL;
    struct lb_network *loaded = NULL;
    require_ok(fixture, lb_gemm_create(&gemm, fixture->device, LB_GEMM_PANEL));
    struct lb_network *network = mlp_create(fixture, gemm, &one);
    require_ok(fixture, lb_network_save(network, path));
    for (int i = 0; i < 2; i++) { // as created, and as loaded
        struct lb_tensor_file *file = NULL;
        require_ok(fixture, lb_tensor_file_read(&file, fixture->ctx, path));
        assert_string_equal(lb_tensor_file_metadata(file, "activation"), "silu");
        assert_string_equal(lb_tensor_file_metadata(file, "output_activation"), "sigmoid");
        assert_null(lb_tensor_file_metadata(file, "input")); // only in files of image networks
        assert_null(lb_tensor_file_metadata(file, "layers"));
        lb_tensor_file_free(&file);
        lb_network_destroy(&loaded);
        require_ok(fixture, lb_network_load(&loaded, fixture->device, LB_GEMM_PANEL, path));
        require_ok(fixture, lb_network_save(loaded, path));
    }
    lb_network_destroy(&loaded);
    lb_network_destroy(&network);
    lb_gemm_destroy(&gemm);
    free(path);
    remove_folder(folder);
}

/* ---- damage ---------------------------------------------------------------------------------- */

enum { TENSORS = 6, PAIRS = 2 };

/* The content of a file that a test can damage: three layers of 7, 5, 4, 3. */
struct content {
    float values[TENSORS][40];
    struct lb_tensor tensors[TENSORS + 1];
    size_t count;
    struct lb_metadata metadata[PAIRS];
    size_t pairs;
};

static void fill(struct content *content)
{
    static const char *const names[TENSORS] = {"layer0.weight", "layer0.bias",   "layer1.weight",
                                               "layer1.bias",   "layer2.weight", "layer2.bias"};
    *content = (struct content){
        .count = TENSORS,
        .metadata = {{"activation", "elu"}, {"output_activation", "linear"}},
        .pairs = PAIRS,
    };
    for (size_t i = 0; i < TENSORS; i++) {
        const size_t in = (size_t)sizes[i / 2];
        const size_t out = (size_t)sizes[i / 2 + 1];
        for (size_t j = 0; j < in * out; j++) {
            content->values[i][j] = draw((uint32_t)i, j);
        }
        content->tensors[i] = (struct lb_tensor){.name = names[i],
                                                 .dtype = LB_F32,
                                                 .rank = i % 2 == 0 ? 2 : 1,
                                                 .shape = {i % 2 == 0 ? in : out, out},
                                                 .data = content->values[i]};
    }
}

static void drop(struct content *content, size_t at)
{
    for (size_t i = at; i + 1 < content->count; i++) {
        content->tensors[i] = content->tensors[i + 1];
    }
    content->count--;
}

static void do_nothing(struct content *content)
{
    (void)content;
}

static void drop_first_weight(struct content *content)
{
    drop(content, 0);
}

static void drop_first_layer(struct content *content)
{
    drop(content, 0);
    drop(content, 0);
}

static void drop_bias(struct content *content)
{
    drop(content, 3);
}

/* Layers 0 and 2 remain: the network must not silently end at the gap. */
static void drop_middle_layer(struct content *content)
{
    drop(content, 2);
    drop(content, 2);
}

static void drop_everything(struct content *content)
{
    content->count = 0;
}

static void add_stranger(struct content *content)
{
    content->tensors[TENSORS] = content->tensors[0];
    content->tensors[TENSORS].name = "stranger";
    content->count++;
}

static void shorten_bias(struct content *content)
{
    content->tensors[1].shape[0] = 4;
}

static void flatten_weight(struct content *content)
{
    content->tensors[2] = (struct lb_tensor){.name = "layer1.weight",
                                             .dtype = LB_F32,
                                             .rank = 1,
                                             .shape = {20},
                                             .data = content->values};
}

static void break_chain(struct content *content)
{
    content->tensors[2].shape[0] = 4;
}

static void empty_weight(struct content *content)
{
    content->tensors[0].shape[0] = 0;
}

static void use_integers(struct content *content)
{
    content->tensors[4].dtype = LB_I32;
}

static void put_nan(struct content *content)
{
    content->values[2][19] = NAN;
}

static void put_infinity(struct content *content)
{
    content->values[5][2] = -INFINITY;
}

static void name_unknown_activation(struct content *content)
{
    content->metadata[0].value = "swish";
}

static void drop_output_activation(struct content *content)
{
    content->pairs = 1;
}

static void damaged_files_are_refused(void **state)
{
    static const struct {
        void (*damage)(struct content *content);
        enum lb_status status;
        const char *text;
    } cases[] = {
        {do_nothing, LB_OK, ""},
        {drop_first_weight, LB_ERR_FORMAT, "layer0.weight is missing"},
        {drop_first_layer, LB_ERR_FORMAT, "layer0.weight is missing"},
        {drop_bias, LB_ERR_FORMAT, "layer1.bias is missing"},
        {drop_middle_layer, LB_ERR_FORMAT,
         "layer2.weight belongs to no layer: the last one is layer0"},
        {drop_everything, LB_ERR_FORMAT, "layer0.weight is missing"},
        {add_stranger, LB_ERR_FORMAT, "tensor stranger belongs to no layer"},
        {shorten_bias, LB_ERR_FORMAT, "layer0.bias is F32 (4): must be F32 (5)"},
        {flatten_weight, LB_ERR_FORMAT, "layer1.weight has no shape (in,out)"},
        {break_chain, LB_ERR_FORMAT, "layer1.weight is F32 (4,4): must be F32 (5,4)"},
        {empty_weight, LB_ERR_FORMAT, "layer0.weight has no shape (in,out)"},
        {use_integers, LB_ERR_FORMAT, "layer2.weight is I32 (4,3): must be F32 (4,3)"},
        {put_nan, LB_ERR_FORMAT, "layer1.weight holds NaN or infinity at element 19"},
        {put_infinity, LB_ERR_FORMAT, "layer2.bias holds NaN or infinity at element 2"},
        {name_unknown_activation, LB_ERR_FORMAT, "activation"},
        {drop_output_activation, LB_ERR_FORMAT, "output_activation"},
    };
    const struct device_fixture *fixture = *state;
    char *folder = make_folder();
    char *path = lb_path_join(folder, "network.safetensors");
    for (size_t i = 0; i < LB_COUNT(cases); i++) {
        struct content content;
        struct lb_network *network = NULL;
        fill(&content);
        cases[i].damage(&content);
        require_ok(fixture, lb_tensor_file_write(fixture->ctx, path, content.tensors, content.count,
                                                 content.metadata, content.pairs));
        const enum lb_status status =
            lb_network_load(&network, fixture->device, LB_GEMM_PANEL, path);
        if (status != cases[i].status) {
            fail_msg("case %zu: status %d (%s), expected %d", i, (int)status,
                     lb_context_error(fixture->ctx), (int)cases[i].status);
        }
        if (status != LB_OK) {
            assert_null(network);
            require_error(fixture, status, cases[i].status, cases[i].text);
        }
        lb_network_destroy(&network);
    }
    free(path);
    remove_folder(folder);
}

static void a_missing_file_is_not_found(void **state)
{
    const struct device_fixture *fixture = *state;
    struct lb_network *network = NULL;
    require_error(fixture,
                  lb_network_load(&network, fixture->device, LB_GEMM_PANEL,
                                  "/nonexistent/network.safetensors"),
                  LB_ERR_NOT_FOUND, "/nonexistent/network.safetensors");
    assert_null(network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_network_loads_and_saves_the_same_bytes),
        cmocka_unit_test(file_of_one_layer_keeps_both_activations),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(a_missing_file_is_not_found),
    };
    return cmocka_run_group_tests_name("network_file", tests, open_device_fixture,
                                       close_device_fixture);
}
