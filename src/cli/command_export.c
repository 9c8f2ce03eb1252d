/* lowbend export: writes the networks of a run for other programs. */
#include <string.h>

#include "option_table.h"

static const struct {
    const char *name;
    enum lb_export_part part;
} parts[] = {
    {"all", LB_EXPORT_ALL},
    {"encoder", LB_EXPORT_ENCODER},
    {"decoder", LB_EXPORT_DECODER},
};

static bool parse_part(const char *name, enum lb_export_part *part)
{
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (strcmp(name, parts[i].name) == 0) {
            *part = parts[i].part;
            return true;
        }
    }
    return false;
}

static int export_run(struct cli *cli, const char *path, enum lb_export_part part, const char *onnx)
{
    const struct lb_source_path source = {path, LB_PATH_RUN};
    int exit_status = cli_check_output(cli, onnx, &source, 1);
    if (exit_status == EXIT_DONE) {
        exit_status = cli_open_device(cli);
    }
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    struct lb_run *run = NULL;
    enum lb_status status = lb_run_open_networks(&run, cli->device, path);
    if (status == LB_OK) {
        status = lb_run_export_onnx(run, part, onnx);
    }
    exit_status = cli_finish(cli, status);
    if (exit_status == EXIT_DONE) {
        const bool decoder = part != LB_EXPORT_ENCODER && lb_run_decoder(run) != NULL;
        cli_note(cli, "%s written: %s", onnx,
                 part == LB_EXPORT_DECODER ? "latent to images"
                 : decoder                 ? "images to latent and reconstruction"
                                           : "images to latent");
    }
    lb_run_close(&run);
    return exit_status;
}

int command_export(struct cli *cli, int argc, char **argv)
{
    const char *onnx = NULL;
    const char *part_name = "all";
    const char *run = NULL;
    const struct option_row options[] = {
        {.name = "onnx",
         .placeholder = "FILE",
         .help = "the .onnx file to write (required)",
         .kind = OPTION_TEXT,
         .target = &onnx},
        {.name = "part",
         .placeholder = "all|encoder|decoder",
         .help = "all (input `images`; outputs `latent` and, if RUN has a decoder, "
                 "`reconstruction`), encoder (`images` to `latent`) or decoder (`latent` to "
                 "`images`) (default all)",
         .kind = OPTION_TEXT,
         .target = &part_name},
    };
    const struct syntax syntax = {
        .arguments = "RUN --onnx FILE",
        .summary = "Writes the networks of RUN for other programs, as an ONNX file (opset 13).\n"
                   "Arrays are float32: images (n,H,W,C), or (n,D) if they are plain vectors; "
                   "latent (n,l).\n"
                   "n is variable. tools/torch_model.py loads a RUN into PyTorch without ONNX.",
        .example = "lowbend export RUN --onnx model.onnx",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 1,
        .positional_max = 1,
    };
    const int exit_status = cli_parse(cli, &syntax, argc, argv, &run);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    enum lb_export_part part;
    if (onnx == NULL || onnx[0] == '\0') {
        return cli_usage(cli, "missing option: --onnx must be given");
    }
    if (!parse_part(part_name, &part)) {
        return cli_usage(cli, "--part '%s': must be all, encoder or decoder", part_name);
    }
    return export_run(cli, run, part, onnx);
}
