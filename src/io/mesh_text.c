#include "io/mesh_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* Beyond this no square or cube of a coordinate is safe in double. */
static const double largest_coordinate = 1e30;

enum lb_status lb_mesh_fail(const struct lb_mesh_text *text, const char *format, ...)
{
    char why[256];
    va_list args;
    va_start(args, format);
    lb_format_args(why, sizeof why, format, args);
    va_end(args);
    return lb_fail(text->ctx, LB_ERR_FORMAT, "%s:%zu: %s", text->path, text->line, why);
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool at_line_end(const struct lb_mesh_text *text)
{
    return text->at == text->end || *text->at == '\n' || *text->at == '#';
}

/* Passes over a backslash and the line's end behind it; false if there is none. */
static bool skip_continuation(struct lb_mesh_text *text)
{
    const char *at = text->at;
    if (!text->continues || at == text->end || *at != '\\') {
        return false;
    }
    at++;
    at += at < text->end && *at == '\r';
    if (at == text->end || *at != '\n') {
        return false;
    }
    text->at = at + 1;
    text->line++;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

bool lb_mesh_word(struct lb_mesh_text *text, struct lb_mesh_word *word)
{
    while (!at_line_end(text) && (is_blank(*text->at) || skip_continuation(text))) {
        text->at += text->at < text->end && is_blank(*text->at);
    }
    word->at = text->at;
    while (!at_line_end(text) && !is_blank(*text->at)) {
        const struct lb_mesh_text before = *text;
        if (skip_continuation(text)) {
            *text = before; // the next call passes over it
            break;
        }
        text->at++;
    }
    word->length = (size_t)(text->at - word->at);
    return word->length > 0;
}

bool lb_mesh_next_line(struct lb_mesh_text *text)
{
    while (text->at < text->end) {
        const char *newline = memchr(text->at, '\n', (size_t)(text->end - text->at));
        if (newline == NULL) {
            text->at = text->end;
            break;
        }
        text->at = newline + 1;
        text->line++;
        struct lb_mesh_text ahead = *text;
        struct lb_mesh_word word;
        if (lb_mesh_word(&ahead, &word)) {
            return true;
        }
    }
    return false;
}

bool lb_mesh_word_is(struct lb_mesh_word word, const char *name)
{
    return word.length == strlen(name) && memcmp(word.at, name, word.length) == 0;
}

struct lb_mesh_quote lb_mesh_quote(struct lb_mesh_word word)
{
    struct lb_mesh_quote quote = {{0}};
    const size_t most = sizeof quote.text - 4;
    const size_t length = word.length < most ? word.length : most;
    for (size_t i = 0; i < length; i++) {
        quote.text[i] = '?';
        if (word.at[i] > 0x20 && word.at[i] < 0x7f) {
            quote.text[i] = word.at[i];
        }
    }
    if (length < word.length) {
        memcpy(quote.text + length, "...", 4);
    }
    return quote;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_sign(const char **at, const char *end)
{
    const bool sign = *at < end && (**at == '-' || **at == '+');
    const bool negative = sign && **at == '-';
    *at += sign;
    return negative;
}

/* Digits to a mantissa of at most 18 of them; returns how many there were, dropped ones counted. */
static int take_digits(const char **at, const char *end, uint64_t *mantissa, int *dropped)
{
    int count = 0;
    for (; *at < end && is_digit(**at); (*at)++) {
        if (*mantissa < 100000000000000000u) {
            *mantissa = *mantissa * 10 + (uint64_t)(**at - '0');
        } else {
            *dropped += *dropped < 1000000;
        }
        count += count < 1000000;
    }
    return count;
}

bool lb_mesh_real(struct lb_mesh_word word, double *value)
{
    const char *at = word.at;
    const char *end = word.at + word.length;
    uint64_t mantissa = 0;
    int dropped = 0;
    int exponent = 0;
    const bool negative = take_sign(&at, end);
    int digits = take_digits(&at, end, &mantissa, &dropped);
    if (at < end && *at == '.') {
        at++;
        const int before = dropped;
        const int fraction = take_digits(&at, end, &mantissa, &dropped);
        exponent -= fraction - (dropped - before);
        exponent += before;
        digits += fraction;
    } else {
        exponent += dropped;
    }
    if (digits == 0) {
        return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        uint64_t shift = 0;
        int ignored = 0;
        const bool down = take_sign(&at, end);
        if (take_digits(&at, end, &shift, &ignored) == 0) {
            return false;
        }
        const int bounded = shift > 100000 ? 100000 : (int)shift;
        exponent += down ? -bounded : bounded;
    }
    /* Powers up to 10^22 are exact: dividing rounds once. */
    const double size = mantissa == 0     ? 0.0
                        : exponent < -300 ? (double)mantissa * pow(10.0, exponent)
                        : exponent < 0    ? (double)mantissa / pow(10.0, -exponent)
                                          : (double)mantissa * pow(10.0, exponent);
    *value = negative ? -size : size;
    return at == end && size <= largest_coordinate;
}

bool lb_mesh_integer(struct lb_mesh_word word, long long *value)
{
    const char *at = word.at;
    const char *end = word.at + word.length;
    uint64_t mantissa = 0;
    int dropped = 0;
    const bool negative = take_sign(&at, end);
    const int digits = take_digits(&at, end, &mantissa, &dropped);
    *value = negative ? -(long long)mantissa : (long long)mantissa;
    return digits > 0 && digits <= 15 && at == end;
}

enum lb_status lb_mesh_read_real(struct lb_mesh_text *text, const char *what, double *value)
{
    struct lb_mesh_word word;
    if (!lb_mesh_word(text, &word)) {
        return lb_mesh_fail(text, "the %s ends too early (the file is damaged or cut short)", what);
    }
    if (!lb_mesh_real(word, value)) {
        return lb_mesh_fail(text,
                            "'%s' in the %s is not a finite number of sensible size (correct "
                            "it)",
                            lb_mesh_quote(word).text, what);
    }
    return LB_OK;
}

/* ---- vertices and triangles ------------------------------------------------------------------ */

/* Doubles the room of two arrays of triples once it is used up. */
static bool grow(size_t n, size_t *capacity, void **a, size_t a_bytes, float **colors)
{
    if (n < *capacity) {
        return true;
    }
    const size_t larger = *capacity > 0 ? 2 * *capacity : 1024;
    void *grown = realloc(*a, larger * 3 * a_bytes);
    if (grown == NULL) {
        return false;
    }
    *a = grown;
    float *grown_colors = realloc(*colors, larger * 3 * sizeof **colors);
    if (grown_colors == NULL) {
        return false;
    }
    *colors = grown_colors;
    *capacity = larger;
    return true;
}

/* Colours are kept for all elements or for none. */
static enum lb_status check_color(const struct lb_mesh_text *text, const char *what, size_t n,
                                  bool has_color, bool *colored)
{
    if (n == 0) {
        *colored = has_color;
    }
    if (*colored != has_color) {
        return lb_mesh_fail(text,
                            "this %s has %s, unlike those before (give all of them a colour, "
                            "or none)",
                            what, has_color ? "a colour" : "no colour");
    }
    return LB_OK;
}

enum lb_status lb_mesh_add_vertex(struct lb_mesh *mesh, const struct lb_mesh_text *text,
                                  const double *point, const float *color)
{
    const size_t n = mesh->n_vertices;
    if (n == LB_MESH_MAX_VERTICES) {
        return lb_mesh_fail(text, "more than %d vertices (simplify the mesh)",
                            LB_MESH_MAX_VERTICES);
    }
    LB_TRY(check_color(text, "vertex", n, color != NULL, &mesh->vertices_colored));
    void *points = mesh->vertices;
    const bool grown =
        grow(n, &mesh->vertex_capacity, &points, sizeof *mesh->vertices, &mesh->vertex_colors);
    mesh->vertices = points;
    if (!grown) {
        return lb_fail_memory(text->ctx, text->path);
    }
    memcpy(mesh->vertices + 3 * n, point, 3 * sizeof *point);
    if (color != NULL) {
        memcpy(mesh->vertex_colors + 3 * n, color, 3 * sizeof *color);
    }
    mesh->n_vertices++;
    return LB_OK;
}

enum lb_status lb_mesh_add_triangle(struct lb_mesh *mesh, const struct lb_mesh_text *text,
                                    const uint32_t *corners, const float *color)
{
    const size_t n = mesh->n_triangles;
    if (n == LB_MESH_MAX_TRIANGLES) {
        return lb_mesh_fail(text, "more than %d triangles (simplify the mesh)",
                            LB_MESH_MAX_TRIANGLES);
    }
    LB_TRY(check_color(text, "face", n, color != NULL, &mesh->triangles_colored));
    void *triangles = mesh->triangles;
    const bool grown = grow(n, &mesh->triangle_capacity, &triangles, sizeof *mesh->triangles,
                            &mesh->triangle_colors);
    mesh->triangles = triangles;
    if (!grown) {
        return lb_fail_memory(text->ctx, text->path);
    }
    memcpy(mesh->triangles + 3 * n, corners, 3 * sizeof *corners);
    if (color != NULL) {
        memcpy(mesh->triangle_colors + 3 * n, color, 3 * sizeof *color);
    }
    mesh->n_triangles++;
    return LB_OK;
}
