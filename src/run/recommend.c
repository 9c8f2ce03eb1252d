/* Recommended settings for the data. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "geometry/dataset.h"
#include "run/recipe.h"
#include "run/training_data.h"

#define OPEN (-1.0) // lambda not set yet

/* What docs/results.md found to suit all data of a kind, in the form of a RECIPE. For vectors,
 * mostly points, the defaults are near the optimum. */
static const char images_recipe[] = "network=conv activation=silu optimizer=muon muon-lr=0.02 "
                                    "lr=1e-3 decoder-lr=1e-3 strategy=chain "
                                    "steps=1000 decoder-steps=1200";
static const char vectors_recipe[] = "network=mlp";

/* ---- data ------------------------------------------------------------------------------------ */

/* Two digits are enough for such a guess. */
static double rounded(double value)
{
    char text[32];
    lb_format(text, sizeof text, "%.2g", value);
    return lb_number_read(text, NULL);
}

/* Distances that are not numbers are rejected when the file is read. */
static double largest_distance(const struct lb_pair_file *file)
{
    double largest = 0.0;
    for (size_t i = 0; i < file->count; i++) {
        const double distance = (double)lb_pair_file_distance(file, i);
        largest = isfinite(distance) ? fmax(largest, distance) : largest;
    }
    return largest;
}

/* Kind of data, and the default sampling radius. */
struct data {
    struct lb_dataset_info info;
    char recipe[LB_RECIPE_BYTES];
    double epsilon; ///< 0: unknown
    int pairs;      ///< number of user pairs for training; 0: none
};

/* Number of pairs that lb_pair_file_split() leaves if none is below the minimal distance. */
static int training_pairs(const struct lb_pair_file *file, double held_out)
{
    const double n = (double)file->count;
    const double left = n - fmax(floor(held_out * n + 0.5), 1.0);
    return left < (double)INT_MAX ? (int)left : INT_MAX;
}

static enum lb_status read_data(struct data *data, struct lb_device *device,
                                const struct lb_train_params *params)
{
    const struct lb_dataset_params dataset = {.name = params->dataset,
                                              .size = params->size,
                                              .cap_degrees = params->cap,
                                              .mesh = params->mesh};
    if (lb_is_pair_file(params->dataset)) {
        struct lb_pair_file *file = NULL;
        LB_TRY(lb_training_data_open_pairs(&file, device->ctx, params));
        data->info = file->info;
        data->epsilon = rounded(largest_distance(file));
        data->pairs = training_pairs(file, params->held_out);
        lb_pair_file_close(&file);
        return LB_OK;
    }
    LB_TRY(lb_dataset_describe_recipe(device, &dataset, &data->info, data->recipe));
    const double radius = data->info.injectivity_radius;
    data->epsilon = isfinite(radius) ? rounded(radius / 10.0) : 0.0;
    return LB_OK;
}

/* ---- settings -------------------------------------------------------------------------------- */

static bool is_among(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_kept(const char *const *keep, const char *name)
{
    size_t n = 0;
    while (keep != NULL && keep[n] != NULL) {
        n++;
    }
    return is_among(keep, n, name);
}

/* Both mode flags share the field `mode`. */
static size_t field_size(const struct lb_setting *setting)
{
    static const size_t sizes[] = {
        [LB_INTEGER] = sizeof(int),   [LB_COUNT_OR_AUTO] = sizeof(int),
        [LB_SEED] = sizeof(uint64_t), [LB_REAL] = sizeof(double),
        [LB_CHOICE] = sizeof(int),    [LB_LAYERS] = LB_LAYERS_BYTES,
        [LB_TEXT] = LB_PATH_BYTES,    [LB_MODE] = sizeof(enum lb_train_mode),
        [LB_SWITCH] = sizeof(bool),
    };
    return sizes[setting->kind];
}

static void copy_setting(struct lb_train_params *to, const struct lb_train_params *from,
                         const struct lb_setting *setting)
{
    memcpy((char *)to + setting->offset, (const char *)from + setting->offset, field_size(setting));
    if (setting->kind == LB_LAYERS && setting->widths) {
        memcpy(to->hidden, from->hidden, sizeof to->hidden);
        to->hidden_count = from->hidden_count;
        to->network = from->network;
    }
}

/* Resets settings of the recipe to their defaults. */
static void give_way(struct lb_train_params *params, const char *const *keep,
                     const char *const *names, size_t n)
{
    struct lb_train_params defaults;
    lb_train_params_default(&defaults);
    for (size_t i = 0; i < lb_settings_count; i++) {
        const char *name = lb_settings[i].name;
        if (is_among(names, n, name) && !is_kept(keep, name)) {
            copy_setting(params, &defaults, &lb_settings[i]);
        }
    }
}

/* Adjusts the recipe if it conflicts with the settings that are kept or requested. */
static void resolve(struct lb_train_params *params, const char *const *keep)
{
    static const char *const of_fresh_pairs[] = {"strategy", "epsilon-start", "cross-weight"};
    static const char *const falling[] = {"epsilon-start"};
    static const char *const decoder[] = {"decoder-hidden"};
    if (lb_is_pair_file(params->dataset) || params->samples != 0 ||
        params->mode == LB_TRAIN_PLAIN) {
        give_way(params, keep, of_fresh_pairs, LB_COUNT(of_fresh_pairs));
    }
    if (params->epsilon_start <= params->epsilon) {
        give_way(params, keep, falling, LB_COUNT(falling));
    }
    if (is_kept(keep, "hidden") || is_kept(keep, "network")) {
        give_way(params, keep, decoder, LB_COUNT(decoder));
    }
}

enum lb_status lb_train_params_recommend(struct lb_device *device, struct lb_train_params *params,
                                         const char *const *keep)
{
    struct lb_train_params recommended;
    struct data data = {0};
    LB_TRY(read_data(&data, device, params));
    lb_train_params_default(&recommended);
    recommended.epsilon = data.epsilon > 0.0 ? data.epsilon : recommended.epsilon;
    recommended.lambda = OPEN;
    const bool images = data.info.height * data.info.width > 1;
    LB_TRY(lb_recipe_apply(device->ctx, &recommended, images ? images_recipe : vectors_recipe,
                           images ? "of images" : "of vectors"));
    LB_TRY(lb_recipe_apply(device->ctx, &recommended, data.recipe, params->dataset));
    if (data.pairs > 0 && data.pairs < recommended.pairs) {
        recommended.pairs = data.pairs;
    }
    for (size_t i = 0; i < lb_settings_count; i++) {
        if (lb_settings[i].stated_by == LB_STATED_BY_CALLER || is_kept(keep, lb_settings[i].name)) {
            copy_setting(&recommended, params, &lb_settings[i]);
        }
    }
    if (recommended.lambda == OPEN) {
        recommended.lambda = rounded(recommended.epsilon * recommended.epsilon);
    }
    *params = recommended;
    resolve(params, keep);
    return LB_OK;
}
