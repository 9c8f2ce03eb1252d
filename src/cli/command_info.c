/* lowbend info: summary of a RUN folder. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_table.h"

enum { LABEL_WIDTH = 11, WIDTH = 96, ITEM_BYTES = 1200 };

/** Comma-separated items under one heading, wrapped to the line width. */
struct list {
    const char *heading;
    int column; ///< 0: nothing printed yet
};

static void add(struct list *list, const char *format, ...) CLI_PRINTF(2, 3);
static void add(struct list *list, const char *format, ...)
{
    char item[ITEM_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(item, sizeof item, format, args);
    va_end(args);
    const int length = (int)strlen(item);
    if (list->column == 0) {
        list->column = printf("%-*s%s", LABEL_WIDTH, list->heading, item);
    } else if (list->column + 2 + length > WIDTH) {
        list->column = printf(",\n%*s%s", LABEL_WIDTH, "", item) - 2;
    } else {
        list->column += printf(", %s", item);
    }
}

static void end(const struct list *list)
{
    if (list->column > 0) {
        putchar('\n');
    }
}

static void print_state(const struct lb_run_info *info)
{
    struct list list = {.heading = "state"};
    if (info->finished) {
        add(&list, "finished");
    } else {
        add(&list, "%s at step %d of %d", lb_phase_name(info->phase), info->step, info->steps);
    }
    if (info->skipped > 0) {
        add(&list, "%d steps skipped", info->skipped);
    }
    add(&list, "%.4g s", info->seconds);
    if (!info->finished) {
        add(&list, "resume with `lowbend train --out %s --resume`", info->path);
    }
    end(&list);
}

static void print_dataset(const struct lb_run_info *info)
{
    const struct lb_dataset_info *dataset = &info->dataset;
    struct list list = {.heading = "dataset"};
    add(&list, "%s", dataset->name[0] != '\0' ? dataset->name : info->params.dataset);
    if (info->pairs + info->held_out > 0) {
        add(&list, "%zu user pairs", info->pairs);
        add(&list, "%zu held out", info->held_out);
    } else if (dataset->dimension > 0) {
        add(&list, "manifold %s", dataset->manifold);
        add(&list, "dimension %d", dataset->dimension);
    }
    if (dataset->cap_degrees > 0.0) {
        add(&list, "cap of %g degrees", dataset->cap_degrees);
    }
    if (dataset->height > 0) {
        add(&list, "images %dx%dx%d", dataset->height, dataset->width, dataset->channels);
    }
    if (isfinite(info->minimum)) {
        add(&list, "E* %.6g", info->minimum);
    }
    end(&list);
}

static void print_settings(const struct lb_run_info *info)
{
    struct list list = {.heading = "settings"};
    for (size_t i = 0; i < lb_setting_count(); i++) {
        const struct lb_setting_info setting = lb_setting_at(i);
        char value[LB_PATH_BYTES];
        if (lb_train_params_get(&info->params, setting.name, value, sizeof value) != LB_OK ||
            value[0] == '\0') {
            continue;
        }
        if (setting.placeholder != NULL) {
            add(&list, "%s %s", setting.name, value);
        } else if (strcmp(value, "1") == 0) {
            add(&list, "%s", setting.name);
        }
    }
    end(&list);
}

static void print_network(const char *heading, const struct lb_run_network *network, bool wanted)
{
    struct list list = {.heading = heading};
    if (network == NULL) {
        add(&list, wanted ? "not trained yet" : "none");
    } else {
        if (network->input[0] != '\0') {
            add(&list, "%s to %s", network->input, network->layers);
        } else {
            add(&list, "%zu numbers to %s", network->inputs, network->layers);
        }
        add(&list, "%s", network->activation);
        add(&list, "%s output", network->output_activation);
        if (network->normalises) {
            add(&list, "normalised input");
        }
        add(&list, "%zu parameters", network->parameters);
    }
    end(&list);
}

static void print_results(const struct lb_run_info *info)
{
    for (size_t i = 0; i < info->result_count; i++) {
        const struct lb_run_result *result = &info->results[i];
        struct list list = {.heading = i == 0 ? "results" : ""};
        add(&list, "%s after %d steps", lb_phase_name(result->phase), result->step);
        for (size_t k = 0; k < result->number_count; k++) {
            add(&list, "%s %.6g", result->numbers[k].name, result->numbers[k].value);
        }
        end(&list);
    }
}

/* The most important numbers; `lowbend eval` shows all. */
static void print_evaluation(const struct lb_run_info *info)
{
    static const char *const names[] = {
        "E",
        "E_star",
        "gap",
        "attainable",
        "ratio",
        "scale",
        "scaled_isometry_error",
        "stress",
        "spearman",
        "knn_recall",
        "attainable_recall",
        "psnr",
    };
    struct list list = {.heading = "evaluation"};
    for (size_t i = 0; i < COUNT(names); i++) {
        for (size_t k = 0; k < info->evaluation_count; k++) {
            const struct lb_named_number *number = &info->evaluation[k];
            if (strcmp(number->name, names[i]) == 0 && isfinite(number->value)) {
                add(&list, "%s %.6g", number->name, number->value);
            }
        }
    }
    end(&list);
}

static void print_files(const struct lb_run_info *info)
{
    struct list list = {.heading = "files"};
    for (size_t i = 0; i < info->file_count; i++) {
        const char *name = lb_run_file_name(info->files[i].file);
        const double bytes = (double)info->files[i].bytes;
        if (bytes < 1024.0) {
            add(&list, "%s %.0f B", name, bytes);
        } else if (bytes < 1024.0 * 1024.0) {
            add(&list, "%s %.1f KiB", name, bytes / 1024.0);
        } else {
            add(&list, "%s %.1f MiB", name, bytes / (1024.0 * 1024.0));
        }
    }
    end(&list);
}

static void print_info(const struct lb_run_info *info)
{
    struct list run = {.heading = "run"};
    struct list device = {.heading = "device"};
    add(&run, "%s", info->path);
    add(&run, "by lowbend %s", info->version[0] != '\0' ? info->version : "of an unknown version");
    end(&run);
    print_state(info);
    print_dataset(info);
    if (info->device[0] != '\0') {
        add(&device, "%s", info->device);
        add(&device, "driver %s", info->driver);
    }
    end(&device);
    print_network("encoder", info->encoder, true);
    print_network("decoder", info->decoder, info->params.decoder_steps > 0);
    print_results(info);
    print_evaluation(info);
    print_settings(info);
    print_files(info);
}

static int print(struct cli *cli, const struct lb_run_info *info)
{
    if (!cli->json) {
        print_info(info);
        return EXIT_DONE;
    }
    char *text = lb_run_info_json(info);
    if (text == NULL) {
        return cli_out_of_memory(cli);
    }
    puts(text);
    free(text);
    return EXIT_DONE;
}

int command_info(struct cli *cli, int argc, char **argv)
{
    const struct syntax syntax = {
        .arguments = "RUN",
        .summary = "Summarises the folder RUN: state of the training, dataset, networks, results, "
                   "settings and files.\n"
                   "Reads only its files and needs no OpenCL device.",
        .example = "lowbend info RUN",
        .positional_min = 1,
        .positional_max = 1,
        .prints_results = true,
    };
    const char *path = NULL;
    int exit_status = cli_parse(cli, &syntax, argc, argv, &path);
    if (exit_status == CLI_CONTINUE) {
        exit_status = cli_open_context(cli);
    } else {
        return exit_status;
    }
    struct lb_run_info *info = NULL;
    if (exit_status == EXIT_DONE) {
        exit_status = cli_finish(cli, lb_run_info_read(&info, cli->ctx, path));
    }
    if (exit_status == EXIT_DONE) {
        exit_status = print(cli, info);
    }
    lb_run_info_free(&info);
    return exit_status;
}
