/* lowbend render: a contact sheet of a dataset. */
#include "common.h"

struct render_options {
    const char *dataset;
    const char *out;
    long long size;
    double cap;
    const char *mesh;
    long long count;
    long long columns;
};

static int run(struct cli *cli, const struct render_options *o)
{
    const struct lb_dataset_params params = {
        .name = o->dataset,
        .size = (int)o->size,
        .cap_degrees = o->cap,
        .mesh = o->mesh,
    };
    const struct lb_sheet_params sheet = {
        .count = (int)o->count,
        .columns = (int)o->columns,
        .seed = cli->seed,
    };
    struct lb_dataset *dataset = NULL;
    int exit_status = cli_open_device(cli);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    enum lb_status status = lb_dataset_open(&dataset, cli->device, &params);
    if (status == LB_OK) {
        status = lb_dataset_write_sheet(dataset, &sheet, o->out);
    }
    exit_status = cli_finish(cli, status);
    if (exit_status == EXIT_DONE) {
        cli_note(cli, "%s written to %s", lb_dataset_get_info(dataset)->name, o->out);
    }
    lb_dataset_close(&dataset);
    return exit_status;
}

int command_render(struct cli *cli, int argc, char **argv)
{
    struct render_options o = {0};
    const struct option_row options[] = {
        {.name = "out",
         .placeholder = "FILE",
         .help = "the .png file to write (required)",
         .kind = OPTION_TEXT,
         .target = &o.out},
        {.name = "size",
         .placeholder = "PIXELS",
         .help = "height and width of the images (default: the dataset's own)",
         .kind = OPTION_INTEGER,
         .target = &o.size,
         .low = 1,
         .high = 65536},
        {.name = "cap",
         .placeholder = "DEGREES",
         .help = "half-angle of the cap, where the dataset has one (default: its own)",
         .kind = OPTION_NUMBER,
         .target = &o.cap,
         .high = 90,
         .open_low = true},
        {.name = "mesh",
         .placeholder = "FILE",
         .help = "a .obj or .off file for rotating-object (default: an object of its own)",
         .kind = OPTION_TEXT,
         .target = &o.mesh},
        {.name = "count",
         .placeholder = "N",
         .help = "number of random points shown (default 32 images, 1000 points of a cloud)",
         .kind = OPTION_INTEGER,
         .target = &o.count,
         .low = 1,
         .high = 1000000},
        {.name = "columns",
         .placeholder = "N",
         .help = "images in a row (default 8)",
         .kind = OPTION_INTEGER,
         .target = &o.columns,
         .low = 1,
         .high = 1000},
    };
    const struct syntax syntax = {
        .arguments = "DATASET --out FILE.png",
        .summary = "Draws a contact sheet: the images of random points. For a dataset whose images "
                   "are just numbers\nit is the cloud of their first three principal components.\n"
                   "DATASET is a built-in name (see lowbend datasets) or the path of a .cl file.",
        .example = "lowbend render sundial --out sundial.png",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 1,
        .positional_max = 1,
    };
    const int exit_status = cli_parse(cli, &syntax, argc, argv, &o.dataset);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    if (o.out == NULL || o.out[0] == '\0') {
        return cli_usage(cli, "missing option: --out must be given");
    }
    return run(cli, &o);
}
