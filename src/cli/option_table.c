#include "option_table.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"

#define HELP_COLUMN 30
#define HELP_WIDTH  96

/* Edit distance between `a` and `b`: changes, insertions and deletions; 99 for long words. */
static size_t edit_distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    const size_t n = strlen(a);
    const size_t m = strlen(b);
    size_t row[LONGEST + 1];
    if (n > LONGEST || m > LONGEST) {
        return 99;
    }
    for (size_t j = 0; j <= m; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) {
                best = row[j] + 1;
            }
            if (row[j - 1] + 1 < best) {
                best = row[j - 1] + 1;
            }
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[m];
}

const char *nearest_name(const char *word, const char *const *names, size_t n)
{
    const char *nearest = NULL;
    size_t smallest = strlen(word) / 3 + 2; // a larger distance is no typing error
    for (size_t i = 0; i < n; i++) {
        const size_t distance = edit_distance(word, names[i]);
        if (distance < smallest) {
            smallest = distance;
            nearest = names[i];
        }
    }
    return nearest;
}

/* All rows of a command: its own, then the common ones it does not replace. */
struct table {
    struct option_row *rows;
    size_t count;
    size_t own; ///< rows before the common ones
    bool help;  ///< target of --help
};

static bool has_row(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->rows[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool table_fill(struct table *table, struct cli *cli, const struct syntax *syntax)
{
    const struct option_row common[] = {
        {.name = "device",
         .placeholder = "SEL",
         .help = "OpenCL device: auto, gpu, cpu, accelerator, N, P:D or part of its name (default "
                 "LOWBEND_DEVICE, else auto)",
         .kind = OPTION_TEXT,
         .target = &cli->selector},
        {.name = "cl-dir",
         .placeholder = "FOLDER",
         .help = "folder of the .cl files (default LOWBEND_CL_DIR, else the installed ones)",
         .kind = OPTION_TEXT,
         .target = &cli->cl_dir},
        {.name = "seed",
         .placeholder = "N",
         .help = "random seed (default 0)",
         .kind = OPTION_SEED,
         .target = &cli->seed},
        {.name = "quiet",
         .help = "suppress progress and notes (default off)",
         .kind = OPTION_FLAG,
         .target = &cli->quiet},
        {.name = "verbose",
         .help = "show kernel build logs and other details on standard error (default off)",
         .kind = OPTION_FLAG,
         .target = &cli->verbose},
        {.name = "json",
         .help = "print results as JSON (default off)",
         .kind = OPTION_FLAG,
         .target = &cli->json},
        {.name = "help",
         .help = "print this help and exit",
         .kind = OPTION_FLAG,
         .target = &table->help},
    };
    table->rows = calloc(syntax->option_count + COUNT(common), sizeof *table->rows);
    if (table->rows == NULL) {
        return false;
    }
    for (size_t i = 0; i < syntax->option_count; i++) {
        table->rows[table->count++] = syntax->options[i];
    }
    table->own = table->count;
    for (size_t i = 0; i < COUNT(common); i++) {
        const bool wanted = syntax->prints_results || common[i].target != &cli->json;
        if (wanted && !has_row(table, common[i].name)) {
            table->rows[table->count++] = common[i];
        }
    }
    return true;
}

/* Prints a text from HELP_COLUMN on, wrapped at words. */
static void print_wrapped(const char *text)
{
    size_t column = HELP_COLUMN;
    while (*text != '\0') {
        const size_t word = strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + word > HELP_WIDTH) {
            printf("\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_row(const struct option_row *row)
{
    const bool value = row->placeholder != NULL;
    const int width =
        printf("  --%s%s%s", row->name, value ? " " : "", value ? row->placeholder : "");
    if (width + 1 >= HELP_COLUMN) { // two blanks in between
        printf("\n%*s", HELP_COLUMN, "");
    } else {
        printf("%*s", HELP_COLUMN - width, "");
    }
    print_wrapped(row->help != NULL ? row->help : "");
}

static void print_help(const struct cli *cli, const struct syntax *syntax,
                       const struct table *table)
{
    printf("usage: lowbend %s%s%s [OPTION]...\n\n%s\n", cli->command,
           syntax->arguments[0] != '\0' ? " " : "", syntax->arguments, syntax->summary);
    if (table->own > 0) {
        printf("\noptions:\n");
    }
    for (size_t i = 0; i < table->count; i++) {
        if (i == table->own) {
            printf("\ncommon options:\n");
        }
        print_row(&table->rows[i]);
    }
    printf("\nexample:\n  %s\n", syntax->example);
}

static int malformed(struct cli *cli, const struct option_row *row, const char *text)
{
    if (row->kind == OPTION_TIME) {
        return cli_usage(cli,
                         "--%s '%s': must be a time above 0 (give seconds, or hours, minutes and "
                         "seconds such as 1h30m)",
                         row->name, text);
    }
    if (row->kind == OPTION_SEED) {
        return cli_usage(cli, "--%s '%s': must be an integer from 0 to 2^63 - 1", row->name, text);
    }
    if (row->kind == OPTION_INTEGER) {
        return cli_usage(cli, "--%s '%s': must be an integer from %.0f to %.0f", row->name, text,
                         row->low, row->high);
    }
    if (row->high > 1e300) {
        return cli_usage(cli, "--%s '%s': must be a number %s %g", row->name, text,
                         row->open_low ? "above" : "of at least", row->low);
    }
    return cli_usage(cli, "--%s '%s': must be a number %s %g and at most %g", row->name, text,
                     row->open_low ? "above" : "of at least", row->low, row->high);
}

static int add_item(struct cli *cli, const struct option_row *row, const char *text)
{
    struct option_list *list = row->target;
    if (list->count == OPTION_LIST_MAX) {
        return cli_usage(cli, "--%s: given more than %d times", row->name, OPTION_LIST_MAX);
    }
    list->items[list->count++] = text;
    return CLI_CONTINUE;
}

/* Stores one value; returns CLI_CONTINUE or the exit status. */
static int store(struct cli *cli, const struct option_row *row, const char *text)
{
    long long integer = 0;
    unsigned long long seed = 0;
    double number = 0.0;
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)row->target = true;
        return CLI_CONTINUE;
    case OPTION_TEXT:
        *(const char **)row->target = text != NULL ? text : "";
        return CLI_CONTINUE;
    case OPTION_LIST:
        return add_item(cli, row, text);
    case OPTION_INTEGER:
        if (!parse_integer(text, &integer) || (double)integer < row->low ||
            (double)integer > row->high) {
            return malformed(cli, row, text);
        }
        *(long long *)row->target = integer;
        return CLI_CONTINUE;
    case OPTION_SEED:
        if (!parse_seed(text, &seed)) {
            return malformed(cli, row, text);
        }
        *(uint64_t *)row->target = seed;
        return CLI_CONTINUE;
    case OPTION_NUMBER:
        if (!parse_number(text, &number) || number < row->low || number > row->high ||
            (row->open_low && number <= row->low)) {
            return malformed(cli, row, text);
        }
        *(double *)row->target = number;
        return CLI_CONTINUE;
    case OPTION_TIME:
        if (!parse_time(text, &number) || number <= 0.0) {
            return malformed(cli, row, text);
        }
        *(double *)row->target = number;
        return CLI_CONTINUE;
    }
    return CLI_CONTINUE;
}

static int unknown_option(struct cli *cli, const struct table *table, const char *token)
{
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(token + 2, "="), token + 2);
    const char **names = calloc(table->count + 1, sizeof *names);
    const char *nearest = NULL;
    if (names != NULL) {
        for (size_t i = 0; i < table->count; i++) {
            names[i] = table->rows[i].name;
        }
        nearest = nearest_name(word, names, table->count);
        free(names);
    }
    if (nearest == NULL) {
        return cli_usage(cli, "unknown option --%s", word);
    }
    return cli_usage(cli, "unknown option --%s: did you mean --%s?", word, nearest);
}

/* getopt_long() accepts abbreviations, whose meaning would change with every new option. */
static bool is_exact(const char *token, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(token, "--", 2) == 0 && strncmp(token + 2, name, length) == 0 &&
           (token[2 + length] == '\0' || token[2 + length] == '=');
}

static int parse_options(struct cli *cli, const struct table *table, int argc, char **argv)
{
    enum { FIRST = 1000 }; // above all characters
    struct option *known = calloc(table->count + 1, sizeof *known);
    if (known == NULL) {
        return cli_out_of_memory(cli);
    }
    for (size_t i = 0; i < table->count; i++) {
        known[i].name = table->rows[i].name;
        known[i].has_arg = table->rows[i].placeholder != NULL ? required_argument : no_argument;
        known[i].val = FIRST + (int)i;
    }
    opterr = 0;
    optind = 1;
    int result = CLI_CONTINUE;
    while (result == CLI_CONTINUE) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): called only by main
        const int value = getopt_long(argc, argv, ":", known, NULL);
        if (value == -1) {
            break;
        }
        const char *token = argv[optind - 1];
        if (value >= FIRST && optarg == token) {
            token = argv[optind - 2];
        }
        if (value == ':') {
            result = cli_usage(cli, "%s: missing value", token);
        } else if (value == '?' && optopt > 0 && optopt < FIRST) { // inside a cluster: -abc
            result = cli_usage(cli, "unknown option -%c", optopt);
        } else if (value == '?' && optopt >= FIRST) {
            result = cli_usage(cli, "--%s: takes no value", table->rows[optopt - FIRST].name);
        } else if (value == '?' || !is_exact(token, table->rows[value - FIRST].name)) {
            result = unknown_option(cli, table, token);
        } else {
            result = store(cli, &table->rows[value - FIRST], optarg);
        }
    }
    free(known);
    return result;
}

