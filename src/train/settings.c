#include "train/settings.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum kind {
    INTEGER, ///< int
    SEED,    ///< uint64_t below 2^63
    REAL,    ///< double
    CHOICE,  ///< enum, by the position of its name
    WIDTHS,  ///< hidden and hidden_count
    TEXT,    ///< dataset
    MODE,    ///< flag that sets mode to `minimum`
};

struct setting {
    const char *name;
    const char *placeholder;
    const char *help;
    enum kind kind;
    size_t offset;
    double minimum;
    double maximum;
    bool above; ///< the minimum itself is not allowed
    const char *const *choices;
};

static const char *const activations[] = {"linear",   "elu",  "relu",    "tanh",
                                          "softplus", "silu", "sigmoid", NULL};
static const char *const schedules[] = {"constant", "cosine", NULL};
static const char *const optimizers[] = {"adam", "adamw", NULL};
static const char *const gemms[] = {"auto", "clblast", "panel", NULL};

#define AT(field) offsetof(struct lb_train_params, field)

static const struct setting settings[] = {
    {.name = "dataset", .placeholder = "DATASET", .kind = TEXT, .offset = AT(dataset),
     .help = "built-in name or path of a .cl file"},
    {.name = "size", .placeholder = "N", .kind = INTEGER, .offset = AT(size), .minimum = 0,
     .maximum = 1024, .help = "height and width of the images (0: the dataset's own)"},
    {.name = "cap", .placeholder = "DEGREES", .kind = REAL, .offset = AT(cap), .minimum = 0,
     .maximum = 90, .help = "half-angle of a spherical cap (0: the dataset's own)"},
    {.name = "epsilon", .placeholder = "NUMBER", .kind = REAL, .offset = AT(epsilon),
     .minimum = 0, .maximum = 1e6, .above = true, .help = "sampling radius"},
    {.name = "min-distance", .placeholder = "NUMBER", .kind = REAL, .offset = AT(min_distance),
     .minimum = 0, .maximum = 1e6, .help = "smallest distance of a pair (default: epsilon / 10)"},
    {.name = "lambda", .placeholder = "NUMBER", .kind = REAL, .offset = AT(lambda), .minimum = 0,
     .maximum = 1e9, .help = "weight of the bending term, in units of length squared"},
    {.name = "c", .placeholder = "NUMBER", .kind = REAL, .offset = AT(c), .minimum = 0,
     .maximum = 1e3, .help = "of gamma_c; 0 forbids collapse, larger is milder"},
    {.name = "latent", .placeholder = "N", .kind = INTEGER, .offset = AT(latent), .minimum = 1,
     .maximum = 4096, .help = "latent dimension"},
    {.name = "hidden", .placeholder = "N,N,...", .kind = WIDTHS, .offset = AT(hidden),
     .minimum = 1, .maximum = 65536, .help = "widths of the encoder's hidden layers"},
    {.name = "activation", .placeholder = "NAME", .kind = CHOICE, .offset = AT(activation),
     .choices = activations, .help = "of the hidden layers"},
    {.name = "output-activation", .placeholder = "NAME", .kind = CHOICE,
     .offset = AT(output_activation), .choices = activations,
     .help = "of the decoder's last layer"},
    {.name = "pairs", .placeholder = "N", .kind = INTEGER, .offset = AT(pairs), .minimum = 1,
     .maximum = 1 << 20, .help = "pairs per step"},
    {.name = "steps", .placeholder = "N", .kind = INTEGER, .offset = AT(steps), .minimum = 0,
     .maximum = 1e9, .help = "steps of the encoder"},
    {.name = "decoder-steps", .placeholder = "N", .kind = INTEGER, .offset = AT(decoder_steps),
     .minimum = 0, .maximum = 1e9, .help = "steps of the decoder (0: no decoder)"},
    {.name = "lr", .placeholder = "NUMBER", .kind = REAL, .offset = AT(lr), .minimum = 0,
     .maximum = 1e3, .above = true, .help = "learning rate"},
    {.name = "decoder-lr", .placeholder = "NUMBER", .kind = REAL, .offset = AT(decoder_lr),
     .minimum = 0, .maximum = 1e3, .above = true, .help = "learning rate of the decoder's phase"},
    {.name = "schedule", .placeholder = "NAME", .kind = CHOICE, .offset = AT(schedule),
     .choices = schedules, .help = "of the learning rate"},
    {.name = "optimizer", .placeholder = "NAME", .kind = CHOICE, .offset = AT(optimizer),
     .choices = optimizers, .help = "update rule"},
    {.name = "weight-decay", .placeholder = "NUMBER", .kind = REAL, .offset = AT(weight_decay),
     .minimum = 0, .maximum = 1e3, .help = "of adamw"},
    {.name = "joint", .kind = MODE, .offset = AT(mode), .minimum = LB_TRAIN_JOINT,
     .help = "train encoder and decoder at once"},
    {.name = "plain", .kind = MODE, .offset = AT(mode), .minimum = LB_TRAIN_PLAIN,
     .help = "reconstruction only: an ordinary autoencoder"},
    {.name = "reconstruction-weight", .placeholder = "NUMBER", .kind = REAL,
     .offset = AT(reconstruction_weight), .minimum = 0, .maximum = 1e9, .above = true,
     .help = "of the reconstruction in --joint"},
    {.name = "gemm", .placeholder = "NAME", .kind = CHOICE, .offset = AT(gemm), .choices = gemms,
     .help = "who multiplies matrices"},
    {.name = "log-every", .placeholder = "N", .kind = INTEGER, .offset = AT(log_every),
     .minimum = 1, .maximum = 100000, .help = "steps between lines of metrics.csv"},
    {.name = "checkpoint-every", .placeholder = "N", .kind = INTEGER,
     .offset = AT(checkpoint_every), .minimum = 0, .maximum = 1e9,
     .help = "steps between checkpoints (0: at phase ends only)"},
    {.name = "seed", .placeholder = "N", .kind = SEED, .offset = AT(seed), .minimum = 0,
     .help = "of all random numbers"},
};

