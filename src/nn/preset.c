#include "nn/preset.h"

/* Constants of the network shape, chosen by the measurements in docs/results.md. */
enum {
    LAST_CHANNELS =
        32, // channels of the encoder's last convolution; each earlier one has half as many
    LEAST_CHANNELS = 8,  // minimum channels of a convolution
    FIRST_CHANNELS = 64, // channels of the decoder's first image; each later layer has half as many
    WHOLE_CHANNELS = 16, // channels of that image if nothing enlarges it
    UNITS = 256,         // of the dense layers
    LEAST_POOLED = 32,   // minimum size for an initial pool
    LEAST_HALVED = 5,    // minimum of the larger of two even sizes for pooling
    MOST_ODD = 16,       // odd sizes are halved if the larger one exceeds this
    MOST_NUMBERS = 16384, // limit for the decoder's first image, unless 16 channels exceed it
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

/* Whether the image can be halved, by a convolution with a pool or with a stride. */
static bool can_halve(struct lb_shape image)
{
    return can_pool(image) || larger_side(image) > MOST_ODD;
}

/* Whether a pool comes first. */
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

/* Appends the layers; true if some halve odd sizes. */
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

/* Halved odd sizes can only be restored by a dense layer, so the decoder's first image then has the
 * size before the halving. */
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
    /* The implied last layer does the final doubling if it follows another deconv */
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
