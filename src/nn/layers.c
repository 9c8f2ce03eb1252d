#include "nn/layers.h"

#include <stdio.h>
#include <string.h>

#include "io/tensor_file.h"

bool lb_token_word(const char **token, const char *word)
{
    const size_t length = strlen(word);
    if (strncmp(*token, word, length) != 0) {
        return false;
    }
    *token += length;
    return true;
}

bool lb_token_number(const char **token, int *number)
{
    enum { MOST = 1 << 30 };
    const char *at = *token;
    long value = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        value = value > MOST ? value : 10 * value + (*at - '0');
    }
    if (at == *token) {
        return false;
    }
    *number = value > MOST ? MOST + 1 : (int)value;
    *token = at;
    return true;
}

bool lb_shape_parse(struct lb_shape *shape, const char *text)
{
    int sizes[3];
    if (!lb_token_number(&text, &sizes[0])) {
        return false;
    }
    *shape = lb_shape_vector(sizes[0]);
    if (*text != '\0') {
        if (!lb_token_word(&text, "x") || !lb_token_number(&text, &sizes[1]) ||
            !lb_token_word(&text, "x") || !lb_token_number(&text, &sizes[2]) || *text != '\0') {
            return false;
        }
        *shape = (struct lb_shape){sizes[0], sizes[1], sizes[2]};
    }
    return shape->height >= 1 && shape->width >= 1 && shape->channels >= 1;
}

/* ---- one token ------------------------------------------------------------------------------- */

/* The kind that accepts the token; NULL: none. */
static const struct lb_layer_kind *find_kind(struct lb_layer *layer, const char *token)
{
    size_t i = 0;
    while (lb_layer_kinds[i] != NULL && !lb_layer_kinds[i]->parse(layer, token)) {
        i++;
    }
    return lb_layer_kinds[i];
}

static void say_unknown(struct lb_text *why, const char *token)
{
    if (token[0] == '\0') {
        lb_text_add(why, "is empty (write one layer between commas)");
    } else if (strpbrk(token, " \t\r\n") != NULL) {
        lb_text_add(why, "has a space (write only commas between layers)");
    } else {
        lb_text_add(why, "is not a layer (use 512, conv24, conv24k5, conv24s2, conv24k4s2, pool, "
                         "dense4x4x96, up, deconv32)");
    }
}

static bool is_width(int number, int most)
{
    return number >= 1 && number <= most;
}

/* Whether the token's numbers are in range; a convolution's rows and columns follow from its
 * input. */
static bool has_widths(const struct lb_layer *layer, int most)
{
    const struct lb_shape out = layer->out;
    return !layer->kind->activates || (is_width(out.channels, most) &&
                                       (layer->kind != &lb_layer_dense ||
                                        (is_width(out.height, most) && is_width(out.width, most))));
}

/* Checks what holds for every input: on a huge image only the layer's parameters matter. */
static bool exists(const struct lb_layer_kind *kind, const struct lb_layer *layer, int most,
                   struct lb_text *why)
{
    struct lb_layer alone = *layer;
    if (!has_widths(layer, most)) {
        lb_text_addf(why, "units, channels, rows and columns must be from 1 to %d", most);
        return false;
    }
    if ((double)alone.out.height * alone.out.width * alone.out.channels >= 1 << 30) {
        lb_text_add(why, "has 2^30 units or more (use fewer)");
        return false;
    }
    alone.in = (struct lb_shape){4096, 4096, 1};
    return kind->shape(&alone, why);
}

static bool read_token(struct lb_layer *layer, const char *token, int most, struct lb_text *why)
{
    *layer = (struct lb_layer){0};
    const struct lb_layer_kind *kind = find_kind(layer, token);
    if (kind == NULL) {
        say_unknown(why, token);
        return false;
    }
    return exists(kind, layer, most, why);
}

/* ---- all tokens ------------------------------------------------------------------------------ */

enum { TOKEN_BYTES = 48 }; // longer tokens are not layers

static bool is_image(struct lb_shape shape)
{
    return shape.height > 1 || shape.width > 1;
}

/* Whether an image layer may come here, after a vector of `numbers`. */
static bool fits_vector(const struct lb_layer *layer, int numbers, struct lb_text *why)
{
    if (layer->kind == &lb_layer_dense) {
        return true;
    }
    lb_text_addf(why,
                 "needs an image, but gets %d numbers without rows and columns (put it before the "
                 "dense layers, or after a dense layer that outputs an image, such as dense4x4x96)",
                 numbers);
    return false;
}

/** Parsed layers without shapes. */
struct tokens {
    int most; ///< limit of units, channels, rows and columns
    int count;
    struct lb_layer layer[LB_NETWORK_MAX_LAYERS];
    char text[LB_NETWORK_MAX_LAYERS][TOKEN_BYTES];
};

