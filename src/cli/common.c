#include "common.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system.h"

void cli_error(struct cli *cli, const char *format, ...)
{
    progress_clear(&cli->line);
    fputs("lowbend: ", stderr);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void cli_prepare_message(struct cli *cli)
{
    progress_clear(&cli->line);
    if (cli->before_message != NULL) {
        void (*const call)(void *) = cli->before_message;
        cli->before_message = NULL;
        call(cli->before_message_user);
    }
}

void cli_note(struct cli *cli, const char *format, ...)
{
    if (cli->quiet) {
        return;
    }
    cli_prepare_message(cli);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

int cli_usage(struct cli *cli, const char *format, ...)
{
    if (lb_ranks_launched().rank > 0) { // all ranks have the same arguments
        return EXIT_USAGE;
    }
    fprintf(stderr, "lowbend: %s: ", cli->command);
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, " (see lowbend %s --help)\n", cli->command);
    return EXIT_USAGE;
}

int cli_finish(struct cli *cli, enum lb_status status)
{
    if (status == LB_OK) {
        return EXIT_DONE;
    }
    if (lb_ranks_settle(cli->ctx, true)) {
        cli_error(cli, "%s", lb_context_error(cli->ctx));
    }
    if (status == LB_ERR_INTERRUPTED) { // no signal: the time limit was reached
        const int received = signals_received();
        return EXIT_SIGNAL + (received != 0 ? received : SIGTERM);
    }
    return status == LB_ERR_DEVICE ? EXIT_NO_DEVICE : EXIT_FAILED;
}

int cli_out_of_memory(struct cli *cli)
{
    cli_error(cli, "%s: out of memory on the host (end other programs)", cli->command);
    return EXIT_FAILED;
}

static void receive_log(void *user, enum lb_log_level level, const char *text)
{
    struct cli *cli = user;
    if (level == LB_LOG_DEBUG && !cli->verbose) {
        return;
    }
    if ((level == LB_LOG_INFO && cli->quiet) || (level == LB_LOG_WARNING && cli->silent)) {
        return;
    }
    cli_prepare_message(cli);
    fprintf(stderr, "%s%s\n", level <= LB_LOG_WARNING ? "lowbend: " : "", text);
}

int cli_open_context(struct cli *cli)
{
    const struct lb_context_params params = {
        .log = receive_log,
        .log_user = cli,
        .cl_dir = cli->cl_dir,
    };
    return cli_finish(cli, lb_context_create(&cli->ctx, &params));
}

int cli_join_ranks(struct cli *cli)
{
    const enum lb_status status = lb_ranks_join(cli->ctx);
    cli->silent = lb_ranks_get_info(cli->ctx).rank > 0;
    cli->quiet = cli->quiet || cli->silent;
    if (status == LB_ERR_UNSUPPORTED && lb_ranks_launched().local_rank > 0) {
        return EXIT_FAILED; // on every rank of the machine; the first one reports it
    }
    return cli_finish(cli, status);
}

int cli_open_device(struct cli *cli)
{
    if (cli->ctx == NULL) {
        const int exit_status = cli_open_context(cli);
        if (exit_status != EXIT_DONE) {
            return exit_status;
        }
    }
    const char *selector = cli->selector != NULL ? cli->selector : getenv("LOWBEND_DEVICE");
    return cli_finish(cli, lb_device_open(&cli->device, cli->ctx, selector));
}

void cli_close(struct cli *cli, int exit_status)
{
    lb_device_close(&cli->device);
    lb_ranks_leave(cli->ctx, exit_status);
    lb_context_destroy(&cli->ctx);
}

bool cli_names_picture(const char *path)
{
    static const char end[] = ".png";
    const size_t length = strlen(path);
    size_t same = 0;
    while (same < strlen(end) && same < length &&
           tolower((unsigned char)path[length - 1 - same]) == end[strlen(end) - 1 - same]) {
        same++;
    }
    return same == strlen(end);
}

int cli_not_a_picture(struct cli *cli, const char *option, const char *path)
{
    return cli_usage(cli, "--%s '%s': pictures are written as PNG, so the name must end in .png",
                     option, path);
}

/* Case-sensitive, as the library compares names. */
static bool ends_with(const char *path, const char *end)
{
    const size_t length = strlen(path);
    return length >= strlen(end) && strcmp(path + length - strlen(end), end) == 0;
}

bool cli_names_user_pairs(const char *path)
{
    return ends_with(path, ".safetensors") || ends_with(path, ".npz");
}

int cli_check_array_name(struct cli *cli, const char *path, bool single)
{
    if (ends_with(path, ".safetensors") || (single && ends_with(path, ".npy"))) {
        return CLI_CONTINUE;
    }
    return cli_usage(cli, "--out '%s': %s, so the name must end in .safetensors%s", path,
                     single ? "an array is written as .safetensors or .npy"
                            : "several arrays are written as .safetensors",
                     single ? " or .npy" : "");
}

int cli_check_output(struct cli *cli, const char *out, const struct lb_source_path *sources,
                     size_t n)
{
    const int exit_status = cli->ctx == NULL ? cli_open_context(cli) : EXIT_DONE;
    return exit_status == EXIT_DONE ? cli_finish(cli, lb_output_check(cli->ctx, out, sources, n))
                                    : exit_status;
}

char *cli_run_file(const char *run, enum lb_run_file file)
{
    const char *name = lb_run_file_name(file);
    const size_t bytes = strlen(run) + strlen(name) + 2;
    char *path = malloc(bytes);
    if (path != NULL) {
        snprintf(path, bytes, "%s/%s", run, name);
    }
    return path;
}

bool cli_print_json(json_t *json)
{
    if (json == NULL) {
        return false;
    }
    const size_t flags = JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15);
    /* Not json_dumps(), which silently drops what it cannot allocate. */
    const size_t size = json_dumpb(json, NULL, 0, flags);
    char *text = size > 0 ? malloc(size + 1) : NULL;
    const bool whole = text != NULL && json_dumpb(json, text, size, flags) == size;
    json_decref(json);
    if (whole) {
        text[size] = '\0';
        puts(text);
    }
    free(text);
    return whole;
}

json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

void json_append(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value) != 0) { // also if there is none
        json_decref(*array);
        *array = NULL;
    }
}