void lb_train_params_default(struct lb_train_params *params)
{
    *params = (struct lb_train_params){
        .dataset = "sundial",
        .epsilon = 0.3,
        .min_distance = -1.0,
        .lambda = 0.1,
        .latent = 16,
        .hidden = {512, 512, 512},
        .hidden_count = 3,
        .activation = LB_ELU,
        .output_activation = LB_LINEAR,
        .pairs = 128,
        .steps = 2500,
        .decoder_steps = 2500,
        .lr = 1e-3,
        .decoder_lr = 4e-3,
        .schedule = LB_COSINE,
        .optimizer = LB_ADAM,
        .weight_decay = 0.01,
        .reconstruction_weight = 1.0,
        .log_every = 50,
        .checkpoint_every = 500,
    };
}

size_t lb_setting_count(void)
{
    return LB_COUNT(settings);
}

struct lb_setting_info lb_setting_at(size_t i)
{
    return (struct lb_setting_info){settings[i].name, settings[i].placeholder, settings[i].help};
}

static const struct setting *find(const char *name)
{
    for (size_t i = 0; i < LB_COUNT(settings); i++) {
        if (strcmp(settings[i].name, name) == 0) {
            return &settings[i];
        }
    }
    return NULL;
}

/* ---- text to value --------------------------------------------------------------------------- */

static bool in_range(const struct setting *setting, double value)
{
    return (setting->above ? value > setting->minimum : value >= setting->minimum) &&
           value <= setting->maximum;
}

/* The whole text as an integer in the setting's range. */
static bool parse_integer(const struct setting *setting, const char *text, int *out)
{
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    const bool whole = end != text && *end == '\0' && text[0] != ' ' && errno == 0;
    if (!whole || !in_range(setting, (double)value)) {
        return false;
    }
    *out = (int)value;
    return true;
}

static bool parse_seed(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    const bool whole = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    if (!whole || value > INT64_MAX) {
        return false;
    }
    *out = value;
    return true;
}

static bool parse_real(const struct setting *setting, const char *text, double *out)
{
    char *end;
    const double value = strtod(text, &end);
    if (end == text || *end != '\0' || text[0] == ' ' || !isfinite(value) ||
        !in_range(setting, value)) {
        return false;
    }
    *out = value;
    return true;
}

static bool parse_widths(const struct setting *setting, const char *text,
                         struct lb_train_params *params)
{
    int widths[LB_MAX_HIDDEN];
    int count = 0;
    while (true) {
        char number[16];
        const size_t length = strcspn(text, ",");
        if (length == 0 || length >= sizeof number || count == LB_MAX_HIDDEN) {
            return false;
        }
        memcpy(number, text, length);
        number[length] = '\0';
        if (!parse_integer(setting, number, &widths[count++])) {
            return false;
        }
        if (text[length] == '\0') {
            break;
        }
        text += length + 1;
    }
    memset(params->hidden, 0, sizeof params->hidden);
    memcpy(params->hidden, widths, (size_t)count * sizeof widths[0]);
    params->hidden_count = count;
    return true;
}

