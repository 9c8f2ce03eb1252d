/* lowbend datasets: lists the built-in datasets, describes one, or checks one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dataset_options.h"
#include "recipe_text.h"

struct listed {
    struct lb_dataset_info info;
    struct lb_train_params params; ///< recommended settings
    bool user_pairs;
};

static json_t *describe(const struct listed *listed)
{
    const struct lb_dataset_info *info = &listed->info;
    return json_pack("{s:s s:s s:i s:[iii] s:o s:o s:o}", "name", info->name, "manifold",
                     info->manifold, "dimension", info->dimension, "image", info->height,
                     info->width, info->channels, "injectivity_radius",
                     json_number(listed->user_pairs ? NAN : info->injectivity_radius), "h",
                     json_number(listed->user_pairs ? NAN : info->h), "recipe",
                     recipe_json(&listed->params, listed->user_pairs));
}

static void print_heading(void)
{
    printf("%-16s %-14s %-10s %-12s %-19s %s\n", "name", "manifold", "dimension", "image",
           "injectivity radius", "h");
}

static void print_line(const struct lb_dataset_info *info)
{
    char image[48];
    char radius[32];
    char h[32];
    snprintf(image, sizeof image, "%dx%dx%d", info->height, info->width, info->channels);
    if (info->dimension == 0) { // user pairs
        printf("%-16s %-14s %-10s %-12s %-19s %s\n", info->name, "-", "-", image, "-", "-");
        return;
    }
    snprintf(radius, sizeof radius, "%.6g", info->injectivity_radius);
    snprintf(h, sizeof h, "%.6g", info->h);
    printf("%-16s %-14s %-10d %-12s %-19s %s\n", info->name, info->manifold, info->dimension, image,
           isfinite(info->injectivity_radius) ? radius : "infinite",
           isfinite(info->h) ? h : "unknown");
}

/* Describes a dataset or user pairs without compiling; returns an exit status. */
static int look_up(struct cli *cli, const struct dataset_options *o, struct listed *listed)
{
    struct lb_train_params *params = &listed->params;
    const struct lb_dataset_params dataset = {
        .name = o->name, .size = (int)o->size, .cap_degrees = o->cap, .mesh = o->mesh};
    int exit_status = dataset_options_recommend(cli, o, params);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    listed->user_pairs = cli_names_user_pairs(o->name);
    return cli_finish(cli, listed->user_pairs
                               ? lb_train_dataset_info(cli->device, params, &listed->info)
                               : lb_dataset_describe(cli->device, &dataset, &listed->info));
}

/* Adds one dataset to the array, or prints it if there is none. */
static int list_one(struct cli *cli, const char *name, json_t **array)
{
    const struct dataset_options o = {.name = name};
    struct listed listed;
    const int exit_status = look_up(cli, &o, &listed);
    if (exit_status == EXIT_DONE && cli->json) {
        json_append(array, describe(&listed));
    } else if (exit_status == EXIT_DONE) {
        print_line(&listed.info);
    }
    return exit_status;
}

static int show(struct cli *cli, const struct dataset_options *o)
{
    struct listed listed;
    int exit_status = cli_open_device(cli);
    if (exit_status == EXIT_DONE) {
        exit_status = look_up(cli, o, &listed);
    }
    if (exit_status == EXIT_DONE && cli->json) {
        return cli_print_json(describe(&listed)) ? EXIT_DONE : cli_out_of_memory(cli);
    }
    if (exit_status == EXIT_DONE) {
        print_heading();
        print_line(&listed.info);
        recipe_print(&listed.params, listed.user_pairs);
    }
    return exit_status;
}

struct listener {
    struct cli *cli;
    int failures;
};

static void show_failure(void *user, const char *line)
{
    struct listener *listener = user;
    listener->failures++;
    cli_error(listener->cli, "%s", line);
}

static int check(struct cli *cli, const struct dataset_options *o)
{
    struct listener listener = {.cli = cli};
    struct lb_dataset *dataset = NULL;
    int exit_status = dataset_options_open(cli, o, &dataset);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    const enum lb_status status =
        lb_dataset_check(dataset, cli->seed, true, show_failure, &listener);
    struct listed listed = {.info = *lb_dataset_get_info(dataset)};
    exit_status = listener.failures > 0 ? EXIT_FAILED : cli_finish(cli, status);
    if (exit_status == EXIT_DONE) {
        exit_status = dataset_options_recommend(cli, o, &listed.params);
    }
    if (exit_status == EXIT_DONE && cli->json) {
        const bool printed = cli_print_json(describe(&listed));
        exit_status = printed ? EXIT_DONE : cli_out_of_memory(cli);
    }
    if (exit_status == EXIT_DONE) {
        cli_note(cli, "dataset %s: all checks passed", lb_dataset_get_info(dataset)->name);
    }
    lb_dataset_close(&dataset);
    return exit_status;
}

int command_datasets(struct cli *cli, int argc, char **argv)
{
    struct dataset_options o = {0};
    const struct option_row options[] = {
        {.name = "check",
         .placeholder = "NAME",
         .help = "check this dataset (a built-in name or a .cl file) instead of listing (default: "
                 "list all)",
         .kind = OPTION_TEXT,
         .target = &o.name},
        DATASET_ROWS(&o),
    };
    const struct syntax syntax = {
        .arguments = "[DATASET | --check NAME]",
        .summary = "Lists the built-in datasets with their manifolds: dimension, image size, "
                   "injectivity radius\n"
                   "(an upper bound of epsilon) and h, the constant of the known minimum E*. For a "
                   "given DATASET (a\n"
                   "name, a .cl file, or user pairs as .safetensors or .npz) also shows its "
                   "recipe: the settings that\n"
                   "train starts from. --check tests a dataset: points, distances, midpoints and "
                   "pixels are valid, and\n"
                   "images depend smoothly on the point. --size, --cap and --mesh apply to DATASET "
                   "and --check.",
        .example = "lowbend datasets --json",
        .options = options,
        .option_count = COUNT(options),
        .positional_max = 1,
        .prints_results = true,
    };
    const char *shown = NULL;
    int exit_status = cli_parse(cli, &syntax, argc, argv, &shown);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    if (shown != NULL && o.name != NULL) {
        return cli_usage(cli, "DATASET and --check exclude each other: give one of them");
    }
    if (shown == NULL && o.name == NULL && (o.size != 0 || o.cap != 0.0 || o.mesh != NULL)) {
        return cli_usage(cli, "--size, --cap and --mesh need DATASET or --check NAME");
    }
    if (shown != NULL) {
        o.name = shown;
        return show(cli, &o);
    }
    if (o.name != NULL) {
        return check(cli, &o);
    }
    exit_status = cli_open_device(cli);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    char **names = NULL;
    size_t count = 0;
    json_t *array = cli->json ? json_array() : NULL;
    exit_status = cli_finish(cli, lb_dataset_names(cli->device, &names, &count));
    if (exit_status == EXIT_DONE && !cli->json) {
        print_heading();
    }
    for (size_t i = 0; i < count && exit_status == EXIT_DONE; i++) {
        exit_status = list_one(cli, names[i], &array);
    }
    lb_dataset_names_free(&names, count);
    if (exit_status == EXIT_DONE && cli->json) {
        return cli_print_json(array) ? EXIT_DONE : cli_out_of_memory(cli);
    }
    json_decref(array);
    return exit_status;
}
