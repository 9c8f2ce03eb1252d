/* lowbend report: one HTML report about runs. */
#include <stdlib.h>

#include "option_table.h"
#include "dataset_options.h"
#include "measuring.h"
#include "system.h"

struct report_options {
    const char *out;
    long long points;
    struct lb_run_files files;
};

static int write_report(struct cli *cli, const struct report_options *o, const char *const *runs,
                        size_t n)
{
    char *own = o->out == NULL ? cli_run_file(runs[0], LB_RUN_REPORT) : NULL;
    const char *path = o->out != NULL ? o->out : own;
    if (path == NULL) {
        return cli_out_of_memory(cli);
    }
    struct measuring measuring = {.cli = cli};
    const struct lb_report_params params = {
        .points = (size_t)o->points,
        .seed = cli->seed,
        .progress = measuring_show,
        .user = &measuring,
        .files = o->files,
    };
    const int exit_status = cli_finish(cli, lb_report_write(cli->device, runs, n, &params, path));
    if (exit_status == EXIT_DONE) {
        cli_note(cli, "report in %s (open it in a browser)", path);
    }
    free(own);
    return exit_status;
}

int command_report(struct cli *cli, int argc, char **argv)
{
    struct report_options o = {.points = 800};
    const char *runs[LB_REPORT_RUNS];
    const struct option_row options[] = {
        {.name = "out",
         .placeholder = "FILE",
         .help = "the .html file to write (default RUN/report.html; required for several RUNs)",
         .kind = OPTION_TEXT,
         .target = &o.out},
        {.name = "points",
         .placeholder = "N",
         .help = "points in the latent view, 64 to 4096 (default 800)",
         .kind = OPTION_INTEGER,
         .target = &o.points,
         .low = 64,
         .high = 4096},
        run_dataset_row(&o.files),
        run_mesh_row(&o.files),
    };
    const struct syntax syntax = {
        .arguments = "RUN...",
        .summary = "Writes one HTML report about a RUN, or several side by side: loss curves, a "
                   "rotatable view of the\n"
                   "latent manifold, interactive latent paths, distances, interpolation, metrics "
                   "and settings. The file\n"
                   "is smaller than 5 MB and needs no network. Metrics come from eval.json; "
                   "without it, a small\n"
                   "evaluation is computed for the report. A RUN still in training is shown up to "
                   "its present state.",
        .example = "lowbend report RUN",
        .options = options,
        .option_count = COUNT(options),
        .positional_min = 1,
        .positional_max = LB_REPORT_RUNS,
    };
    int exit_status = cli_parse(cli, &syntax, argc, argv, runs);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    size_t n = 0;
    while (n < LB_REPORT_RUNS && runs[n] != NULL) {
        n++;
    }
    if (o.out != NULL ? o.out[0] == '\0' : n > 1) {
        return cli_usage(cli, "missing option: --out FILE must be given for several RUNs");
    }
    if (o.out != NULL) {
        struct lb_source_path sources[LB_REPORT_RUNS];
        for (size_t i = 0; i < n; i++) {
            sources[i] = (struct lb_source_path){runs[i], LB_PATH_RUN};
        }
        exit_status = cli_check_output(cli, o.out, sources, n);
        if (exit_status != EXIT_DONE) {
            return exit_status;
        }
    }
    exit_status = cli_open_device(cli);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    signals_catch();
    return write_report(cli, &o, runs, n);
}
