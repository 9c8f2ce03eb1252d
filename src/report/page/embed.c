/*
 * Makes C arrays of text files: embed OUTPUT NAME=COUNT... FILE...
 *
 * Each array NAME holds the next COUNT of the files, one after another. Runs while the project is
 * built and is no part of the library.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 24 };

static int fail(const char *what)
{
    fprintf(stderr, "embed: %s\n", what);
    return EXIT_FAILURE;
}

/* Only ASCII, which is the same number in every char. */
static int copy(FILE *out, const char *path, int *column)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return fail(path);
    }
    int c = getc(file);
    for (; c > 0 && c < 128; c = getc(file)) {
        fprintf(out, "%d,%s", c, ++*column % LINE == 0 ? "\n" : "");
    }
    const int failed = ferror(file) || c != EOF;
    fclose(file);
    return failed ? fail(path) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    FILE *out = argc > 1 ? fopen(argv[1], "wb") : NULL;
    int names = 2;
    while (names < argc && strchr(argv[names], '=') != NULL) {
        names++;
    }
    int next = names;
    if (out == NULL) {
        return fail("cannot write");
    }
    fputs("/* Made of src/report/page/ by embed.c. */\n#include \"report/html/html_text.h\"\n",
          out);
    for (int i = 2; i < names; i++) {
        char *count = strchr(argv[i], '=');
        int column = 0;
        *count++ = '\0';
        fprintf(out, "\nconst char %s[] = {\n", argv[i]);
        for (long k = strtol(count, NULL, 10); k > 0 && next < argc; k--) {
            if (copy(out, argv[next++], &column) != EXIT_SUCCESS) {
                fclose(out);
                return EXIT_FAILURE;
            }
        }
        fputs("0};\n", out);
    }
    return fclose(out) == 0 ? EXIT_SUCCESS : fail("cannot write");
}
