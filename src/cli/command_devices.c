/* lowbend devices: lists the OpenCL devices. */
#include <stdio.h>
#include <string.h>

#include "option_table.h"

static json_t *describe(const struct lb_device_info *info)
{
    return json_pack("{s:s s:s s:s s:s s:s s:b s:s s:s s:b s:I s:I s:b s:b s:b}", "selector",
                     info->selector, "name", info->name, "type", lb_device_type_name(info->type),
                     "platform", info->platform, "driver", info->driver, "default",
                     (int)info->is_default, "vendor", info->vendor, "version", info->version,
                     "usable", (int)info->usable, "compute_units", (json_int_t)info->compute_units,
                     "memory", (json_int_t)info->memory_bytes, "fp16", (int)info->fp16, "fp64",
                     (int)info->fp64, "outdated", (int)info->outdated);
}

static bool print_as_json(const struct lb_device_info *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        json_append(&array, describe(&list[i]));
    }
    return cli_print_json(array);
}

static void print_as_text(const struct lb_device_info *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct lb_device_info *info = &list[i];
        printf("%s %-6s %-12s %s\n", info->is_default ? "*" : " ", info->selector,
               lb_device_type_name(info->type), info->name);
        printf("         platform %s, driver %s, %s\n", info->platform, info->driver,
               info->version);
        printf("         %u compute units, %.1f GiB, fp16 %s, fp64 %s%s%s\n",
               (unsigned)info->compute_units, (double)info->memory_bytes / 1073741824.0,
               info->fp16 ? "yes" : "no", info->fp64 ? "yes" : "no",
               info->usable ? "" : ", not usable", info->outdated ? ", abandoned driver" : "");
    }
    printf("* is the device that --device auto selects\n");
    if (!lb_gemm_is_built(LB_GEMM_CLBLAST)) {
        printf("This lowbend was built without CLBlast: --gemm panel is used on all devices.\n");
    }
}

struct listener {
    bool json;
    json_t *results; ///< with --json
};

static void print_result(void *user, const char *family, const char *failure)
{
    struct listener *listener = user;
    if (listener->json) {
        json_append(&listener->results, json_pack("{s:s s:b s:s?}", "family", family, "passed",
                                                  failure == NULL, "failure", failure));
        return;
    }
    printf("%-6s %s%s%s\n", failure == NULL ? "ok" : "WRONG", family, failure != NULL ? ": " : "",
           failure != NULL ? failure : "");
    fflush(stdout);
}

/* Prints a line after each family, or everything as JSON at the end. */
static int self_test(struct cli *cli)
{
    int exit_status = cli_open_device(cli);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    struct listener listener = {cli->json, cli->json ? json_array() : NULL};
    const struct lb_device_info *info = lb_device_get_info(cli->device);
    cli_note(cli, "device   %s %s (%s, driver %s)", info->selector, info->name, info->platform,
             info->driver);
    exit_status = cli_finish(cli, lb_device_self_test(cli->device, print_result, &listener));
    if (cli->json && !cli_print_json(listener.results) && exit_status == EXIT_DONE) {
        return cli_out_of_memory(cli);
    }
    return exit_status;
}

int command_devices(struct cli *cli, int argc, char **argv)
{
    bool wants_test = false;
    const struct option_row options[] = {
        {.name = "self-test",
         .help = "test every kernel of the chosen device against plain C (default off)",
         .kind = OPTION_FLAG,
         .target = &wants_test},
    };
    const struct syntax syntax = {
        .arguments = "",
        .summary = "Lists the OpenCL devices and marks the one that `auto` selects. With --device, "
                   "shows only that one.",
        .example = "lowbend devices --json",
        .options = options,
        .option_count = COUNT(options),
        .prints_results = true,
    };
    int exit_status = cli_parse(cli, &syntax, argc, argv, NULL);
    if (exit_status != CLI_CONTINUE) {
        return exit_status;
    }
    if (wants_test) {
        return self_test(cli);
    }
    exit_status = cli_open_context(cli);
    if (exit_status != EXIT_DONE) {
        return exit_status;
    }
    struct lb_device_info *list = NULL;
    size_t count = 0;
    exit_status = cli_finish(cli, lb_device_list(cli->ctx, &list, &count));
    const struct lb_device_info *shown = list;
    if (exit_status == EXIT_DONE && cli->selector != NULL) {
        exit_status = cli_open_device(cli);
        if (exit_status == EXIT_DONE) {
            shown = lb_device_get_info(cli->device);
            count = 1;
        }
    }
    if (exit_status == EXIT_DONE && cli->json && !print_as_json(shown, count)) {
        exit_status = cli_out_of_memory(cli);
    } else if (exit_status == EXIT_DONE && !cli->json) {
        print_as_text(shown, count);
    }
    lb_device_list_free(&list);
    return exit_status;
}
