/* lowbend geodesic: shortest curves on the latent manifold between the images of a file. */
#include "command_interpolate.h"

int command_geodesic(struct cli *cli, int argc, char **argv)
{
    struct interpolate_options o = {.geodesic = true};
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
         .help = "segments of a geodesic, which has a frame more (default 16)",
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
        IMAGE_ROWS(&o.reading),
    };
    const struct syntax syntax = {
        .arguments = "RUN IMAGES --out FILE",
        .summary = "Joins images, or codes, by geodesics on the manifold of RUN's latent codes, "
                   "decodes them and prints\ntheir lengths. `lowbend geometry RUN` must have "
                   "trained the projection onto that manifold. IMAGES and\nFILE are those of "
                   "`lowbend interpolate RUN IMAGES`, which takes straight lines. At least one "
                   "of\n--out and --picture must be given.",
        .example = "lowbend geodesic RUN images.npy --between 0:5 --picture geodesic.png",
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
    o.run = positionals[0];
    o.images = positionals[1];
    o.frames = segments + 1;
    return interpolate_images(cli, &o);
}
