/* lowbend train: trains a RUN and draws its pictures. */
#include <stdio.h>
#include <stdlib.h>

#include "describe.h"
#include "option_table.h"
#include "setting_options.h"
#include "system.h"

struct train_options {
    const char *dataset;
    const char *out;
    bool resume;
    bool overwrite;
    bool no_report;
    const char *init;
    double max_seconds;
    struct setting_options settings;
};

static int check_options(struct cli *cli, const struct train_options *o)
{
    if (o->out == NULL || o->out[0] == '\0') {
        return cli_usage(cli, "missing option: --out RUN must be given");
    }
    if (o->init != NULL && o->init[0] == '\0') {
        return cli_usage(cli, "--init: must name the folder of a RUN");
    }
    if (o->resume && o->overwrite) {
        return cli_usage(cli, "--resume and --overwrite exclude each other");
    }
    return CLI_CONTINUE;
}

static int parse(struct cli *cli, struct train_options *o, int argc, char **argv)
{
    const struct syntax syntax = {
        .arguments = "DATASET --out RUN",
        .summary = "Trains an encoder on the energy E = distortion + lambda * bending alone, then "
                   "a decoder with the\n"
                   "encoder frozen, and writes networks, metrics and pictures to the folder RUN.\n"
                   "DATASET is a built-in name (see lowbend datasets), the path of a .cl file, or "
                   "a .safetensors or\n"
                   ".npz file with user pairs: images x, y, average, (n,H,W,C) or (n,D), of any "
                   "dtype, and distance (n).\n"
                   "Prints final evaluations, on fresh pairs or on held-out user pairs, to "
                   "standard output.\n"
                   "Defaults that depend on the dataset are shown by lowbend datasets DATASET.",
        .example = "lowbend train sundial --out RUN",
        .options = o->settings.rows,
        .option_count = o->settings.count,
        .positional_max = 1,
        .prints_results = true,
    };
    const int result = cli_parse(cli, &syntax, argc, argv, &o->dataset);
    return result == CLI_CONTINUE ? check_options(cli, o) : result;
}

/* Finds out whether RUN has settings to resume with; returns an exit status. */
static int find_config(struct cli *cli, const char *run, bool *found)
{
    char *path = cli_run_file(run, LB_RUN_CONFIG);
    if (path == NULL) {
        return cli_out_of_memory(cli);
    }
    *found = !path_missing(path);
    free(path);
    return EXIT_DONE;
}

/* Starts from defaults or an old RUN's settings, then adds the given options. What must not differ
 * from RUN is rejected later. */
static int collect_params(struct cli *cli, const struct train_options *o,
                          struct lb_train_params *params, bool *is_old)
{
    bool old = false;
    lb_train_params_default(params);
    int exit_status = o->resume ? find_config(cli, o->out, &old) : EXIT_DONE;
    *is_old = old;
    if (exit_status == EXIT_DONE && old) {
        exit_status = cli_finish(cli, lb_train_params_read(cli->ctx, params, o->out));
    } else if (exit_status == EXIT_DONE && o->dataset == NULL) {
        return cli_usage(cli, "missing argument: DATASET must be given");
    }
    if (exit_status == EXIT_DONE) {
        exit_status = setting_options_apply(cli, &o->settings, o->dataset, params);
    }
    if (exit_status == EXIT_DONE && old) { // they may have moved
        exit_status = cli_finish(cli, lb_train_params_find_files(cli->ctx, params, o->out));
    }
    return exit_status;
}

static enum lb_status write_pictures(struct cli *cli, const char *path)
{
    struct lb_run *run = NULL;
    enum lb_status status = lb_run_open(&run, cli->device, path);
    if (status == LB_OK) {
        status = lb_run_write_latent(run);
    }
    if (status == LB_OK) {
        status = lb_run_write_pictures(run);
    }
    lb_run_close(&run);
    return status;
}

static bool keep_going(void *user, const char *part, int done, int total)
{
    (void)user;
    (void)part;
    (void)done;
    (void)total;
    return signals_received() == 0;
}

/* Fewer points than lowbend report uses, to add little to the training time. */
static int write_report(struct cli *cli, const char *path)
{
    const struct lb_report_params params = {
        .points = 256, .seed = cli->seed, .progress = keep_going, .user = cli};
    char *file = cli_run_file(path, LB_RUN_REPORT);
    if (file == NULL) {
        return cli_out_of_memory(cli);
    }
    const enum lb_status status = lb_report_write(cli->device, &path, 1, &params, file);
    free(file);
    return cli_finish(cli, status);
}

/* Until then a signal ends the program at once, because compilers cannot be interrupted. */
static void begin(void *user)
{
    (void)user;
    signals_catch();
}

