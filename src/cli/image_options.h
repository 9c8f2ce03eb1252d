/* Options for reading images from files. */
#ifndef LB_CLI_IMAGE_OPTIONS_H
#define LB_CLI_IMAGE_OPTIONS_H

#include "option_table.h"

struct image_options {
    double scale;
    const char *layout;     ///< NULL: not given
    const char *background; ///< NULL: not given
    long long size;
    bool recursive;
};

/** The rows --scale, --layout, --size, --background and --recursive. */
#define IMAGE_ROWS(options)                                                                        \
    image_scale_row(options), image_layout_row(options), image_size_row(options),                  \
        image_background_row(options), image_recursive_row(options)
struct option_row image_scale_row(struct image_options *options);
struct option_row image_layout_row(struct image_options *options);
struct option_row image_size_row(struct image_options *options);
struct option_row image_background_row(struct image_options *options);
struct option_row image_recursive_row(struct image_options *options);

/** The kind of input that IMAGES is with these options. */
enum lb_source_path_kind image_options_kind(const struct image_options *options);

/** Converts the options for the library. Returns CLI_CONTINUE, or EXIT_USAGE after reporting. */
int image_options_read(struct cli *cli, const struct image_options *options,
                       struct lb_image_options *out);

#endif
