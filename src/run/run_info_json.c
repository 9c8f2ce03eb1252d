/* JSON text of `lowbend info`. */
#include "base/json.h"
#include "run/config.h"
#include "run/run_info_store.h"
#include "run/settings.h"

/* A part of config.json unchanged, or null. */
static json_t *part_of(const json_t *config, const char *key)
{
    json_t *part = json_object_get(config, key);
    return part != NULL ? json_incref(part) : json_null();
}

static json_t *settings_of(const struct lb_train_params *params)
{
    json_t *settings = json_object();
    if (settings != NULL && !lb_settings_to_json(params, settings)) {
        json_decref(settings);
        settings = NULL;
    }
    return settings;
}

static json_t *network_of(const struct lb_run_network *network)
{
    return network == NULL
               ? json_null()
               : json_pack("{s:I s:s s:s s:s s:b s:I}", "inputs", (json_int_t)network->inputs,
                           "layers", network->layers, "activation", network->activation,
                           "output_activation", network->output_activation, "normalises",
                           network->normalises, "parameters", (json_int_t)network->parameters);
}

/* Adds the numbers; when out of memory, frees the object and returns NULL. */
static json_t *add_numbers(json_t *object, const struct lb_named_number *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (json_object_set_new(object, numbers[i].name, lb_json_number(numbers[i].value)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

static json_t *results_of(const struct lb_run_info *info)
{
    json_t *results = json_object();
    for (size_t i = 0; i < info->result_count; i++) {
        const struct lb_run_result *result = &info->results[i];
        json_t *object = add_numbers(json_pack("{s:i}", "step", result->step), result->numbers,
                                     result->number_count);
        if (json_object_set_new(results, lb_phase_name(result->phase), object) != 0) {
            json_decref(results);
            return NULL;
        }
    }
    return results;
}

static json_t *files_of(const struct lb_run_info *info)
{
    json_t *files = json_object();
    for (size_t i = 0; i < info->file_count; i++) {
        if (json_object_set_new(files, lb_run_file_name(info->files[i].file),
                                json_integer((json_int_t)info->files[i].bytes)) != 0) {
            json_decref(files);
            return NULL;
        }
    }
    return files;
}

char *lb_run_info_json(const struct lb_run_info *info)
{
    const json_t *config = ((const struct lb_run_info_store *)info)->config;
    const struct {
        const char *key;
        json_t *value;
    } parts[] = {
        {"run", json_string(info->path)},
        {"version", json_string(info->version)},
        {"format", json_integer(info->format)},
        {"settings", settings_of(&info->params)},
        {"dataset", part_of(config, lb_config_dataset_key)},
        {"own_pairs", part_of(config, lb_config_pairs_key)},
        {"device", part_of(config, lb_config_device_key)},
        {"finished", json_boolean(info->finished)},
        {"phase", json_string(lb_phase_name(info->phase))},
        {"step", json_integer(info->step)},
        {"steps", json_integer(info->steps)},
        {"skipped", json_integer(info->skipped)},
        {"seconds", lb_json_number(info->seconds)},
        {"encoder", network_of(info->encoder)},
        {"decoder", network_of(info->decoder)},
        {"results", results_of(info)},
        {"evaluation", info->evaluation != NULL
                           ? add_numbers(json_object(), info->evaluation, info->evaluation_count)
                           : json_null()},
        {"files", files_of(info)},
    };
    json_t *root = json_object();
    bool whole = root != NULL;
    for (size_t i = 0; i < LB_COUNT(parts); i++) { // steals each reference, even on failure
        whole = json_object_set_new(root, parts[i].key, parts[i].value) == 0 && whole;
    }
    char *text = whole ? lb_json_print(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(root);
    return text;
}
