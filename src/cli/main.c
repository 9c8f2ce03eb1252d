/* lowbend: trains and uses low-bending, low-distortion embeddings of image manifolds. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_table.h"
#include "system.h"

struct command {
    const char *name;
    const char *summary;
    int (*run)(struct cli *cli, int argc, char **argv);
};

#define MAKE_ROW(name, summary) {#name, summary, command_##name},
static const struct command commands[] = {COMMANDS(MAKE_ROW)};

static void print_overview(FILE *stream)
{
    fputs("usage: lowbend COMMAND [ARGUMENT]... [OPTION]...\n\n"
          "Trains low-bending, low-distortion embeddings of image manifolds on any OpenCL "
          "device.\n\ncommands:\n",
          stream);
    for (size_t i = 0; i < COUNT(commands); i++) {
        fprintf(stream, "  %-12s %s\n", commands[i].name, commands[i].summary);
    }
    fputs("\n"
          "  lowbend COMMAND --help   options of one command, with defaults\n"
          "  lowbend --version        version and build information\n\n"
          "start with:\n"
          "  lowbend train sundial --out RUN\n",
          stream);
}

static int unknown_command(const char *word)
{
    const char *names[COUNT(commands)];
    for (size_t i = 0; i < COUNT(commands); i++) {
        names[i] = commands[i].name;
    }
    const bool option = word[0] == '-';
    const char *nearest = option ? NULL : nearest_name(word, names, COUNT(names));
    fprintf(stderr, "lowbend: unknown %s '%s'", option ? "option" : "command", word);
    if (nearest != NULL) {
        fprintf(stderr, ": did you mean '%s'?", nearest);
    }
    fputs(" (see lowbend --help)\n", stderr);
    return EXIT_USAGE;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_overview(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("lowbend %s\n%s\n", lb_version(), lb_build_facts());
        return EXIT_DONE;
    }
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            struct cli cli = {.command = commands[i].name};
            /* Ranks share only training; every other command runs on the first rank. */
            if (commands[i].run != command_train && lb_ranks_launched().rank > 0) {
                return EXIT_DONE;
            }
            const int exit_status = commands[i].run(&cli, argc - 1, argv + 1);
            cli_close(&cli, exit_status);
            return exit_status;
        }
    }
    return unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    if (!system_occupy_streams()) {
        return EXIT_FAILED;
    }
    system_ignore_write_signals(); // neither must end a training
    int exit_status = dispatch(argc, argv);
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && exit_status == EXIT_DONE) {
        const int reason = errno;
        const int signal = system_output_abandoned(reason);
        if (signal != 0) {
            return EXIT_SIGNAL + signal; // silently: the reader has seen enough
        }
        // NOLINTNEXTLINE(concurrency-mt-unsafe): no other threads
        const char *why = reason != 0 ? strerror(reason) : "";
        fprintf(stderr, "lowbend: standard output: cannot write%s%s (check where it goes)\n",
                reason != 0 ? ": " : "", why);
        exit_status = EXIT_FAILED;
    }
    return exit_status;
}
