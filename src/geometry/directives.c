/* Preprocessor directives, as far as needed for the constants of datasets. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "geometry/constants.h"

enum { MAX_NESTING = 32 };

/* One #if with its branches. */
struct branch {
    bool outside; ///< the enclosing text is active
    bool taken;   ///< a branch has been taken
    bool active;  ///< the present branch is active
};

struct preprocessor {
    struct lb_constants *constants;
    struct branch branches[MAX_NESTING];
    size_t depth;
};

/* ---- plain lines ----------------------------------------------------------------------------- */

/* Joins lines ending in a backslash and blanks comments, keeping line ends. */
static void simplify(char *text)
{
    char *out = text;
    char quote = '\0';
    for (const char *at = text; *at != '\0';) {
        if (at[0] == '\\' && at[1] == '\n') {
            at += 2;
        } else if (quote != '\0') {
            if (*at == quote || *at == '\n') {
                quote = '\0';
            }
            if (at[0] == '\\' && at[1] != '\0') {
                *out++ = *at++;
            }
            *out++ = *at++;
        } else if (at[0] == '/' && at[1] == '/') {
            at += strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            const char *close = strstr(at + 2, "*/");
            at = close != NULL ? close + 2 : at + strlen(at);
            *out++ = ' ';
        } else {
            if (*at == '"' || *at == '\'') {
                quote = *at;
            }
            *out++ = *at++;
        }
    }
    *out = '\0';
}

static char *copy(const char *start, size_t n)
{
    char *string = malloc(n + 1);
    if (string != NULL) {
        memcpy(string, start, n);
        string[n] = '\0';
    }
    return string;
}

static size_t name_length(const char *at)
{
    size_t n = 0;
    while (lb_is_word(at[n])) {
        n++;
    }
    return n;
}

/* ---- directives ------------------------------------------------------------------------------ */

static void undefine(struct lb_constants *constants, const char *name, size_t n)
{
    for (size_t i = 0; i < constants->count; i++) {
        struct lb_macro *macro = &constants->macros[i];
        if (strncmp(macro->name, name, n) == 0 && macro->name[n] == '\0') {
            free(macro->name);
            free(macro->body);
            *macro = constants->macros[--constants->count];
            return;
        }
    }
}

static bool define(struct lb_constants *constants, const char *at)
{
    const size_t n = name_length(at);
    const bool arguments = at[n] == '(';
    const char *body = at + n + strspn(at + n, " \t");
    size_t length = strlen(body);
    while (length > 0 && lb_is_space(body[length - 1])) {
        length--;
    }
    if (n == 0) {
        return false;
    }
    undefine(constants, at, n);
    struct lb_macro *longer =
        realloc(constants->macros, (constants->count + 1) * sizeof *constants->macros);
    if (longer == NULL) {
        return false;
    }
    constants->macros = longer;
    struct lb_macro *macro = &longer[constants->count++];
    macro->name = copy(at, n);
    macro->body = arguments ? NULL : copy(body, length);
    return macro->name != NULL && (arguments || macro->body != NULL);
}

static bool is_active(const struct preprocessor *f)
{
    return f->depth == 0 || f->branches[f->depth - 1].active;
}

static bool open_branch(struct preprocessor *f, bool taken)
{
    if (f->depth == MAX_NESTING) {
        return false;
    }
    const bool outside = is_active(f);
    f->branches[f->depth++] = (struct branch){outside, taken, outside && taken};
    return true;
}

/* #elif and #else */
static bool next_branch(struct preprocessor *f, bool taken)
{
    if (f->depth == 0) {
        return false;
    }
    struct branch *branch = &f->branches[f->depth - 1];
    branch->active = branch->outside && !branch->taken && taken;
    branch->taken = branch->taken || taken;
    return true;
}

/* Processes one directive; false if it is not supported. */
static bool read_directive(struct preprocessor *f, const char *at)
{
    const size_t n = name_length(at);
    const char *rest = at + n + strspn(at + n, " \t\r");
    const size_t name = name_length(rest);
    bool taken = false;
    if (n == 2 && strncmp(at, "if", n) == 0) {
        return (!is_active(f) || lb_constants_condition(f->constants, rest, &taken)) &&
               open_branch(f, taken);
    }
    if ((n == 5 && strncmp(at, "ifdef", n) == 0) || (n == 6 && strncmp(at, "ifndef", n) == 0)) {
        const bool known = lb_constants_find(f->constants, rest, name) != NULL;
        return !(is_active(f) && !known && lb_constants_predefined(rest)) &&
               open_branch(f, known == (n == 5));
    }
    if (n == 4 && strncmp(at, "elif", n) == 0) {
        const bool needed =
            f->depth > 0 && f->branches[f->depth - 1].outside && !f->branches[f->depth - 1].taken;
        return (!needed || lb_constants_condition(f->constants, rest, &taken)) &&
               next_branch(f, taken);
    }
    if (n == 4 && strncmp(at, "else", n) == 0) {
        return next_branch(f, true);
    }
    if (n == 5 && strncmp(at, "endif", n) == 0) {
        f->depth -= f->depth > 0;
        return true;
    }
    if (!is_active(f)) {
        return true;
    }
    if (n == 6 && strncmp(at, "define", n) == 0) {
        return define(f->constants, rest);
    }
    if (n == 5 && strncmp(at, "undef", n) == 0) {
        undefine(f->constants, rest, name);
        return true;
    }
    return n == 0 || (n == 4 && strncmp(at, "line", n) == 0) ||
           (n == 6 && strncmp(at, "pragma", n) == 0);
}

struct lb_constants *lb_constants_read(const char *text)
{
    struct preprocessor f = {.constants = calloc(1, sizeof *f.constants)};
    char *plain = lb_string_copy(text);
    bool understood = f.constants != NULL && plain != NULL;
    if (understood) {
        simplify(plain);
    }
    for (char *line = plain; understood && line != NULL;) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        line += strspn(line, " \t");
        if (*line == '#') {
            understood = read_directive(&f, line + 1 + strspn(line + 1, " \t"));
        }
        line = end != NULL ? end + 1 : NULL;
    }
    free(plain);
    if (!understood || f.depth > 0) {
        lb_constants_free(f.constants);
        return NULL;
    }
    return f.constants;
}

void lb_constants_free(struct lb_constants *constants)
{
    if (constants == NULL) {
        return;
    }
    for (size_t i = 0; i < constants->count; i++) {
        free(constants->macros[i].name);
        free(constants->macros[i].body);
    }
    free(constants->macros);
    free(constants);
}
