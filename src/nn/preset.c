#include "nn/preset.h"

/* The shape of the networks, as docs/results.md measured it. */
enum {
    LAST_CHANNELS = 32,   // of the encoder's last convolution: each before it has half as many
    LEAST_CHANNELS = 8,   // of any convolution
    FIRST_CHANNELS = 64,  // of the decoder's first image; each layer behind it has half as many
    WHOLE_CHANNELS = 16,  // of that image where nothing enlarges it
    UNITS = 256,          // of the dense layers
    LEAST_POOLED = 32,    // sides from which the first layer is a pool
    LEAST_HALVED = 5,     // the larger of two even sides from which they are pooled
    MOST_ODD = 16,        // the larger of two sides up to which odd ones are not halved
    MOST_NUMBERS = 16384, // of the decoder's first image, if 16 channels are not more
};

static int smaller_side(struct lb_shape image)
{
    return image.height < image.width ? image.height : image.width;
}

static int larger_side(struct lb_shape image)
{
    return image.height > image.width ? image.height : image.width;
}

static bool is_even(struct lb_shape image)
{
    return image.height % 2 == 0 && image.width % 2 == 0;
}

static struct lb_shape halve(struct lb_shape image)
{
    image.height = (image.height + 1) / 2;
    image.width = (image.width + 1) / 2;
    return image;
}

static bool can_pool(struct lb_shape image)
{
    return is_even(image) && larger_side(image) >= LEAST_HALVED;
}

/* Whether a convolution halves the image, with a pool behind it or by its stride. */
static bool can_halve(struct lb_shape image)
{
    return can_pool(image) || larger_side(image) > MOST_ODD;
}

/* Whether a pool comes before everything else. */
static bool pools_first(struct lb_shape image)
{
    return is_even(image) && smaller_side(image) >= LEAST_POOLED;
}

static int less_channels(int channels, int halvings)
{
    for (; halvings > 0 && channels > LEAST_CHANNELS; halvings--) {
        channels /= 2;
    }
    return channels;
}

/* Appends the layers; true if some halve odd sides. */
static bool add_encoder(struct lb_shape image, struct lb_text *text)
{
    bool halves_odd = false;
    int stages = 0;
    if (pools_first(image)) {
        lb_text_add(text, "pool,");
        image = halve(image);
    }
    for (struct lb_shape left = image; can_halve(left); left = halve(left)) {
        stages++;
    }
    if (stages == 0) {
        lb_text_addf(text, "conv%d,", LAST_CHANNELS);
    }
    for (; stages > 0; stages--) {
        const bool pool = can_pool(image);
        lb_text_addf(text, pool ? "conv%d,pool," : "conv%ds2,",
                     less_channels(LAST_CHANNELS, stages - 1));
        image = halve(image);
        halves_odd = halves_odd || !pool;
    }
    lb_text_addf(text, "%d,%d", UNITS, UNITS);
    return halves_odd;
}

/* From odd sides that were halved only a dense layer leads back: the decoder's first image is what
 * the pools before them left. */
static void add_decoder(struct lb_shape image, bool halves_odd, struct lb_text *text)
{
    struct lb_shape first = pools_first(image) ? halve(image) : image;
    int channels = FIRST_CHANNELS;
    while (can_pool(first)) {
        first = halve(first);
    }
    int scale = image.height / first.height;
    if (scale == 1 && halves_odd) {
        lb_text_addf(text, "%d,%d", UNITS, 2 * UNITS);
        return;
    }
    channels = scale == 1 ? WHOLE_CHANNELS : channels;
    while (channels > WHOLE_CHANNELS &&
           (double)first.height * first.width * channels > MOST_NUMBERS) {
        channels /= 2;
    }
    lb_text_addf(text, "%d,dense%dx%dx%d", UNITS, first.height, first.width, channels);
    /* The last doubling is the implied layer's, which is one only behind another deconv. */
    for (int left = scale == 2 ? 2 * scale : scale; left > 2; left /= 2) {
        channels = less_channels(channels, 1);
        lb_text_addf(text, ",deconv%d", channels);
    }
}

bool lb_preset_conv(struct lb_shape image, struct lb_text *encoder, struct lb_text *decoder,
                    struct lb_text *why)
{
    if (larger_side(image) == 1) {
        lb_text_addf(why, "convolutions need images, but these are vectors of %d numbers (use mlp)",
                     image.channels);
        return false;
    }
    add_decoder(image, add_encoder(image, encoder), decoder);
    return true;
}