static int parse_positionals(struct cli *cli, const struct syntax *syntax, int argc, char **argv,
                             const char **positionals)
{
    const int given = argc - optind;
    for (int i = 0; i < syntax->positional_max; i++) {
        positionals[i] = i < given ? argv[optind + i] : NULL;
    }
    if (given > syntax->positional_max) {
        return cli_usage(cli, "too many arguments: unexpected '%s'",
                         argv[optind + syntax->positional_max]);
    }
    if (given < syntax->positional_min) {
        return cli_usage(cli, "missing argument: the command takes %s", syntax->arguments);
    }
    for (int i = 0; i < given; i++) {
        if (positionals[i][0] == '\0') {
            return cli_usage(cli, "empty argument: the command takes %s", syntax->arguments);
        }
    }
    return CLI_CONTINUE;
}

int cli_parse(struct cli *cli, const struct syntax *syntax, int argc, char **argv,
              const char **positionals)
{
    struct table table = {0};
    if (!table_fill(&table, cli, syntax)) {
        return cli_out_of_memory(cli);
    }
    int result = CLI_CONTINUE;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0;
         i++) { // takes precedence over any error
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            table.help = true;
        }
    }
    if (table.help) {
        print_help(cli, syntax, &table);
        result = EXIT_DONE;
    } else {
        result = parse_options(cli, &table, argc, argv);
    }
    if (result == CLI_CONTINUE) {
        result = parse_positionals(cli, syntax, argc, argv, positionals);
    }
    free(table.rows);
    return result;
}
