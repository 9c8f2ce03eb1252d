/* Command line options: tables, parsing with getopt_long, help texts. */
#ifndef LB_CLI_OPTION_TABLE_H
#define LB_CLI_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "common.h"

enum option_kind {
    OPTION_FLAG,    ///< target: bool
    OPTION_TEXT,    ///< target: const char *, "" for a row without placeholder
    OPTION_LIST,    ///< target: struct option_list; each use adds a text
    OPTION_INTEGER, ///< target: long long in [low, high]
    OPTION_SEED,    ///< target: uint64_t, below 2^63: JSON files hold it
    OPTION_NUMBER,  ///< target: double in [low, high], or (low, high] with open_low
    OPTION_TIME,    ///< target: double, seconds above 0
};

#define OPTION_LIST_MAX 16

struct option_list {
    const char *items[OPTION_LIST_MAX];
    size_t count;
};

struct option_row {
    const char *name;        ///< without dashes
    const char *placeholder; ///< NULL: takes no value
    const char *help;        ///< with the default
    enum option_kind kind;
    void *target;
    double low;
    double high;
    bool open_low;
};

/** Syntax of a command. */
struct syntax {
    const char *arguments; ///< "DATASET --pairs N --out FILE"
    const char *summary;
    const char *example;
    const struct option_row *options; ///< a row with the name of a common option replaces it
    size_t option_count;
    int positional_min;
    int positional_max;
    bool prints_results; ///< has --json
};

/**
 * Parses argv (argv[0] is the command's name) into the targets of the rows and of `cli`.
 *
 * @param positionals receives positional_max entries, NULL if not given; may be NULL if there are
 *                    none
 * @return CLI_CONTINUE, or the exit status: help was printed, or the usage is wrong (and was
 *         reported)
 */
int cli_parse(struct cli *cli, const struct syntax *syntax, int argc, char **argv,
              const char **positionals);

/** The name in the table closest to `word`, or NULL if none is close. */
const char *nearest_name(const char *word, const char *const *names, size_t n);

#endif
