#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/file_facts.h"
#include "base/json.h"
#include "base/number.h"
#include "base/text.h"
#include "io/tensor_file.h"
#include "run/checkpoint.h"
#include "run/config.h"
#include "run/phase.h"
#include "run/run_files.h"
#include "run/run_info_store.h"

static const char final_suffix[] = "-final";

static enum lb_status fail_memory(struct lb_context *ctx)
{
    return lb_fail_memory(ctx, "run");
}

static enum lb_status file_path(struct lb_context *ctx, const char *run, enum lb_run_file file,
                                char **path)
{
    *path = lb_run_file_path(run, file);
    return *path != NULL ? LB_OK : fail_memory(ctx);
}

/* ---- files ----------------------------------------------------------------------------------- */

static enum lb_status read_files(struct lb_run_info_store *store, struct lb_context *ctx)
{
    for (int i = 0; i < LB_RUN_FILE_COUNT; i++) {
        char *path;
        struct lb_file_facts facts;
        LB_TRY(file_path(ctx, store->path, (enum lb_run_file)i, &path));
        if (lb_file_get_facts(path, &facts)) {
            store->files[store->info.file_count++] =
                (struct lb_run_file_info){(enum lb_run_file)i, facts.bytes};
        }
        free(path);
    }
    store->info.files = store->files;
    return LB_OK;
}

static bool has_file(const struct lb_run_info_store *store, enum lb_run_file file)
{
    for (size_t i = 0; i < store->info.file_count; i++) {
        if (store->files[i].file == file) {
            return true;
        }
    }
    return false;
}

/* ---- config.json ----------------------------------------------------------------------------- */

static const char *string_of(const json_t *object, const char *key)
{
    const char *string = json_string_value(json_object_get(object, key));
    return string != NULL ? string : "";
}

static double number_of(const json_t *object, const char *key, double unknown)
{
    const json_t *number = json_object_get(object, key);
    return json_is_number(number) ? json_number_value(number) : unknown;
}

/* Parses a number of steps; 0 if invalid. */
static int steps_of(const char *text)
{
    const double steps = lb_number_read(text, NULL);
    return steps >= 0.0 && steps <= INT32_MAX ? (int)steps : 0;
}

static int integer_of(const json_t *value)
{
    const json_int_t integer = json_integer_value(value);
    return integer >= 0 && integer <= INT32_MAX ? (int)integer : 0;
}

static size_t count_of(const json_t *object, const char *key)
{
    const json_int_t count = json_integer_value(json_object_get(object, key));
    return count > 0 ? (size_t)count : 0;
}

static void read_dataset(struct lb_run_info *info, const json_t *facts)
{
    struct lb_dataset_info *dataset = &info->dataset;
    const json_t *image = json_object_get(facts, "image");
    snprintf(dataset->name, sizeof dataset->name, "%s", string_of(facts, "name"));
    snprintf(dataset->manifold, sizeof dataset->manifold, "%s", string_of(facts, "manifold"));
    dataset->dimension = integer_of(json_object_get(facts, "dimension"));
    dataset->height = integer_of(json_array_get(image, 0));
    dataset->width = integer_of(json_array_get(image, 1));
    dataset->channels = integer_of(json_array_get(image, 2));
    dataset->injectivity_radius = number_of(facts, "injectivity_radius", (double)INFINITY);
    dataset->h = number_of(facts, "h", (double)NAN);
    dataset->cap_degrees = info->params.cap;
    info->minimum = number_of(facts, "E_star", (double)NAN);
}

static enum lb_status read_config(struct lb_run_info_store *store, struct lb_context *ctx)
{
    struct lb_run_info *info = &store->info;
    LB_TRY(lb_config_read(ctx, store->path, &store->config));
    LB_TRY(lb_train_params_read(ctx, &info->params, store->path));
    const json_t *root = store->config;
    const json_t *format = json_object_get(root, lb_config_format_key);
    const json_t *pairs = json_object_get(root, lb_config_pairs_key);
    const json_t *device = json_object_get(root, lb_config_device_key);
    info->version = string_of(root, lb_config_version_key);
    info->format = format != NULL ? integer_of(format) : 1;
    read_dataset(info, json_object_get(root, lb_config_dataset_key));
    info->pairs = count_of(pairs, "training");
    info->held_out = count_of(pairs, "held_out");
    info->device = string_of(device, "name");
    info->driver = string_of(device, "driver");
    return LB_OK;
}

/* ---- metrics.csv ----------------------------------------------------------------------------- */

/* Parses the phase of a final line: "encoder-final". */
static bool parse_final(const char *name, enum lb_phase *phase)
{
    char text[32];
    const size_t length = strlen(name);
    if (!lb_string_ends_with(name, final_suffix) || length >= sizeof text) {
        return false;
    }
    snprintf(text, sizeof text, "%.*s", (int)(length - strlen(final_suffix)), name);
    return lb_phase_parse(text, phase);
}

