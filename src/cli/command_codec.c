/* lowbend encode and decode: images to latent codes and back, using the networks of a RUN. */
#include "image_options.h"

struct codec {
    const char *arguments;
    const char *summary;
    const char *example;
    bool takes_images;
    enum lb_status (*apply)(struct lb_run *run, const char *in_path, const char *out_path,
                            const struct lb_image_options *options);
};

static int run_codec(struct cli *cli, const struct codec *codec, int argc, char **argv)
{
    const char *out = NULL;
    const char *positionals[2] = {NULL, NULL};
    struct image_options images = {0};
    const struct option_row options[] = {
        {.name = "out",
         .placeholder = "FILE",
         .help = "the .safetensors or .npy file to write (required)",
         .kind = OPTION_TEXT,
         .target = &out},
        IMAGE_ROWS(&images),
    };
    const struct syntax syntax = {
        .arguments = codec->arguments,
        .summary = codec->summary,
        .example = codec->example,
        .options = options,
        .option_count = codec->takes_images ? COUNT(options) : 1,
        .positional_min = 2,
        .positional_max = 2,
    };
    int exit_status = cli_parse(cli, &syntax, argc, argv, positionals);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    if (out == NULL || out[0] == '\0') {
        return cli_usage(cli, "missing option: --out must be given");
    }
    struct lb_image_options reading;
    exit_status = cli_check_array_name(cli, out, true);
    if (exit_status == CLI_CONTINUE) {
        exit_status = image_options_read(cli, &images, &reading);
    }
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    const struct lb_source_path sources[] = {{positionals[0], LB_PATH_RUN},
                                             {positionals[1], image_options_kind(&images)}};
    exit_status = cli_check_output(cli, out, sources, COUNT(sources));
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    exit_status = cli_open_device(cli);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    struct lb_run *run = NULL;
    enum lb_status status = lb_run_open_networks(&run, cli->device, positionals[0]);
    if (status == LB_OK) {
        status = codec->apply(run, positionals[1], out, &reading);
    }
    exit_status = cli_finish(cli, status);
    lb_run_close(&run);
    if (exit_status == EXIT_DONE) {
        const struct lb_device_info *device = lb_device_get_info(cli->device);
        cli_note(cli, "%s written (device %s, %s)", out, device->selector, device->name);
    }
    return exit_status;
}

int command_encode(struct cli *cli, int argc, char **argv)
{
    static const struct codec codec = {
        .arguments = "RUN IN --out OUT",
        .summary = "Maps images to latent codes with the encoder of RUN.\n"
                   "IN is a .safetensors or .npz file with `images`, or an .npy array: (n,H,W,C), "
                   "(n,H,W) or (n,D), of\n"
                   "any dtype (uint8 means 0..255, uint16 0..65535). It can also be a picture or a "
                   "folder of pictures\n"
                   "(PNG, JPEG, BMP, PGM, PPM), in numeric order: 2.png before 10.png.\n"
                   "OUT gets `latent` (n,l), float32.\n"
                   "If RUN was trained on pairs with --scale, images other than bytes are divided "
                   "by that scale.",
        .example = "lowbend encode RUN images.npy --out latent.npy",
        .takes_images = true,
        .apply = lb_run_encode_file_with,
    };
    return run_codec(cli, &codec, argc, argv);
}

static enum lb_status decode(struct lb_run *run, const char *in_path, const char *out_path,
                             const struct lb_image_options *options)
{
    (void)options;
    return lb_run_decode_file(run, in_path, out_path);
}

int command_decode(struct cli *cli, int argc, char **argv)
{
    static const struct codec codec = {
        .arguments = "RUN IN --out OUT",
        .summary = "Maps latent codes to images with the decoder of RUN.\n"
                   "IN is a .safetensors or .npz file with `latent`, or an .npy array: (n,l), "
                   "float16 to float64.\n"
                   "OUT gets `images` (n,H,W,C), float32.",
        .example = "lowbend decode RUN latent.npy --out images.safetensors",
        .apply = decode,
    };
    return run_codec(cli, &codec, argc, argv);
}
