/* lowbend exponential: extends the geodesic from one image to another beyond its end. */
#include <stdio.h>

#include "command_interpolate.h"

int command_exponential(struct cli *cli, int argc, char **argv)
{
    struct interpolate_options o = {.geodesic = true, .beyond = 16};
    long long segments = 16;
    long long from = 0;
    long long to = 1;
    char between[64];
    const char *positionals[2] = {NULL, NULL};
    const struct option_row options[] = {
        {.name = "out",
         .placeholder = "FILE",
         .help = "the .npy or .safetensors file of the frames (default: none)",
         .kind = OPTION_TEXT,
         .target = &o.out},
        {.name = "picture",
         .placeholder = "FILE",
         .help = "a .png file with the decoded curve (default: none)",
         .kind = OPTION_TEXT,
         .target = &o.picture},
        {.name = "from",
         .placeholder = "I",
         .help = "row of IMAGES where the curve starts, from 0 (default 0)",
         .kind = OPTION_INTEGER,
         .target = &from,
         .low = 0,
         .high = 1e9},
        {.name = "to",
         .placeholder = "J",
         .help = "row that it passes through (default 1)",
         .kind = OPTION_INTEGER,
         .target = &to,
         .low = 0,
         .high = 1e9},
        {.name = "segments",
         .placeholder = "K",
         .help = "segments from I to J (default 16)",
         .kind = OPTION_INTEGER,
         .target = &segments,
         .low = 1,
         .high = 1e5},
        {.name = "steps",
         .placeholder = "N",
         .help = "segments beyond J, of the same length (default 16)",
         .kind = OPTION_INTEGER,
         .target = &o.beyond,
         .low = 1,
         .high = 1e5},
        IMAGE_ROWS(&o.reading),
    };
    const struct syntax syntax = {
        .arguments = "RUN IMAGES --from I --to J --steps N --out FILE",
        .summary = "Extends the geodesic from one image to another beyond its end: the exponential "
                   "map of the manifold\n"
                   "of RUN's latent codes. `lowbend geometry RUN` must have trained the projection "
                   "onto that manifold.\n"
                   "IMAGES and FILE are as for `lowbend geodesic`; `t` is 1 at J and larger "
                   "beyond. Requires --out,\n"
                   "--picture or both.",
        .example = "lowbend exponential RUN images.npy --from 0 --to 5 --steps 32 --out on.npy",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 2,
        .positional_max = 2,
        .prints_results = true,
    };
    const int exit_status = cli_parse(cli, &syntax, argc, argv, positionals);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    snprintf(between, sizeof between, "%lld:%lld", from, to);
    o.run = positionals[0];
    o.images = positionals[1];
    o.frames = segments + 1;
    o.between = between;
    return interpolate_images(cli, &o);
}
