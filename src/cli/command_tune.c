/* lowbend tune: finds fast parameters for matrix products on the device. */
#include <stdio.h>

#include "option_table.h"
#include "setting_options.h"

struct tune_options {
    const char *dataset;
    double seconds;
    struct setting_options settings;
};

static void show(void *user, const struct lb_tuned *so_far)
{
    cli_note(user, "set %d: %.4g GFLOP/s", so_far->tried, so_far->best_gflops);
}

static int print_result(struct cli *cli, const struct lb_tuned *tuned)
{
    const bool has_clblast = tuned->best_gflops > 0.0;
    if (cli->json) {
        json_t *json = json_pack(
            "{s:f s:o s:o s:i s:i s:s s:s}", "panel_gflops", tuned->panel_gflops,
            "clblast_before_gflops", has_clblast ? json_real(tuned->default_gflops) : json_null(),
            "clblast_gflops", has_clblast ? json_real(tuned->best_gflops) : json_null(), "tried",
            tuned->tried, "rejected", tuned->rejected, "fastest", lb_gemm_kind_name(tuned->fastest),
            "file", tuned->file);
        return cli_print_json(json) ? EXIT_DONE : cli_out_of_memory(cli);
    }
    printf("%-16s %8.4g GFLOP/s\n", "panel", tuned->panel_gflops);
    if (has_clblast) {
        printf("%-16s %8.4g GFLOP/s\n", "clblast before", tuned->default_gflops);
        printf("%-16s %8.4g GFLOP/s, best of %d sets (%d rejected)\n", "clblast now",
               tuned->best_gflops, tuned->tried, tuned->rejected);
    } else {
        printf("%-16s %s\n", "clblast",
               lb_gemm_is_built(LB_GEMM_CLBLAST) ? "not tried: panel is preferred on CPU devices"
                                                 : "none: not in this build");
    }
    printf("%-16s %s\n", "fastest", lb_gemm_kind_name(tuned->fastest));
    printf("%-16s %s\n", "kept in",
           tuned->file[0] != '\0' ? tuned->file
                                  : "nowhere: neither XDG_CACHE_HOME nor HOME names a folder");
    return EXIT_DONE;
}

static int run(struct cli *cli, const struct tune_options *o)
{
    struct lb_train_params params;
    struct lb_tuned tuned;
    int exit_status = setting_options_open(cli, &o->settings, o->dataset, &params);
    if (exit_status == EXIT_DONE && lb_gemm_is_built(LB_GEMM_CLBLAST)) {
        cli_note(
            cli, "%s",
            lb_tune_tries_clblast(cli->device, &params)
                ? "compiling CLBlast's kernels with their present parameters, which the budget "
                  "cannot interrupt"
                : "panel is preferred on CPU devices: CLBlast is tried only with --gemm clblast");
    }
    if (exit_status == EXIT_DONE) {
        exit_status = cli_finish(cli, lb_tune(cli->device, &params, o->seconds, show, cli, &tuned));
    }
    return exit_status == EXIT_DONE ? print_result(cli, &tuned) : exit_status;
}

int command_tune(struct cli *cli, int argc, char **argv)
{
    struct tune_options o = {.seconds = 120.0};
    const struct option_row own[] = {
        {.name = "budget",
         .placeholder = "SECONDS",
         .help = "time after which no new set of parameters is tried; the present set is always "
                 "tried (default 120)",
         .kind = OPTION_NUMBER,
         .target = &o.seconds,
         .low = 0,
         .high = 1e6},
    };
    if (!setting_options_create(&o.settings, own, COUNT(own))) {
        setting_options_destroy(&o.settings);
        return cli_out_of_memory(cli);
    }
    const struct syntax syntax = {
        .arguments = "[DATASET]",
        .summary = "Tries CLBlast parameters on the matrix products of the encoder that these "
                   "train settings\n"
                   "define (default dataset: sundial). The best are stored for this device, driver "
                   "and program in\n"
                   "XDG_CACHE_HOME/lowbend, else HOME/.cache/lowbend. Each set is compiled first, "
                   "which takes\n"
                   "seconds. On CPU devices panel is preferred, so CLBlast is tried only with "
                   "--gemm clblast, which\n"
                   "alone uses the result; compiling then takes minutes. A RUN keeps the "
                   "parameters it started with\n"
                   "in its config.json.",
        .example = "lowbend tune sundial --budget 300",
        .options = o.settings.rows,
        .option_count = o.settings.count,
        .positional_max = 1,
        .prints_results = true,
    };
    int exit_status = cli_parse(cli, &syntax, argc, argv, &o.dataset);
    if (exit_status == CLI_CONTINUE) {
        exit_status = run(cli, &o);
    }
    setting_options_destroy(&o.settings);
    return exit_status;
}
