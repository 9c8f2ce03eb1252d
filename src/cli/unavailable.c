/* Commands that are known but not built yet. */
#include <stdio.h>
#include <string.h>

#include "common.h"

struct planned {
    const char *name;
    const char *arguments;
};

static const struct planned planned[] = {
    {"bench", "DATASET"},
    {"converge", "DATASET|RUN"},
    {"eval", "RUN"},
    {"export", "RUN --onnx FILE"},
    {"interpolate", "RUN --out FILE.png"},
    {"pairs", "FILE --neighbours K --out FILE"},
    {"report", "RUN..."},
    {"tune", ""},
};

int command_unavailable(struct cli *cli, int argc, char **argv)
{
    const char *arguments = "";
    for (size_t i = 0; i < COUNT(planned); i++) {
        if (strcmp(planned[i].name, cli->command) == 0) {
            arguments = planned[i].arguments;
        }
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            printf("usage: lowbend %s%s%s\n\nThis command is planned, but not built yet.\n",
                   cli->command, arguments[0] != '\0' ? " " : "", arguments);
            return EXIT_DONE;
        }
    }
    cli_error(cli, "%s: not built yet (lowbend --help lists what is)", cli->command);
    return EXIT_FAILED;
}