static bool parse_choice(const struct setting *setting, const char *text, int *out)
{
    for (int i = 0; setting->choices[i] != NULL; i++) {
        if (strcmp(setting->choices[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* "must be ..." for a refused value. */
static void add_rule(struct lb_text *text, const struct setting *setting)
{
    switch (setting->kind) {
    case CHOICE:
        lb_text_add(text, "must be one of ");
        for (int i = 0; setting->choices[i] != NULL; i++) {
            lb_text_addf(text, "%s%s", i > 0 ? ", " : "", setting->choices[i]);
        }
        break;
    case WIDTHS:
        lb_text_addf(text, "must be 1 to %d whole numbers from %g to %g with commas between",
                     LB_MAX_HIDDEN, setting->minimum, setting->maximum);
        break;
    case SEED:
        lb_text_add(text, "must be a whole number from 0 to 2^63 - 1");
        break;
    case TEXT:
        lb_text_addf(text, "must have 1 to %d characters", LB_PATH_BYTES - 1);
        break;
    default:
        lb_text_addf(text, "must be a %s %s %.10g and at most %.10g",
                     setting->kind == INTEGER ? "whole number" : "number",
                     setting->above ? "above" : "of at least", setting->minimum,
                     setting->maximum);
    }
}

static bool parse(const struct setting *setting, struct lb_train_params *params, const char *text)
{
    void *field = (char *)params + setting->offset;
    switch (setting->kind) {
    case INTEGER:
        return parse_integer(setting, text, field);
    case SEED:
        return parse_seed(text, field);
    case REAL:
        return parse_real(setting, text, field);
    case CHOICE:
        return parse_choice(setting, text, field);
    case WIDTHS:
        return parse_widths(setting, text, params);
    case TEXT:
        if (text[0] == '\0' || strlen(text) >= LB_PATH_BYTES) {
            return false;
        }
        memset(field, 0, LB_PATH_BYTES);
        memcpy(field, text, strlen(text));
        return true;
    case MODE:
        params->mode = (enum lb_train_mode)setting->minimum;
        return true;
    }
    return false;
}

enum lb_status lb_train_params_set(struct lb_context *ctx, struct lb_train_params *params,
                                   const char *name, const char *value)
{
    const struct setting *setting = find(name);
    if (setting == NULL) {
        return lb_fail(ctx, LB_ERR_NOT_FOUND, "setting %s: there is none of this name", name);
    }
    if ((value == NULL) != (setting->kind == MODE)) {
        return lb_fail(ctx, LB_ERR_ARGUMENT, "--%s: %s", name,
                       value == NULL ? "needs a value" : "takes no value");
    }
    if (!parse(setting, params, value)) {
        struct lb_text rule = {0};
        add_rule(&rule, setting);
        const enum lb_status status =
            lb_fail(ctx, LB_ERR_ARGUMENT, "--%s '%s': %s", name, value,
                    rule.data != NULL ? rule.data : "is not allowed");
        lb_text_free(&rule);
        return status;
    }
    return LB_OK;
}

/* ---- value to text --------------------------------------------------------------------------- */

static void add_value(struct lb_text *text, const struct setting *setting,
                      const struct lb_train_params *params)
{
    const void *field = (const char *)params + setting->offset;
    switch (setting->kind) {
    case INTEGER:
        lb_text_addf(text, "%d", *(const int *)field);
        break;
    case SEED:
        lb_text_addf(text, "%llu", (unsigned long long)params->seed);
        break;
    case REAL:
        lb_text_addf(text, "%.15g", *(const double *)field);
        break;
    case CHOICE:
        lb_text_add(text, setting->choices[*(const int *)field]);
        break;
    case WIDTHS:
        for (int i = 0; i < params->hidden_count; i++) {
            lb_text_addf(text, "%s%d", i > 0 ? "," : "", params->hidden[i]);
        }
        break;
    case TEXT:
        lb_text_add(text, field);
        break;
    case MODE:
        lb_text_add(text, params->mode == (enum lb_train_mode)setting->minimum ? "1" : "0");
        break;
    }
}

enum lb_status lb_train_params_get(const struct lb_train_params *params, const char *name,
                                   char *value, size_t size)
{
    const struct setting *setting = find(name);
    if (setting == NULL) {
        return LB_ERR_NOT_FOUND;
    }
    struct lb_text text = {0};
    add_value(&text, setting, params);
    snprintf(value, size, "%s", text.data != NULL ? text.data : "");
    lb_text_free(&text);
    return LB_OK;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *to_json(const struct setting *setting, const struct lb_train_params *params)
{
    const void *field = (const char *)params + setting->offset;
    switch (setting->kind) {
    case INTEGER:
        return json_integer(*(const int *)field);
    case SEED:
        return json_integer((json_int_t)params->seed);
    case REAL:
        return json_real(*(const double *)field);
    case CHOICE:
        return json_string(setting->choices[*(const int *)field]);
    case TEXT:
        return json_string(field);
    case MODE:
        return json_boolean(params->mode == (enum lb_train_mode)setting->minimum);
    case WIDTHS:
        break;
    }
    json_t *widths = json_array();
    for (int i = 0; i < params->hidden_count; i++) {
        json_array_append_new(widths, json_integer(params->hidden[i]));
    }
    return widths;
}

bool lb_settings_to_json(const struct lb_train_params *params, json_t *object)
{
    bool ok = true;
    for (size_t i = 0; i < LB_COUNT(settings); i++) {
        ok = json_object_set_new(object, settings[i].name, to_json(&settings[i], params)) == 0 &&
             ok;
    }
    return ok;
}

/* A JSON value as the text that parse() takes, so that files meet the same rules as options. */
static bool add_json(struct lb_text *text, const struct setting *setting, const json_t *value)
{
    switch (setting->kind) {
    case INTEGER:
    case SEED:
        lb_text_addf(text, "%lld", (long long)json_integer_value(value));
        return json_is_integer(value);
    case REAL:
        lb_text_addf(text, "%.17g", json_number_value(value));
        return json_is_number(value);
    case CHOICE:
    case TEXT:
        lb_text_add(text, json_is_string(value) ? json_string_value(value) : "");
        return json_is_string(value);
    case MODE:
        return json_is_boolean(value);
    case WIDTHS:
        for (size_t i = 0; i < json_array_size(value); i++) {
            const json_t *width = json_array_get(value, i);
            lb_text_addf(text, "%s%lld", i > 0 ? "," : "", (long long)json_integer_value(width));
        }
        return json_is_array(value);
    }
    return false;
}

enum lb_status lb_settings_from_json(struct lb_context *ctx, struct lb_train_params *params,
                                     const json_t *object, const char *path)
{
    lb_train_params_default(params);
    for (size_t i = 0; i < LB_COUNT(settings); i++) {
        const struct setting *setting = &settings[i];
        const json_t *value = json_object_get(object, setting->name);
        struct lb_text text = {0};
        bool ok = value != NULL && add_json(&text, setting, value) && !text.failed;
        if (ok && (setting->kind != MODE || json_is_true(value))) {
            ok = parse(setting, params, text.data != NULL ? text.data : "");
        }
        lb_text_free(&text);
        if (!ok) {
            return lb_fail(ctx, LB_ERR_FORMAT,
                           "%s: \"%s\" is missing or not what `lowbend train` writes (train again "
                           "with --overwrite)",
                           path, setting->name);
        }
    }
    return LB_OK;
}

enum lb_status lb_settings_compare(struct lb_context *ctx, const struct lb_train_params *now,
                                   const struct lb_train_params *before, const char *run)
{
    for (size_t i = 0; i < LB_COUNT(settings); i++) {
        struct lb_text a = {0};
        struct lb_text b = {0};
        add_value(&a, &settings[i], now);
        add_value(&b, &settings[i], before);
        enum lb_status status = LB_OK;
        if (a.failed || b.failed) {
            status = lb_fail_memory(ctx, "settings");
        } else if (strcmp(a.data, b.data) != 0) {
            status = lb_fail(ctx, LB_ERR_ARGUMENT,
                             "--%s %s: %s was trained with %s (leave it out to go on, or use "
                             "another --out)",
                             settings[i].name, a.data, run, b.data);
        }
        lb_text_free(&a);
        lb_text_free(&b);
        LB_TRY(status);
    }
    return LB_OK;
}

enum lb_status lb_settings_check(struct lb_context *ctx, const struct lb_train_params *params)
{
    if (params->mode != LB_TRAIN_SEPARATE && params->decoder_steps == 0) {
        return lb_fail(ctx, LB_ERR_ARGUMENT,
                       "--decoder-steps 0: --joint and --plain train a decoder (leave one out)");
    }
    return LB_OK;
}