/* The loss and its terms are between the phase and the learning rate. */
static void add_result(struct lb_run_info_store *store, enum lb_phase phase)
{
    const struct lb_metrics_row *row = &store->metrics.row;
    const size_t i = store->info.result_count++;
    struct lb_run_result *result = &store->results[i];
    *result = (struct lb_run_result){
        .phase = phase, .step = steps_of(row->fields[0]), .numbers = store->numbers[i]};
    for (size_t k = 2; k < row->count && strcmp(row->names[k], "lr") != 0; k++) {
        if (row->fields[k][0] != '\0') {
            store->numbers[i][result->number_count++] =
                (struct lb_named_number){row->names[k], lb_number_read(row->fields[k], NULL)};
        }
    }
}

static enum lb_status read_metrics(struct lb_run_info_store *store, struct lb_context *ctx)
{
    struct lb_run_info *info = &store->info;
    const struct lb_metrics_row *row = &store->metrics.row;
    enum lb_phase phase;
    if (!has_file(store, LB_RUN_METRICS)) {
        return LB_OK;
    }
    LB_TRY(lb_metrics_reader_open(&store->metrics, ctx, store->path));
    while (lb_metrics_reader_next(&store->metrics)) {
        for (size_t k = 0; k < row->count; k++) {
            if (strcmp(row->names[k], "seconds") == 0) {
                info->seconds = lb_number_read(row->fields[k], NULL);
            }
        }
        if (info->result_count < LB_RUN_MAX_RESULTS && parse_final(row->fields[1], &phase)) {
            add_result(store, phase);
        }
    }
    info->results = store->results;
    return LB_OK;
}

/* ---- progress of the training ---------------------------------------------------------------- */

static enum lb_status read_position(struct lb_run_info_store *store, struct lb_context *ctx)
{
    struct lb_run_info *info = &store->info;
    const enum lb_phase first = lb_phase_first(&info->params);
    const enum lb_phase last =
        first == LB_PHASE_ENCODER && info->params.decoder_steps > 0 ? LB_PHASE_DECODER : first;
    struct lb_position position = {.phase = first};
    if (has_file(store, LB_RUN_CHECKPOINT)) {
        LB_TRY(lb_checkpoint_read_position(ctx, &info->params, &position, store->path));
    } else if (info->result_count > 0 && info->results[info->result_count - 1].phase == last) {
        position =
            (struct lb_position){.finished = true, // and the checkpoint was removed afterwards
                                 .step = info->results[info->result_count - 1].step};
    }
    info->finished = position.finished;
    info->phase = position.finished ? last : position.phase;
    info->step = position.step;
    info->steps = lb_phase_steps(&info->params, info->phase);
    info->skipped = position.skipped;
    return LB_OK;
}

/* ---- networks -------------------------------------------------------------------------------- */

static const char *metadata_of(const struct lb_tensor_file *file, const char *key)
{
    const char *value = lb_tensor_file_metadata(file, key);
    return value != NULL ? value : "";
}

/* The weights of layer k, or NULL after the last layer. */
static const struct lb_tensor *find_weight(const struct lb_tensor_file *file, int k)
{
    char name[32];
    snprintf(name, sizeof name, "layer%d.weight", k);
    const struct lb_tensor *weight = lb_tensor_file_find(file, name);
    return weight != NULL && weight->rank >= 2 ? weight : NULL;
}

/* Files of dense networks do not list their layers; derive them from the shapes. */
static enum lb_status describe_dense(struct lb_context *ctx, const struct lb_tensor_file *file,
                                     char **layers)
{
    struct lb_text text = {0};
    const struct lb_tensor *weight = find_weight(file, 0);
    for (int k = 0; weight != NULL; k++) {
        lb_text_addf(&text, "%s%zu", k > 0 ? "," : "", weight->shape[weight->rank - 1]);
        weight = find_weight(file, k + 1);
    }
    if (text.failed) {
        lb_text_free(&text);
        return fail_memory(ctx);
    }
    *layers = text.data;
    return LB_OK;
}

/* Size of an image "32x32x3"; 0: invalid. */
static size_t parse_shape(const char *text)
{
    size_t product = 1;
    char *end = NULL;
    for (; *text >= '0' && *text <= '9'; text = end + (*end == 'x')) {
        product *= (size_t)strtoul(text, &end, 10);
    }
    return end != NULL && *end == '\0' ? product : 0;
}

static enum lb_status describe_network(struct lb_run_info_store *store, struct lb_context *ctx,
                                       int i, const char *path)
{
    struct lb_run_network *network = &store->networks[i];
    LB_TRY(lb_tensor_file_map(&store->network_files[i], ctx, path)); // reads only its header
    const struct lb_tensor_file *file = store->network_files[i];
    const struct lb_tensor *first = find_weight(file, 0);
    const char *layers = lb_tensor_file_metadata(file, "layers");
    if (first == NULL) {
        return lb_fail(
            ctx, LB_ERR_FORMAT,
            "%s: is not a network: layer0.weight is missing (train again with --overwrite)", path);
    }
    if (layers == NULL) {
        LB_TRY(describe_dense(ctx, file, &store->layers[i]));
        layers = store->layers[i];
    }
    const char *input = metadata_of(file, "input");
    const size_t image = parse_shape(input);
    *network = (struct lb_run_network){
        .inputs = image > 0 ? image : first->shape[0],
        .layers = layers,
        .activation = metadata_of(file, "activation"),
        .output_activation = metadata_of(file, "output_activation"),
        .normalises = lb_tensor_file_metadata(file, "input_mean") != NULL,
        .input = strchr(input, 'x') != NULL ? input : "",
    };
    for (size_t k = 0; k < lb_tensor_file_count(file); k++) {
        const struct lb_tensor *tensor = lb_tensor_file_at(file, k);
        if (lb_string_ends_with(tensor->name, ".weight") ||
            lb_string_ends_with(tensor->name, ".bias")) {
            network->parameters += lb_tensor_count(tensor);
        }
    }
    return LB_OK;
}