/* Reports why token k is rejected; takes ownership of `reason`. */
static bool refuse(struct lb_text *why, int k, const char *token, struct lb_text *reason)
{
    lb_text_addf(why, "token %d, '%s': %s", k + 1, lb_quote(token).text,
                 reason->data != NULL ? reason->data : "");
    why->failed = why->failed || reason->failed;
    lb_text_free(reason);
    return false;
}

static bool is_vector(const struct tokens *tokens, int k)
{
    const char first = tokens->text[k][0];
    return first >= '0' && first <= '9';
}

static bool add_token(struct tokens *tokens, const char *text, size_t length, struct lb_text *why)
{
    const int k = tokens->count;
    struct lb_text reason = {0};
    if (k == LB_NETWORK_MAX_LAYERS) {
        lb_text_addf(why, "token %d: a network has at most %d layers (remove some)", k + 1,
                     LB_NETWORK_MAX_LAYERS);
        return false;
    }
    char *token = tokens->text[k];
    snprintf(token, TOKEN_BYTES, "%.*s", (int)(length < TOKEN_BYTES ? length : TOKEN_BYTES), text);
    if (length >= TOKEN_BYTES) {
        lb_text_add(&reason, "is longer than any layer (write commas between layers)");
        return refuse(why, k, token, &reason);
    }
    if (!read_token(&tokens->layer[k], token, tokens->most, &reason) ||
        (k > 0 && is_vector(tokens, k - 1) &&
         !fits_vector(&tokens->layer[k], tokens->layer[k - 1].out.channels, &reason))) {
        return refuse(why, k, token, &reason);
    }
    tokens->count++;
    return true;
}

static bool read_tokens(struct tokens *tokens, const char *text, int most, struct lb_text *why)
{
    tokens->most = most;
    tokens->count = 0;
    while (true) {
        const size_t length = strcspn(text, ",");
        if (!add_token(tokens, text, length, why)) {
            return false;
        }
        if (text[length] == '\0') {
            return true;
        }
        text += length + 1;
    }
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* Whether image layers may follow the list so far. */
static bool leaves_image(const struct lb_layer_list *list)
{
    if (list->count == 0) {
        return is_image(list->input);
    }
    const struct lb_layer *last = &list->layer[list->count - 1];
    return last->kind != &lb_layer_dense || is_image(last->out);
}

bool lb_layers_parse(struct lb_layer_list *list, const char *text, enum lb_activation activation,
                     struct lb_text *why)
{
    struct tokens tokens;
    list->activation = activation;
    if (!read_tokens(&tokens, text, 1 << 30, why)) {
        return false;
    }
    for (int k = 0; k < tokens.count; k++) {
        struct lb_layer *layer = &tokens.layer[k];
        struct lb_text reason = {0};
        const struct lb_shape in = list->count > 0 ? lb_layer_list_output(list) : list->input;
        layer->activation = layer->kind->activates ? activation : LB_LINEAR;
        if ((k == 0 && !leaves_image(list) && !fits_vector(layer, lb_shape_size(in), &reason)) ||
            !lb_layer_list_try(list, layer, &reason)) {
            return refuse(why, k, tokens.text[k], &reason);
        }
    }
    return true;
}

/* ---- text ------------------------------------------------------------------------------------ */

static bool is_dense_pixel(const struct lb_layer *layer)
{
    return layer->kind == &lb_layer_dense && !is_image(layer->out);
}

/* `next` may be NULL: if it is an image layer, a single pixel before it is an image too. */
static void add_text(struct lb_text *text, const struct lb_layer *layer,
                     const struct lb_layer *next)
{
    if (is_dense_pixel(layer) && next != NULL && next->kind != &lb_layer_dense) {
        lb_text_add(text, "dense1x1x");
    }
    layer->kind->describe(layer, text);
}

static void add_texts(struct lb_text *text, const struct lb_layer *layers, int first, int end,
                      int count)
{
    for (int k = first; k < end; k++) {
        lb_text_add(text, k > first ? "," : "");
        add_text(text, &layers[k], k + 1 < count ? &layers[k + 1] : NULL);
    }
}

void lb_layers_add_text(const struct lb_layer_list *list, int first, int end, struct lb_text *text)
{
    add_texts(text, list->layer, first, end, list->count);
}

bool lb_layers_check(const char *text, struct lb_text *form, struct lb_text *why)
{
    struct tokens tokens;
    if (!read_tokens(&tokens, text, LB_LAYERS_MAX_WIDTH, why)) {
        return false;
    }
    add_texts(form, tokens.layer, 0, tokens.count, tokens.count);
    return true;
}
