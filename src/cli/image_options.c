#include "image_options.h"

#include <string.h>

struct option_row image_scale_row(struct image_options *options)
{
    return (struct option_row){
        .name = "scale",
        .placeholder = "NUMBER",
        .help =
            "divide image values other than bytes by this, such as 255; 1 accepts any values "
            "unchanged (default: 65535 for uint16; others unchanged, but images must be in [0,1])",
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
        .help = "axis order of each image in a 4-dimensional array: height, width, channels or "
                "channels, height, width (default hwc, but rejected if the shape looks like chw)",
        .kind = OPTION_TEXT,
        .target = &options->layout,
    };
}

struct option_row image_size_row(struct image_options *options)
{
    return (struct option_row){
        .name = "size",
        .placeholder = "N",
        .help = "resize images to N x N pixels (default: no resizing)",
        .kind = OPTION_INTEGER,
        .target = &options->size,
        .low = 1,
        .high = 4096,
    };
}

struct option_row image_background_row(struct image_options *options)
{
    return (struct option_row){
        .name = "background",
        .placeholder = "white|black",
        .help = "background behind transparent parts of pictures (default white)",
        .kind = OPTION_TEXT,
        .target = &options->background,
    };
}

struct option_row image_recursive_row(struct image_options *options)
{
    return (struct option_row){
        .name = "recursive",
        .help = "include pictures in subfolders (default off)",
        .kind = OPTION_FLAG,
        .target = &options->recursive,
    };
}

enum lb_source_path_kind image_options_kind(const struct image_options *options)
{
    return options->recursive ? LB_PATH_IMAGE_TREE : LB_PATH_IMAGES;
}

static int read_layout(struct cli *cli, const char *layout, struct lb_image_options *out)
{
    const bool last = strcmp(layout, "hwc") == 0;
    if (!last && strcmp(layout, "chw") != 0) {
        return cli_usage(cli, "--layout '%s': must be hwc or chw", layout);
    }
    out->layout = last ? LB_LAYOUT_HWC : LB_LAYOUT_CHW;
    return CLI_CONTINUE;
}

static int read_background(struct cli *cli, const char *background, struct lb_image_options *out)
{
    const bool white = strcmp(background, "white") == 0;
    if (!white && strcmp(background, "black") != 0) {
        return cli_usage(cli, "--background '%s': must be white or black", background);
    }
    out->background = white ? LB_BACKGROUND_WHITE : LB_BACKGROUND_BLACK;
    return CLI_CONTINUE;
}

int image_options_read(struct cli *cli, const struct image_options *options,
                       struct lb_image_options *out)
{
    int exit_status = CLI_CONTINUE;
    *out = (struct lb_image_options){
        .scale = options->scale,
        .size = (int)options->size,
        .recursive = options->recursive,
    };
    if (options->layout != NULL) {
        exit_status = read_layout(cli, options->layout, out);
    }
    if (exit_status == CLI_CONTINUE && options->background != NULL) {
        exit_status = read_background(cli, options->background, out);
    }
    return exit_status;
}