/* Without opening a dataset: that compiles its kernels, which lb_train() does during the device's
 * self-test. */
static enum lb_status look_up(struct cli *cli, const struct lb_train_params *params,
                              struct lb_dataset_info *info)
{
    const struct lb_dataset_params dataset = {.name = params->dataset,
                                              .size = params->size,
                                              .cap_degrees = params->cap,
                                              .mesh = params->mesh};
    return cli_names_user_pairs(params->dataset) ? lb_train_dataset_info(cli->device, params, info)
                                                 : lb_dataset_describe(cli->device, &dataset, info);
}

static int train(struct cli *cli, const struct train_options *o,
                 const struct lb_train_params *params)
{
    struct lb_dataset_info info;
    int exit_status = cli_finish(cli, look_up(cli, params, &info));
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    struct description description = {0};
    description_start(&description, cli, params, &info);
    const struct lb_train_control control = {
        .progress = description_progress,
        .began = begin,
        .resumed = description_resumed,
        .user = &description,
        .resume = o->resume,
        .overwrite = o->overwrite,
        .stop = signals_flag(),
        .init = o->init,
        .max_seconds = o->max_seconds,
    };
    enum lb_status status = lb_train(cli->device, params, o->out, &control);
    progress_clear(&cli->line);
    if (status == LB_OK && !cli->silent) {
        status = write_pictures(cli, o->out);
    }
    exit_status = cli_finish(cli, status);
    if (exit_status == EXIT_DONE && !o->no_report && !cli->silent && signals_received() == 0) {
        exit_status = write_report(cli, o->out);
    }
    if (exit_status == EXIT_DONE) {
        if (cli->json && !cli->silent && !cli_print_json(json_incref(description.results))) {
            exit_status = cli_out_of_memory(cli);
        }
        cli_note(cli, o->no_report ? "pictures in %s" : "pictures and report.html in %s", o->out);
    }
    if (exit_status == EXIT_DONE && signals_received() != 0) {
        exit_status = EXIT_SIGNAL + signals_received(); // arrived too late to interrupt anything
    }
    json_decref(description.results);
    cli->before_message = NULL;
    return exit_status;
}

int command_train(struct cli *cli, int argc, char **argv)
{
    struct train_options o = {0};
    const struct option_row own[] = {
        {.name = "out",
         .placeholder = "RUN",
         .help = "the folder to write (required)",
         .kind = OPTION_TEXT,
         .target = &o.out},
        {.name = "resume",
         .help = "continue from RUN's checkpoint with RUN's settings, or start from the beginning "
                 "if there is none. DATASET and --mesh give the new location of moved files. A "
                 "finished RUN continues if --steps or --decoder-steps is increased: the schedule "
                 "then covers the new total, so lr rises again, and after more --steps the decoder "
                 "is trained from scratch (default off)",
         .kind = OPTION_FLAG,
         .target = &o.resume},
        {.name = "overwrite",
         .help = "replace a RUN that is not empty (default off)",
         .kind = OPTION_FLAG,
         .target = &o.overwrite},
        {.name = "init",
         .placeholder = "RUN",
         .help = "start from the networks of this RUN, which must have the same shape (default: "
                 "random weights)",
         .kind = OPTION_TEXT,
         .target = &o.init},
        {.name = "max-time",
         .placeholder = "TIME",
         .help = "stop with a checkpoint, as on SIGTERM, after this many seconds, or hours, "
                 "minutes and seconds such as 1h30m; continue with --resume (default: no limit)",
         .kind = OPTION_TIME,
         .target = &o.max_seconds},
        {.name = "no-report",
         .help = "do not write report.html at the end (default: write it, with 256 points of the "
                 "manifold)",
         .kind = OPTION_FLAG,
         .target = &o.no_report},
    };
    if (!setting_options_create(&o.settings, own, COUNT(own))) {
        setting_options_destroy(&o.settings);
        return cli_out_of_memory(cli);
    }
    int exit_status = parse(cli, &o, argc, argv);
    if (exit_status == CLI_CONTINUE) {
        struct lb_train_params params;
        bool old = false;
        exit_status = cli_open_context(cli);
        if (exit_status == EXIT_DONE) {
            exit_status = cli_join_ranks(cli);
        }
        if (exit_status == EXIT_DONE) {
            exit_status = collect_params(cli, &o, &params, &old);
        }
        if (exit_status == EXIT_DONE) {
            exit_status = cli_open_device(cli);
        }
        if (exit_status == EXIT_DONE && !old) {
            exit_status = setting_options_recommend(cli, &o.settings, &params);
        }
        if (exit_status == EXIT_DONE) {
            exit_status = train(cli, &o, &params);
        }
    }
    setting_options_destroy(&o.settings);
    return exit_status;
}
