/* lowbend render: a contact sheet of a dataset. */
#include "dataset_options.h"

struct render_options {
    struct dataset_options dataset;
    const char *out;
    long long count;
    long long columns;
};

static int run(struct cli *cli, const struct render_options *o)
{
    const struct lb_sheet_params sheet = {
        .count = (int)o->count,
        .columns = (int)o->columns,
        .seed = cli->seed,
    };
    struct lb_dataset *dataset = NULL;
    int exit_status = dataset_options_check_output(cli, &o->dataset, o->out);
    if (exit_status == EXIT_DONE) {
        exit_status = dataset_options_open(cli, &o->dataset, &dataset);
    }
    if (exit_status == EXIT_DONE) {
        exit_status = cli_finish(cli, lb_dataset_write_sheet(dataset, &sheet, o->out));
    }
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
        DATASET_ROWS(&o.dataset),
        {.name = "count",
         .placeholder = "N",
         .help = "number of random points (default 32 images, 1000 points of a cloud)",
         .kind = OPTION_INTEGER,
         .target = &o.count,
         .low = 1,
         .high = 1000000},
        {.name = "columns",
         .placeholder = "N",
         .help = "images per row (default 8)",
         .kind = OPTION_INTEGER,
         .target = &o.columns,
         .low = 1,
         .high = 1000},
    };
    const struct syntax syntax = {
        .arguments = "DATASET --out FILE.png",
        .summary = "Draws a contact sheet: images of random points. For a dataset whose images are "
                   "vectors, it draws the\n"
                   "point cloud of their first three principal components.\n"
                   "DATASET is a built-in name (see lowbend datasets) or the path of a .cl file.",
        .example = "lowbend render sundial --out sundial.png",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 1,
        .positional_max = 1,
    };
    const int exit_status = cli_parse(cli, &syntax, argc, argv, &o.dataset.name);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    if (o.out == NULL || o.out[0] == '\0') {
        return cli_usage(cli, "missing option: --out must be given");
    }
    if (!cli_names_picture(o.out)) {
        return cli_not_a_picture(cli, "out", o.out);
    }
    return run(cli, &o);
}
