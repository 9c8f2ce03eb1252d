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

static bool add_token(struct lb_layer_list *list, const char *token, enum lb_activation activation,
                      struct lb_text *why)
{
    struct lb_layer layer = {0};
    size_t i = 0;
    while (lb_layer_kinds[i] != NULL && !lb_layer_kinds[i]->parse(&layer, token)) {
        i++;
    }
    if (lb_layer_kinds[i] == NULL) {
        lb_text_add(why, "is no layer (512, conv24, conv24k5, conv24s2, conv24k4s2, pool; of a "
                         "decoder also dense4x4x96, up, deconv32)");
        return false;
    }
    layer.activation = layer.kind->activates ? activation : LB_LINEAR;
    return lb_layer_list_try(list, &layer, why);
}

bool lb_layers_parse(struct lb_layer_list *list, const char *text, enum lb_activation activation,
                     struct lb_text *why)
{
    enum { TOKEN_BYTES = 48 }; // longer ones are no layers
    bool ok = true;
    list->activation = activation;
    for (int place = 1; ok; place++) {
        const size_t length = strcspn(text, ",");
        char token[TOKEN_BYTES];
        struct lb_text reason = {0};
        snprintf(token, sizeof token, "%.*s", (int)(length < 99 ? length : 99), text);
        ok = add_token(list, token, activation, &reason);
        if (!ok) {
            lb_text_addf(why, "token %d, '%s': %s", place, lb_quote(token).text,
                         reason.data != NULL ? reason.data : "");
            why->failed = why->failed || reason.failed;
        }
        lb_text_free(&reason);
        if (text[length] == '\0') {
            break;
        }
        text += length + 1;
    }
    return ok;
}

void lb_layers_add_text(const struct lb_layer_list *list, int first, int end, struct lb_text *text)
{
    for (int k = first; k < end; k++) {
        lb_text_add(text, k > first ? "," : "");
        list->layer[k].kind->describe(&list->layer[k], text);
    }
}
