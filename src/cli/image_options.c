#include "image_options.h"

#include <string.h>

struct option_row image_scale_row(struct image_options *options)
{
    return (struct option_row){
        .name = "scale",
        .placeholder = "NUMBER",
        .help =
            "divide the values of images that are no bytes by it, such as 255; 1 takes any values "
            "as they are (default: 65535 of uint16; others as they are, but pictures must be in "
            "[0,1])",
        .kind = OPTION_NUMBER,
        .target = &options->scale,
        .low = 1e-9,
        .high = 1e9,
    };
}

struct option_row image_layout_row(struct image_options *options)
{
    return (struct option_row){
        .name = "layout",
        .placeholder = "hwc|chw",
        .help = "axes of each image in an array of four: height, width, channels or channels, "
                "height, width (default hwc, but refused where it looks like chw)",
        .kind = OPTION_TEXT,
        .target = &options->layout,
    };
}

int image_options_read(struct cli *cli, const struct image_options *options,
                       struct lb_image_options *out)
{
    *out = (struct lb_image_options){.scale = options->scale};
    if (options->layout == NULL) {
        return CLI_CONTINUE;
    }
    const bool last = strcmp(options->layout, "hwc") == 0;
    if (!last && strcmp(options->layout, "chw") != 0) {
        return cli_usage(cli, "--layout '%s': must be hwc or chw", options->layout);
    }
    out->layout = last ? LB_LAYOUT_HWC : LB_LAYOUT_CHW;
    return CLI_CONTINUE;
}
