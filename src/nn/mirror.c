#include "nn/mirror.h"

#include "nn/layers.h"

static const char *comma(const struct lb_text *text, size_t start)
{
    return text->length > start ? "," : "";
}

/* Number of image layers, which come first. */
static int count_image_layers(const struct lb_layer_list *list)
{
    int count = list->count;
    while (count > 0 && list->layer[count - 1].kind == &lb_layer_dense &&
           lb_shape_size(list->layer[count - 1].out) == list->layer[count - 1].out.channels) {
        count--;
    }
    return count;
}

static bool halves(const struct lb_layer *layer)
{
    return layer->kind == &lb_layer_pool || layer->stride == 2;
}

static bool has_mirror(const struct lb_layer *layer, int k, struct lb_text *why)
{
    struct lb_text token = {0};
    const bool known = layer->kind == &lb_layer_pool || layer->kind == &lb_layer_conv;
    const int scale = halves(layer) ? 2 : 1;
    const bool fits = layer->in.height == scale * layer->out.height &&
                      layer->in.width == scale * layer->out.width;
    if (known && fits) {
        return true;
    }
    layer->kind->describe(layer, &token);
    lb_text_addf(why, "token %d, '%s', ", k + 1, token.data != NULL ? token.data : "");
    if (!known) {
        lb_text_add(why, "has no mirror");
    } else {
        lb_text_addf(why, "outputs %dx%d for %dx%d, which `up` would turn into %dx%d",
                     layer->out.height, layer->out.width, layer->in.height, layer->in.width,
                     scale * layer->out.height, scale * layer->out.width);
    }
    why->failed = why->failed || token.failed;
    lb_text_free(&token);
    return false;
}

static bool is_pair(const struct lb_layer *a, const struct lb_layer *b)
{
    return (a->kind == &lb_layer_pool && b->kind == &lb_layer_conv) ||
           (a->kind == &lb_layer_conv && b->kind == &lb_layer_pool);
}

/* Appends the `count` image layers in reverse, in steps of one layer or a pair. */
static void add_images(const struct lb_layer_list *list, int count, struct lb_text *text)
{
    int first = 0; // convolution
    while (first < count && list->layer[first].kind != &lb_layer_conv) {
        first++;
    }
    for (int end = count; end > 0;) {
        const bool pair = end > 1 && is_pair(&list->layer[end - 2], &list->layer[end - 1]);
        const int start = end - (pair ? 2 : 1);
        for (int k = start; k < end; k++) {
            lb_text_add(text, halves(&list->layer[k]) ? ",up" : "");
        }
        for (int k = start; k < end; k++) {
            if (list->layer[k].kind == &lb_layer_conv && k != first) {
                lb_text_addf(text, ",conv%d", list->layer[k].in.channels);
            }
        }
        end = start;
    }
}

bool lb_layers_mirror(const struct lb_layer_list *encoder, struct lb_text *text,
                      struct lb_text *why)
{
    const size_t start = text->length;
    const int images = count_image_layers(encoder);
    for (int k = images - 1; k >= 0; k--) {
        if (!has_mirror(&encoder->layer[k], k, why)) {
            return false;
        }
    }
    for (int k = encoder->count - 1; k >= images; k--) {
        lb_text_addf(text, "%s%d", comma(text, start), encoder->layer[k].out.channels);
    }
    if (images > 0) {
        const struct lb_shape last = encoder->layer[images - 1].out;
        lb_text_addf(text, "%sdense%dx%dx%d", comma(text, start), last.height, last.width,
                     last.channels);
        add_images(encoder, images, text);
    }
    return true;
}
