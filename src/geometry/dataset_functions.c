#include "geometry/dataset_functions.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "device/kernel_source.h"

struct function {
    const char *name;
    const char *declaration;
};

static const struct function functions[] = {
    {"manifold_sample", "void manifold_sample(struct rng *rng, float *x)"},
    {"manifold_contains", "int manifold_contains(const float *x)"},
    {"manifold_radius", "float manifold_radius(struct rng *rng, float r_min, float r_max)"},
    {"manifold_frame", "void manifold_frame(const float *x, float *frame)"},
    {"manifold_exponential", "void manifold_exponential(const float *x, const float *v, float *y)"},
    {"manifold_distance", "float manifold_distance(const float *x, const float *y)"},
    {"manifold_midpoint",
     "void manifold_midpoint(const float *x, const float *y, float *midpoint)"},
    {"dataset_pixel",
     "void dataset_pixel(const float *point, vfloat row, vfloat column, vfloat *pixel)"},
};

/* Only if the macros that require them are defined. */
static const struct function grid_function = {"manifold_grid",
                                              "void manifold_grid(int line, float t, float *x)"};
static const struct function color_function = {"manifold_color",
                                               "void manifold_color(const float *x, float *color)"};

static const struct function prepare_function = {
    "dataset_prepare", "void dataset_prepare(const float *point, float *prepared)"};

static const struct function crop_function = {
    "dataset_crop", "void dataset_crop(float *prepared, int top, int left, int rows, int columns)"};

static const struct function embedding_function = {
    "manifold_embedding", "void manifold_embedding(const float *x, float *z)"};

/* Blanks out comments and strings, such as the file names of #line. */
static void blank_unseen(char *text)
{
    char *at = text;
    while (*at != '\0') {
        const char *end = NULL;
        if (*at == '"') {
            const char *close = at + 1;
            while (*close != '\0' && *close != '"' && *close != '\n') {
                close += close[0] == '\\' && close[1] != '\0' ? 2 : 1;
            }
            end = *close == '"' ? close + 1 : close;
        } else if (strncmp(at, "//", 2) == 0) {
            end = at + strcspn(at, "\n");
        } else if (strncmp(at, "/*", 2) == 0) {
            const char *close = strstr(at + 2, "*/");
            end = close != NULL ? close + 2 : at + strlen(at);
        } else {
            at++;
        }
        for (; end != NULL && at < end; at++) {
            *at = ' ';
        }
    }
}

/* Returns the position after the bracket that closes the one at `at`. */
static const char *skip_brackets(const char *at)
{
    int depth = 0;
    do {
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;
        at += *at != '\0';
    } while (depth > 0 && *at != '\0');
    return at;
}

/* False only if every occurrence of the name is a call or declaration; macros may also define
 * it. */
static bool is_defined(const char *text, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = strstr(text, name); at != NULL; at = strstr(at + length, name)) {
        if ((at > text && lb_is_word(at[-1])) || lb_is_word(at[length])) {
            continue;
        }
        const char *next = at + length + strspn(at + length, " \t\r\n");
        if (*next != '(') {
            return true;
        }
        next = skip_brackets(next);
        if (next[strspn(next, " \t\r\n")] == '{') {
            return true;
        }
    }
    return false;
}

/* Whether a line of the text defines the macro. */
static bool is_macro(const char *text, const char *name)
{
    static const char define[] = "define";
    const size_t length = sizeof define - 1;
    for (const char *at = strstr(text, name); at != NULL; at = strstr(at + 1, name)) {
        const char *word = at;
        while (word > text && (word[-1] == ' ' || word[-1] == '\t')) {
            word--;
        }
        if (word < at && (size_t)(word - text) >= length &&
            memcmp(word - length, define, length) == 0 && !lb_is_word(at[strlen(name)])) {
            return true;
        }
    }
    return false;
}

static enum lb_status check_function(struct lb_context *ctx, const char *text,
                                     const struct function *function, const char *name)
{
    if (is_defined(text, function->name)) {
        return LB_OK;
    }
    return lb_fail(ctx, LB_ERR_BUILD,
                   "dataset %s: function missing: %s (define `%s` in the file or an include)", name,
                   function->name, function->declaration);
}

enum lb_status lb_dataset_check_functions(struct lb_dataset *dataset, const char *name)
{
    struct lb_context *ctx = dataset->device->ctx;
    struct lb_kernel_source source = {0};
    enum lb_status status = lb_kernel_source_expand(&source, ctx, dataset->device->cl_dir,
                                                    "geometry/describe.cl", dataset->prelude);
    if (status == LB_OK) {
        blank_unseen(source.text.data);
    }
    for (size_t i = 0; status == LB_OK && i < LB_COUNT(functions); i++) {
        status = check_function(ctx, source.text.data, &functions[i], name);
    }
    if (status == LB_OK && dataset->chart.lines > 0) {
        status = check_function(ctx, source.text.data, &grid_function, name);
    }
    if (status == LB_OK && dataset->chart.hue[0] != '\0') {
        status = check_function(ctx, source.text.data, &color_function, name);
    }
    if (status == LB_OK && is_macro(source.text.data, "PREPARED_SIZE")) {
        status = check_function(ctx, source.text.data, &prepare_function, name);
    }
    if (status == LB_OK && is_macro(source.text.data, "CROPS")) {
        status = check_function(ctx, source.text.data, &crop_function, name);
    }
    if (status == LB_OK && is_macro(source.text.data, "EMBEDDING_SIZE")) {
        status = check_function(ctx, source.text.data, &embedding_function, name);
    }
    lb_kernel_source_free(&source);
    return status;
}
