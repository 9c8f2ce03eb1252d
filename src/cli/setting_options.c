#include "setting_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_BYTES = 256 };

/* The setting's help with its default, if it does not depend on the data. */
static void describe(char *text, const struct lb_setting_info *setting,
                     const struct lb_train_params *defaults)
{
    char value[128] = "";
    if (setting->by_data && strstr(setting->help, "default") == NULL) {
        snprintf(text, HELP_BYTES, "%s (default: the dataset's recipe)", setting->help);
    } else if (strstr(setting->help, "default") != NULL ||
               lb_train_params_get(defaults, setting->name, value, sizeof value) != LB_OK) {
        snprintf(text, HELP_BYTES, "%s", setting->help);
    } else {
        snprintf(text, HELP_BYTES, "%s (default %s)", setting->help,
                 setting->placeholder == NULL ? "off" : value);
    }
}

bool setting_options_create(struct setting_options *options, const struct option_row *own,
                            size_t own_count)
{
    const size_t settings = lb_setting_count();
    struct lb_train_params defaults;
    lb_train_params_default(&defaults);
    options->rows = calloc(own_count + settings, sizeof *options->rows);
    options->values = calloc(settings, sizeof *options->values);
    options->helps = calloc(settings, HELP_BYTES);
    options->given = calloc(settings + 1, sizeof *options->given);
    if (options->rows == NULL || options->values == NULL || options->helps == NULL ||
        options->given == NULL) {
        return false;
    }
    memcpy(options->rows, own, own_count * sizeof *own);
    options->count = own_count;
    for (size_t i = 0; i < settings; i++) {
        const struct lb_setting_info setting = lb_setting_at(i);
        char *help = options->helps + i * HELP_BYTES;
        if (strcmp(setting.name, "dataset") == 0) { // positional
            continue;
        }
        describe(help, &setting, &defaults);
        options->rows[options->count++] = (struct option_row){
            .name = setting.name,
            .placeholder = setting.placeholder,
            .help = help,
            .kind = OPTION_TEXT,
            .target = &options->values[i],
        };
    }
    return true;
}

void setting_options_destroy(struct setting_options *options)
{
    free(options->rows);
    free(options->values);
    free(options->helps);
    free(options->given);
}

static int set(struct cli *cli, struct lb_train_params *params, const char *name, const char *value)
{
    if (lb_train_params_set(cli->ctx, params, name, value) != LB_OK) {
        return cli_usage(cli, "%s", lb_context_error(cli->ctx));
    }
    return EXIT_DONE;
}

static const char *given(const struct setting_options *options, const char *name)
{
    size_t i = 0;
    while (strcmp(lb_setting_at(i).name, name) != 0) {
        i++;
    }
    return options->values[i];
}

/* Settings that user pairs determine must not be given and then ignored. */
static int check_epsilon(struct cli *cli, const struct setting_options *options,
                         const struct lb_train_params *params)
{
    if (cli_names_user_pairs(params->dataset) && given(options, "epsilon") != NULL) {
        cli_error(cli,
                  "%s: user pairs determine epsilon, their largest distance (leave out --epsilon; "
                  "limit the distances in the file, as lowbend pairs --epsilon does)",
                  params->dataset);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

int setting_options_apply(struct cli *cli, const struct setting_options *options,
                          const char *dataset, struct lb_train_params *params)
{
    if (given(options, "network") != NULL && given(options, "hidden") != NULL) {
        return cli_usage(cli, "--network and --hidden both define the layers: give one of them");
    }
    int exit_status = dataset != NULL ? set(cli, params, "dataset", dataset) : EXIT_DONE;
    for (size_t i = 0; i < lb_setting_count() && exit_status == EXIT_DONE; i++) {
        const struct lb_setting_info setting = lb_setting_at(i);
        if (options->values[i] != NULL) {
            exit_status = set(cli, params, setting.name,
                              setting.placeholder != NULL ? options->values[i] : NULL);
        }
    }
    return exit_status == EXIT_DONE ? check_epsilon(cli, options, params) : exit_status;
}

int setting_options_recommend(struct cli *cli, const struct setting_options *options,
                              struct lb_train_params *params)
{
    size_t n = 0;
    for (size_t i = 0; i < lb_setting_count(); i++) {
        if (options->values[i] != NULL) {
            options->given[n++] = lb_setting_at(i).name;
        }
    }
    options->given[n] = NULL;
    return cli_finish(cli, lb_train_params_recommend(cli->device, params, options->given));
}

int setting_options_open(struct cli *cli, const struct setting_options *options,
                         const char *dataset, struct lb_train_params *params)
{
    int exit_status = cli_open_context(cli);
    if (exit_status == EXIT_DONE) {
        lb_train_params_default(params);
        exit_status = setting_options_apply(cli, options, dataset, params);
    }
    if (exit_status == EXIT_DONE) {
        exit_status = cli_open_device(cli);
    }
    return exit_status == EXIT_DONE ? setting_options_recommend(cli, options, params) : exit_status;
}