static enum lb_status read_networks(struct lb_run_info_store *store, struct lb_context *ctx)
{
    const struct {
        enum lb_run_file file;
        const struct lb_run_network **network;
    } networks[LB_RUN_MAX_NETWORKS] = {
        {LB_RUN_ENCODER, &store->info.encoder},
        {LB_RUN_DECODER, &store->info.decoder},
    };
    for (int i = 0; i < LB_RUN_MAX_NETWORKS; i++) {
        char *path;
        if (!has_file(store, networks[i].file)) {
            continue;
        }
        LB_TRY(file_path(ctx, store->path, networks[i].file, &path));
        const enum lb_status status = describe_network(store, ctx, i, path);
        free(path);
        LB_TRY(status);
        *networks[i].network = &store->networks[i];
    }
    return LB_OK;
}

/* ---- eval.json ------------------------------------------------------------------------------- */

static enum lb_status parse_evaluation(struct lb_run_info_store *store, struct lb_context *ctx,
                                       const char *path)
{
    char *text = NULL;
    size_t size = 0;
    json_error_t error;
    LB_TRY(lb_file_read(ctx, path, &text, &size));
    const enum lb_status status = lb_json_parse(&store->evaluation, ctx, path, text, size, &error);
    free(text);
    if (status == LB_ERR_FORMAT || (status == LB_OK && !json_is_object(store->evaluation))) {
        return lb_fail(ctx, LB_ERR_FORMAT, "%s: is damaged (run `lowbend eval %s` again)", path,
                       store->path);
    }
    return status;
}

static enum lb_status read_evaluation(struct lb_run_info_store *store, struct lb_context *ctx)
{
    struct lb_run_info *info = &store->info;
    char *path;
    const char *key;
    json_t *value;
    if (!has_file(store, LB_RUN_EVALUATION)) {
        return LB_OK;
    }
    LB_TRY(file_path(ctx, store->path, LB_RUN_EVALUATION, &path));
    const enum lb_status status = parse_evaluation(store, ctx, path);
    free(path);
    LB_TRY(status);
    store->evaluation_numbers =
        calloc(json_object_size(store->evaluation) + 1, sizeof *store->evaluation_numbers);
    if (store->evaluation_numbers == NULL) {
        return fail_memory(ctx);
    }
    json_object_foreach(store->evaluation, key, value)
    {
        if (json_is_number(value) || json_is_null(value)) {
            store->evaluation_numbers[info->evaluation_count++] = (struct lb_named_number){
                key, json_is_number(value) ? json_number_value(value) : (double)NAN};
        }
    }
    info->evaluation = store->evaluation_numbers;
    return LB_OK;
}

/* ---------------------------------------------------------------------------------------------- */

static enum lb_status read_run(struct lb_run_info_store *store, struct lb_context *ctx)
{
    LB_TRY(read_config(store, ctx));
    LB_TRY(read_files(store, ctx));
    LB_TRY(read_metrics(store, ctx));
    LB_TRY(read_position(store, ctx));
    LB_TRY(read_networks(store, ctx));
    return read_evaluation(store, ctx);
}

enum lb_status lb_run_info_read(struct lb_run_info **out, struct lb_context *ctx, const char *path)
{
    struct lb_run_info_store *store = calloc(1, sizeof *store);
    *out = NULL;
    if (store == NULL) {
        return fail_memory(ctx);
    }
    store->path = lb_string_copy(path);
    store->info.path = store->path;
    const enum lb_status status = store->path != NULL ? read_run(store, ctx) : fail_memory(ctx);
    *out = &store->info;
    if (status != LB_OK) {
        lb_run_info_free(out);
    }
    return status;
}

void lb_run_info_free(struct lb_run_info **info)
{
    if (info == NULL || *info == NULL) {
        return;
    }
    struct lb_run_info_store *store = (struct lb_run_info_store *)*info;
    for (int i = 0; i < LB_RUN_MAX_NETWORKS; i++) {
        lb_tensor_file_free(&store->network_files[i]);
        free(store->layers[i]);
    }
    lb_metrics_reader_close(&store->metrics);
    json_decref(store->config);
    json_decref(store->evaluation);
    free(store->evaluation_numbers);
    free(store->path);
    free(store);
    *info = NULL;
}
