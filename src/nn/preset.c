#include "nn/preset.h"

enum {
    LEAST_POOLED = 32,   // sides from which the first layer is a pool
    LEAST_HALVED = 5,    // the larger of two even sides from which they are pooled
    MOST_ODD = 16,       // the larger of two sides up to which odd ones are not halved
    FIRST_CHANNELS = 16, // of the first convolution: each that follows has twice as many
    MOST_CHANNELS = 128,
    UNITS = 256,          // of the dense layer
    MOST_NUMBERS = 16384, // of a decoder's first image, if 16 channels are not more
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

static int more_channels(int channels)
{
    return 2 * channels < MOST_CHANNELS ? 2 * channels : MOST_CHANNELS;
}

/* Whether a pool comes before everything else. */
static bool pools_first(struct lb_shape image)
{
    return is_even(image) && smaller_side(image) >= LEAST_POOLED;
}

/* The image that `up` leads back from, and the channels that the encoder has there. */
static struct lb_shape last_pooled(struct lb_shape image, int *channels)
{
    *channels = FIRST_CHANNELS;
    if (pools_first(image)) {
        image = halve(image);
    }
    while (can_pool(image)) {
        image = halve(image);
        *channels = more_channels(*channels);
    }
    return image;
}

/* From odd sides that were halved only a dense layer leads back: the decoder's first image is what
 * the pools left, with fewer channels where it is large. */
static void add_decoder(struct lb_shape image, struct lb_text *text)
{
    int channels = 0;
    const struct lb_shape first = last_pooled(image, &channels);
    int scale = image.height / first.height;
    if (scale == 1) {
        lb_text_addf(text, "%d,%d", UNITS, 2 * UNITS);
        return;
    }
    while (channels > FIRST_CHANNELS &&
           (double)first.height * first.width * channels > MOST_NUMBERS) {
        channels /= 2;
    }
    lb_text_addf(text, "%d,dense%dx%dx%d", UNITS, first.height, first.width, channels);
    for (; scale > 1; scale /= 2) {
        channels = channels > FIRST_CHANNELS ? channels / 2 : channels;
        lb_text_add(text, ",up");
        if (scale > 2) {
            lb_text_addf(text, ",conv%d", channels);
        }
    }
}

/* Appends the layers; true if some halve odd sides. */
static bool add_encoder(struct lb_shape image, struct lb_text *text)
{
    int channels = FIRST_CHANNELS;
    bool halves_odd = false;
    if (pools_first(image)) {
        lb_text_add(text, "pool,");
        image = halve(image);
    }
    if (can_pool(image) || larger_side(image) <= MOST_ODD) {
        lb_text_addf(text, "conv%d", channels);
    } else {
        lb_text_addf(text, "conv%ds2", channels);
        image = halve(image);
        halves_odd = true;
    }
    while (can_pool(image) || larger_side(image) > MOST_ODD) {
        const bool pool = can_pool(image);
        channels = more_channels(channels);
        lb_text_addf(text, pool ? ",pool,conv%d" : ",conv%ds2", channels);
        image = halve(image);
        halves_odd = halves_odd || !pool;
    }
    lb_text_addf(text, ",%d", UNITS);
    return halves_odd;
}

bool lb_preset_conv(struct lb_shape image, struct lb_text *encoder, struct lb_text *decoder,
                    struct lb_text *why)
{
    if (larger_side(image) == 1) {
        lb_text_addf(why,
                     "convolutions need images, but these are vectors of %d numbers (take mlp)",
                     image.channels);
        return false;
    }
    if (add_encoder(image, encoder)) {
        add_decoder(image, decoder);
    }
    return true;
}
