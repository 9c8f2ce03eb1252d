/* lowbend geodesic: shortest curves on the latent manifold between images. */
#include <string.h>

#include "command_interpolate.h"
#include "dataset_options.h"

/* Checks that the options fit the source: images of a file, or fresh ones. */
static int check_source(struct cli *cli, struct interpolate_options *o)
{
    if (o->images != NULL && o->distance > 0.0) {
        return cli_usage(cli, "--distance draws its own images: it excludes IMAGES");
    }
    if (o->images == NULL && !(o->distance > 0.0)) {
        return cli_usage(cli, "missing argument: IMAGES, or --distance instead");
    }
    if (o->images == NULL &&
        (o->between != NULL || o->loop || o->reading.scale > 0.0 || o->reading.layout != NULL ||
         o->reading.size > 0 || o->reading.background != NULL || o->reading.recursive)) {
        return cli_usage(cli, "--between, --loop and the options for reading images need IMAGES");
    }
    if (o->images != NULL && (o->pairs > 0 || o->files.dataset != NULL || o->files.mesh != NULL)) {
        return cli_usage(cli, "--pairs, --dataset and --mesh need --distance");
    }
    o->pairs = o->images == NULL && o->pairs == 0 ? 1 : o->pairs;
    return CLI_CONTINUE;
}

int command_geodesic(struct cli *cli, int argc, char **argv)
{
    struct interpolate_options o = {.geodesic = true, .metric = "euclidean"};
    long long segments = 16;
    const char *positionals[2] = {NULL, NULL};
    const struct option_row options[] = {
        {.name = "out",
         .placeholder = "FILE",
         .help = "the .npy or .safetensors file of the frames (default: none)",
         .kind = OPTION_TEXT,
         .target = &o.out},
        {.name = "picture",
         .placeholder = "FILE",
         .help =
             "a .png file with key frames, decoded geodesics and blended pixels (default: none)",
         .kind = OPTION_TEXT,
         .target = &o.picture},
        {.name = "segments",
         .placeholder = "K",
         .help = "segments of a geodesic, which has one more frame (default 16)",
         .kind = OPTION_INTEGER,
         .target = &segments,
         .low = 1,
         .high = 1e6},
        {.name = "between",
         .placeholder = "LIST",
         .help = "separate geodesics between rows FROM:TO, numbered from 0, such as 0:5,3:9 "
                 "(default: one path through all rows)",
         .kind = OPTION_TEXT,
         .target = &o.between},
        {.name = "loop",
         .help = "close the path from the last row to the first (default off)",
         .kind = OPTION_FLAG,
         .target = &o.loop},
        {.name = "metric",
         .placeholder = "NAME",
         .help = "metric of lengths: euclidean, in latent space, or decoder, of decoded images "
                 "(default euclidean)",
         .kind = OPTION_TEXT,
         .target = &o.metric},
        {.name = "distance",
         .placeholder = "D",
         .help = "instead of IMAGES: draw fresh points of the manifold at this distance (default: "
                 "none)",
         .kind = OPTION_NUMBER,
         .target = &o.distance,
         .low = 0.0,
         .high = 1e9,
         .open_low = true},
        {.name = "pairs",
         .placeholder = "N",
         .help = "with --distance: number of pairs (default 1)",
         .kind = OPTION_INTEGER,
         .target = &o.pairs,
         .low = 1,
         .high = 1e6},
        run_dataset_row(&o.files),
        run_mesh_row(&o.files),
        IMAGE_ROWS(&o.reading),
    };
    const struct syntax syntax = {
        .arguments = "RUN [IMAGES] --out FILE",
        .summary = "Connects images or codes by geodesics on the manifold of RUN's latent codes, "
                   "decodes them and prints\n"
                   "their lengths. `lowbend geometry RUN` must have trained the projection onto "
                   "that manifold.\n"
                   "IMAGES and FILE are as for `lowbend interpolate RUN IMAGES`, which uses "
                   "straight lines. Requires\n"
                   "--out, --picture or both. With --distance instead of IMAGES it draws the "
                   "images itself: line i\n"
                   "connects rows 2 i and 2 i + 1.",
        .example = "lowbend geodesic RUN images.npy --between 0:5 --picture geodesic.png",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 1,
        .positional_max = 2,
        .prints_results = true,
    };
    const int exit_status = cli_parse(cli, &syntax, argc, argv, positionals);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    o.run = positionals[0];
    o.images = positionals[1];
    o.frames = segments + 1;
    const int wrong = check_source(cli, &o);
    if (wrong != CLI_CONTINUE) {
        return wrong;
    }
    if (strcmp(o.metric, "euclidean") != 0 && strcmp(o.metric, "decoder") != 0) {
        return cli_usage(cli, "--metric '%s': must be euclidean or decoder", o.metric);
    }
    return interpolate_images(cli, &o);
}
