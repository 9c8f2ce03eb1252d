/* lowbend: trains and uses low-bending, low-distortion embeddings of image manifolds. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "option_table.h"

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

/* A closed standard stream must not be replaced by the first file that is opened. The placeholders
 * reject the stream's own use, so writing results to a closed standard output still fails. */
static void occupy_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++) {
        if (fcntl(stream, F_GETFD) == -1) {
            const int descriptor = open("/dev/null", stream == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
            if (descriptor != stream) {
                exit(EXIT_FAILED); // NOLINT(concurrency-mt-unsafe): no other threads
            }
        }
    }
}

/* Whether standard output is a pipe without a reader, as after `| head`. */
static bool reader_has_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int main(int argc, char **argv)
{
    occupy_standard_streams();
    signal(SIGPIPE, SIG_IGN); // a reader that goes away must not end a training
    signal(SIGXFSZ, SIG_IGN); // nor must a file that exceeds the system's size limit
    int exit_status = dispatch(argc, argv);
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && exit_status == EXIT_DONE) {
        if (errno == EPIPE || reader_has_gone()) {
            return EXIT_SIGNAL + SIGPIPE; // silently: the reader has seen enough
        }
        // NOLINTNEXTLINE(concurrency-mt-unsafe): no other threads
        const char *reason = errno != 0 ? strerror(errno) : "";
        fprintf(stderr, "lowbend: standard output: cannot write%s%s (check where it goes)\n",
                errno != 0 ? ": " : "", reason);
        exit_status = EXIT_FAILED;
    }
    return exit_status;
}
