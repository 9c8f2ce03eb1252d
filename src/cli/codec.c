/* lowbend encode and decode: images to latent codes and back, with the networks of a RUN. */
#include "common.h"

struct codec {
    const char *arguments;
    const char *summary;
    const char *example;
    enum lb_status (*apply)(struct lb_run *run, const char *in_path, const char *out_path);
};

static int run_codec(struct cli *cli, const struct codec *codec, int argc, char **argv)
{
    const char *out = NULL;
    const char *positionals[2] = {NULL, NULL};
    const struct option_row options[] = {
        {.name = "out",
         .placeholder = "FILE",
         .help = "the .safetensors or .npy file to write (required)",
         .kind = OPTION_TEXT,
         .target = &out},
    };
    const struct syntax syntax = {
        .arguments = codec->arguments,
        .summary = codec->summary,
        .example = codec->example,
        .options = options,
        .option_count = COUNT(options),
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
    exit_status = cli_check_array_name(cli, out, true);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    exit_status = cli_open_device(cli);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    struct lb_run *run = NULL;
    enum lb_status status = lb_run_open_networks(&run, cli->device, positionals[0]);
    if (status == LB_OK) {
        status = codec->apply(run, positionals[1], out);
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
        .summary = "Maps images to latent codes by the encoder of RUN.\nIN holds `images` "
                   "(n,H,W,C), (n,H,W) or (n,D), float32 or uint8, as .safetensors, or one\n"
                   "array as .npy, or is a folder of .png files. OUT gets `latent` (n,l), float32.",
        .example = "lowbend encode RUN images.npy --out latent.npy",
        .apply = lb_run_encode_file,
    };
    return run_codec(cli, &codec, argc, argv);
}

int command_decode(struct cli *cli, int argc, char **argv)
{
    static const struct codec codec = {
        .arguments = "RUN IN --out OUT",
        .summary = "Maps latent codes to images by the decoder of RUN.\nIN holds `latent` (n,l), "
                   "float32, as .safetensors, or one array as .npy.\nOUT gets `images` "
                   "(n,H,W,C), float32.",
        .example = "lowbend decode RUN latent.npy --out images.safetensors",
        .apply = lb_run_decode_file,
    };
    return run_codec(cli, &codec, argc, argv);
}
